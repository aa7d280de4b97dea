// What a figure's engine on the page says to the worker: which models stay in memory beside, who hears of what.
import { beforeEach, expect, test, vi } from 'vitest';
import type { CallOptions } from '../../../src/engine/page/engineTypes.ts';
import type { GenerateRequest, LoadEvent, PredictRequest } from '../../../src/engine/protocol/messages.ts';
import { shipped } from '../../../src/components/kit/latents/firstStage.ts';
import { engineFor } from '../../../src/components/kit/frame/pageFigureEngine.ts';

type Sent = (job: string, request: Partial<PredictRequest>, options: Options) => Promise<unknown>;
const call = vi.hoisted(() => vi.fn<Sent>());
vi.mock('../../../src/engine/page/pageEngine.ts', () => ({ pageEngine: () => Promise.resolve({ call }) }));

const loads: LoadEvent[] = [];
const { signal } = new AbortController();
const start = () =>
  engineFor(shipped, {
    signal,
    onEvent: (event) => void loads.push(event),
    progress: () => undefined,
  });

type Options = CallOptions<object>;
const backend = { backend: 'wasm', label: 'wasm (2 threads)', software: false };
const preparing = { type: 'preparing', what: 'backend' };

beforeEach(() => {
  loads.length = 0;
  call.mockReset();
});

const generation: GenerateRequest = {
  model: 'one',
  prompt: 'a person',
  seed: 1,
  guidanceScale: 3,
  numInferenceSteps: 2,
  numImages: 1,
};
const question: PredictRequest = { model: 'two', latents: new Float32Array(4), count: 1, timestep: 5 };
const asked = (): unknown[] => call.mock.calls.map(([job, { model, beside }]) => [job, model, beside]);

test('models that a figure uses in turn stay in memory, whichever job uses them', async () => {
  const sizes = {
    numImages: 1,
    imageWidth: 1,
    imageHeight: 1,
    latentWidth: 1,
    latentHeight: 1,
    latentChannels: 1,
  };
  call.mockImplementation((_job, _request, { onEvent }) => {
    onEvent?.({ type: 'start', sizes, startIndex: 0, timesteps: [] });
    return Promise.resolve({ backend, images: new Uint8ClampedArray(4), words: [], ms: 1 });
  });
  const engine = start();
  await engine.predict(question);
  await engine.generate(generation);
  await engine.predict({ ...question, model: 'three', beside: ['named'] });
  await engine.predict(question);
  expect(asked()).toEqual([
    ['predict', 'two', []],
    ['generate', 'one', ['two']],
    ['predict', 'three', ['named']],
    ['predict', 'two', ['one', 'three']],
  ]);
});

test('a toy network: its own events go to the figure, what is loaded to the cell, and the backend is noted', async () => {
  const plane = { type: 'plane', step: 8, steps: 8, losses: {} };
  call.mockImplementation((_job, _request, { onEvent }) => {
    onEvent?.(preparing);
    onEvent?.(plane);
    return Promise.resolve({ backend, steps: 8, ms: 1 });
  });
  const engine = start();
  expect(engine.label).toBeUndefined();
  const heard: unknown[] = [];
  const request = {
    network: 'gan',
    points: new Float32Array(4),
    seed: 1,
    steps: 8,
    every: 8,
    samples: 0,
    noiseFeatures: 4,
  } as const;
  await engine.planeTrain(request, (event) => heard.push(event));
  expect(call).toHaveBeenCalledWith('plane-train', request, expect.objectContaining({ signal }));
  expect(heard).toEqual([plane]);
  expect(loads).toEqual([preparing]);
  expect(engine.label).toBe('wasm (2 threads)');
});
