// A generation's events become its result; a restart after a lost device begins anew.
import { expect, test } from 'vitest';
import { Recording } from '../../../src/engine/page/recording.ts';
import type { BackendInfo } from '../../../src/lib/ldm/backend/types.ts';
import type { Sizes, StartEvent, StepEvent } from '../../../src/engine/protocol/messages.ts';

const backend: BackendInfo = { backend: 'wasm', label: 'wasm (2 threads)', threads: 2, software: false };
const sizes: Sizes = {
  numImages: 1,
  imageWidth: 64,
  imageHeight: 64,
  latentWidth: 8,
  latentHeight: 8,
  latentChannels: 4,
};
const start: StartEvent = { type: 'start', sizes, timesteps: [999, 499], latents: new Float32Array(256) };
const step = (index: number, value: number): StepEvent => ({
  type: 'step',
  index,
  total: 2,
  timestep: 999 - 500 * index,
  latents: new Float32Array(256).fill(value),
  predX0: new Float32Array(256),
});
const summary = { ms: 10, backend, images: new Uint8ClampedArray(64 * 64 * 4) };

test('collects words, start and steps', () => {
  const recording = new Recording();
  recording.add({
    type: 'prompt',
    words: [{ text: 'hat', start: 0, end: 3, known: true }],
    truncated: false,
  });
  recording.add(start);
  recording.add(step(0, 1));
  recording.add(step(1, 2));
  const result = recording.finish(summary);
  expect(result.words).toHaveLength(1);
  expect(result.steps.map((each) => each.latents[0])).toEqual([1, 2]);
  expect(result.initialLatents).toBe(start.latents);
});

test('forgets the steps before a restart', () => {
  const recording = new Recording();
  recording.add(start);
  recording.add(step(0, 1));
  recording.add(start);
  recording.add(step(0, 3));
  recording.add(step(1, 4));
  expect(recording.finish(summary).steps.map((each) => each.latents[0])).toEqual([3, 4]);
});

test('refuses a result with steps missing', () => {
  const recording = new Recording();
  expect(() => recording.finish(summary)).toThrow(/0 steps of none/);
  recording.add(start);
  recording.add(step(0, 1));
  expect(() => recording.finish(summary)).toThrow(/1 steps of 2/);
});
