// A generation as it grows: what each position of the scrubber has to show; what of it is recorded.
import { describe, expect, test } from 'vitest';
import { restore, store } from '../../../src/components/kit/frame/result.ts';
import {
  addStep,
  finishGeneration,
  largestOf,
  latentsOf,
  mapRange,
  nextMissing,
  reached,
  startGeneration,
  type Generation,
} from '../../../src/components/kit/player/generation.ts';
import type { GenerateRequest, StepEvent } from '../../../src/engine/protocol/messages.ts';

const sizes = {
  numImages: 1,
  imageWidth: 2,
  imageHeight: 2,
  latentWidth: 1,
  latentHeight: 1,
  latentChannels: 2,
};
const request: GenerateRequest = {
  model: 'm',
  prompt: 'p',
  seed: 1,
  guidanceScale: 3,
  numInferenceSteps: 2,
  numImages: 1,
};
const pixels = (value: number) => new Uint8ClampedArray(16).fill(value);
const step = (index: number, preview?: number): StepEvent => ({
  type: 'step',
  index,
  total: 2,
  timestep: 999 - 500 * index,
  latents: Float32Array.of(index + 1, 0),
  predX0: Float32Array.of(index + 10, 0),
  ...(preview !== undefined && { preview: pixels(preview), previewKind: 'decoded' as const }),
});
const begin = (previewOf: 'latents' | 'predX0'): Generation =>
  startGeneration(
    { ...request, previewOf },
    {
      type: 'start',
      sizes,
      startIndex: 0,
      timesteps: [999, 499],
      latents: Float32Array.of(-2.3, 1),
    },
  );

describe('a run', () => {
  test('begins with noise alone', () => {
    const run = begin('latents');
    expect(run.timesteps).toHaveLength(2);
    expect(run.frames).toHaveLength(1);
    expect(run.range).toBe(2.5);
    expect(reached(run, 'latents')).toBe(0);
    expect(reached(run, 'predicted')).toBe(0);
  });

  test('keeps what the steps tell, and no more; a run that begins at a step counts its own frames', () => {
    const run = startGeneration(
      { ...request, stepOutputs: ['predNoise'] },
      { type: 'start', sizes, startIndex: 1, timesteps: [499] },
    );
    const noise = Float32Array.of(5, 6);
    addStep(run, { type: 'step', index: 1, total: 2, timestep: 499, predNoise: noise });
    finishGeneration(run, pixels(9));
    const result = { rgba: pixels(9), exact: true };
    expect(run.frames).toEqual([{ predNoise: noise }, { decoded: result, predicted: result }]);
    expect(nextMissing(run, 'decoded', 0)).toBeUndefined();
    expect(() => latentsOf(run.frames[0]!)).toThrow(/whose stepOutputs have 'latents'/);
  });

  test('what was seen inside belongs to the latents that the denoiser was shown', () => {
    const run = begin('latents');
    const point = {
      kind: 'attention',
      name: 'attn2',
      sees: 'text',
      heads: 1,
      height: 1,
      width: 1,
      shape: [1, 1, 1, 2],
    } as const;
    const attention = [{ point, data: Float32Array.of(0.25, 0.75) }];
    addStep(run, { ...step(0), attention, activations: [] });
    addStep(run, step(1));
    expect(run.frames.map((frame) => frame.attention)).toEqual([attention, undefined, undefined]);
    expect(run.frames[0]?.activations).toEqual([]);
    expect('attention' in run.frames[1]!).toBe(false);
  });

  test('previews of latents belong to the position after the step', () => {
    const run = begin('latents');
    addStep(run, step(0, 7));
    expect(run.frames[1]?.decoded).toEqual({ rgba: pixels(7), exact: true });
    expect(run.frames[0]?.decoded).toBeUndefined();
    expect(reached(run, 'decoded')).toBe(1);
  });

  test('previews of the guess belong to the latents it was made from', () => {
    const run = begin('predX0');
    addStep(run, step(0, 7));
    expect(run.frames[0]?.predicted).toEqual({ rgba: pixels(7), exact: true });
    expect(run.frames[0]?.predX0?.[0]).toBe(10);
    // Nothing has been guessed from the newest latents yet.
    expect(reached(run, 'predicted')).toBe(0);
    expect(reached(run, 'decoded')).toBe(1);
  });

  test('ends with the result in both decoded views', () => {
    const run = begin('latents');
    addStep(run, step(0));
    addStep(run, step(1));
    finishGeneration(run, pixels(9));
    expect(run.frames[2]?.decoded?.rgba).toEqual(pixels(9));
    expect(run.frames[2]?.predicted?.rgba).toEqual(pixels(9));
    expect(reached(run, 'predicted')).toBe(2);
  });
});

describe('what is still to be decoded', () => {
  test('the nearest position comes first, sketches count as missing, latents need no decoding', () => {
    const run = begin('latents');
    addStep(run, { ...step(0, 7), previewKind: 'linear' });
    addStep(run, step(1));
    finishGeneration(run, pixels(9));
    expect(nextMissing(run, 'latents', 1)).toBeUndefined();
    expect(nextMissing(run, 'decoded', 1)?.frame).toBe(run.frames[1]);
    expect(nextMissing(run, 'decoded', 0)?.latents).toBe(run.frames[0]?.latents);
    expect(nextMissing(run, 'predicted', 0)?.latents[0]).toBe(10);
  });

  test('nothing, once every picture is exact', () => {
    const run = begin('latents');
    addStep(run, step(0, 1));
    addStep(run, step(1, 2));
    finishGeneration(run, pixels(9));
    const missing = nextMissing(run, 'decoded', 2);
    expect(missing?.frame).toBe(run.frames[0]);
    run.frames[0]!.decoded = { rgba: pixels(3), exact: true };
    expect(nextMissing(run, 'decoded', 2)).toBeUndefined();
  });
});

test('the range of the colour map is never empty', () => {
  expect(mapRange(largestOf(Float32Array.of(0, 0)))).toBe(0.5);
  expect(mapRange(largestOf(Float32Array.of(0.2, -3.01)))).toBe(3.5);
});

test('in a result a generation is stored as the names of its files, which are addresses when it is read', () => {
  const run = begin('latents');
  const latents = Float32Array.of(0, 1);
  addStep(run, step(0, 7));
  finishGeneration(run, pixels(9));
  const done = { ...run, words: [], images: pixels(9), ms: 12.4, backend: 'wasm' };
  // The arrays that it began with stay behind.
  const asked = { ...done, request: { ...done.request, latents, startIndex: 0 } };
  const { json, generations } = store({ first: done, second: asked });
  expect(generations).toHaveLength(2);
  const back = restore(JSON.parse(JSON.stringify(json)), {}, '/recorded/6-1/') as Record<string, unknown>;
  const { timesteps } = run;
  const common = {
    request: done.request,
    sizes,
    timesteps,
    ms: 12,
    backend: 'wasm',
    latentRange: largestOf(Float32Array.of(-2.3)),
  };
  const at = (which: string) => ({
    latents: `/recorded/6-1/latents${which}.bin`,
    decoded: `/recorded/6-1/decoded${which}.webp`,
    predicted: `/recorded/6-1/predicted${which}.webp`,
  });
  expect(back).toEqual({
    first: { ...common, files: at('') },
    second: { ...common, request: { ...done.request, startIndex: 0 }, files: at('-2') },
  });
});
