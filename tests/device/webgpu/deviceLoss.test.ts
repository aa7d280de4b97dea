// Losing the WebGPU device, its errors and limits, and never choosing an imitation of a graphics card.
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import {
  assertBackendAlive,
  chooseBackend,
  destroyDevice,
  DeviceLostError,
  initBackend,
  releaseBackend,
} from '../../../src/lib/ldm/backend/index.ts';
import { DRAWING, take, useBackend, useMicro } from '../lib/device.ts';

const backend = useBackend();
const micro = useMicro();

test('ends the generation with a clear error, and a new device carries on', async () => {
  const expected = await take(await micro.pipe.textToImage(DRAWING));
  const lost: string[] = [];
  await initBackend({ backend, onLost: (reason) => lost.push(reason) });
  const steps: number[] = [];
  const broken = micro.pipe.textToImage({
    ...DRAWING,
    numInferenceSteps: 20,
    onStep: async ({ index, x }) => {
      steps.push(index);
      if (index === 0) {
        await x.data();
        expect(destroyDevice()).toBe(true);
      }
    },
  });
  await expect(broken).rejects.toThrow(DeviceLostError);
  expect(steps.length).toBeLessThan(20);
  expect(lost.length).toBe(1); // told once
  expect(() => {
    assertBackendAlive();
  }).toThrow('The graphics device was lost');
  await expect(micro.pipe.textToImage(DRAWING)).rejects.toThrow(DeviceLostError);

  micro.pipe.dispose();
  await releaseBackend();
  expect(tf.engine().state.numTensors).toBe(0); // nothing is left on the old device
  await initBackend({ backend });
  micro.pipe.rebuild();
  expect(await take(await micro.pipe.textToImage(DRAWING))).toEqual(expected);
  expect(lost.length).toBe(1);
});

test('an error that nobody caught counts as one', async () => {
  const lost = new Promise<string>((resolve) => {
    void initBackend({ backend, onLost: resolve });
  });
  const { device } = tf.backend() as unknown as { device: GPUDevice };
  // a copy beyond the end of a buffer is invalid
  const buffer = device.createBuffer({
    size: 16,
    usage: GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
  });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, buffer, 0, 64);
  device.queue.submit([encoder.finish()]);
  expect(await lost).toContain('uncaptured error');
  micro.pipe.dispose();
  await releaseBackend();
  await initBackend({ backend });
  micro.pipe.rebuild();
});

test('the limits are raised to those of the adapter', async () => {
  const { device } = tf.backend() as unknown as { device: GPUDevice };
  const adapter = await navigator.gpu.requestAdapter();
  expect(device.limits.maxStorageBuffersPerShaderStage).toBe(adapter?.limits.maxStorageBuffersPerShaderStage);
  expect(device.limits.maxBufferSize).toBe(adapter?.limits.maxBufferSize);
  // with the default of 8 storage buffers this sum is silently wrong
  const sum = tf.tidy(() => tf.addN(Array.from({ length: 9 }, (_, i) => tf.fill([2, 600], i))));
  expect((await take(sum)).every((value) => value === 36)).toBe(true);
});

test('a software adapter is not chosen by itself', async () => {
  micro.pipe.dispose();
  const choice = await chooseBackend({ wasmPaths: '/node_modules/@tensorflow/tfjs-backend-wasm/dist/' });
  expect(choice.backend).toBe('wasm');
  expect(choice.software).toBe(false);
  expect(tf.getBackend()).toBe('wasm');
  // asked for, it is
  await releaseBackend();
  expect((await initBackend({ backend })).software).toBe(true);
  micro.pipe.rebuild();
});
