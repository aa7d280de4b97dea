// The wasm backend in Node: what it is chosen over, and releasing it.
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  backendInfo,
  chooseBackend,
  destroyDevice,
  initBackend,
  releaseBackend,
} from '../../../src/lib/ldm/backend/index.ts';
import { loadPipeline, type StableDiffusionPipeline } from '../../../src/lib/ldm/pipeline.ts';
import { fixture, take, useBackend } from '../lib/device.ts';

const backend = useBackend();
const OPTIONS = { prompt: 'a person', seed: 5, numInferenceSteps: 2 } as const;

let pipe: StableDiffusionPipeline;
beforeAll(async () => {
  pipe = await loadPipeline(await fixture('micro'));
});
afterAll(() => {
  pipe.dispose();
});

test('is chosen where there is nothing else, and has no device to lose', async () => {
  const choice = await chooseBackend();
  expect(choice).toEqual({ backend: 'wasm', software: false, timings: {} });
  expect(destroyDevice()).toBe(false);
});

test('stays in memory when released', async () => {
  const expected = await take(await pipe.textToImage(OPTIONS));
  await releaseBackend();
  expect(backendInfo()).toBe(undefined);
  await initBackend({ backend: 'auto' });
  expect(await take(await pipe.textToImage(OPTIONS))).toEqual(expected);
});

test('asking for WebGPU or WebGL here says that there is none', async () => {
  await expect(initBackend({ backend: 'webgpu' })).rejects.toThrow('WebGPU: expected an adapter, got none');
  await expect(initBackend({ backend: 'webgl' })).rejects.toThrow(
    'WebGL: expected a WebGL 2 context, got none',
  );
  await initBackend({ backend });
});
