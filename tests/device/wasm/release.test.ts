// The wasm backend in Node: what it is chosen over, and releasing it.
import { expect, test } from 'vitest';
import {
  backendInfo,
  chooseBackend,
  destroyDevice,
  initBackend,
  releaseBackend,
} from '../../../src/lib/ldm/backend/index.ts';
import { DRAWING, take, useBackend, useMicro } from '../lib/device.ts';

const backend = useBackend();
const micro = useMicro();

test('is chosen where there is nothing else, and has no device to lose', async () => {
  const choice = await chooseBackend();
  expect(choice).toEqual({ backend: 'wasm', software: false, timings: {}, failures: [] });
  expect(destroyDevice()).toBe(false);
});

test('stays in memory when released', async () => {
  const expected = await take(await micro.pipe.textToImage(DRAWING));
  await releaseBackend();
  expect(backendInfo()).toBe(undefined);
  await initBackend({ backend: 'auto' });
  expect(await take(await micro.pipe.textToImage(DRAWING))).toEqual(expected);
});

test('asking for WebGPU or WebGL here says that there is none', async () => {
  await expect(initBackend({ backend: 'webgpu' })).rejects.toThrow('WebGPU: expected an adapter, got none');
  await expect(initBackend({ backend: 'webgl' })).rejects.toThrow(
    'WebGL: expected a WebGL 2 context, got none',
  );
  await initBackend({ backend });
});
