// A training run on WebGPU: interrupted in both phases it gives the same numbers, holds the same memory after every step, and
// its model opens. Few and small steps: a graphics card in software takes seconds for one. The rest is tested on wasm.
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { loadPipeline } from '../../../src/lib/ldm/pipeline/stableDiffusionPipeline.ts';
import { memorySource } from '../../../src/lib/ldm/weights/source.ts';
import { useBackend } from '../lib/device.ts';
import { curveOf, eventsOf, restored, tinyRun } from '../lib/tinyRun.ts';

useBackend();

const changes = {
  factor: 2,
  autoencoderWidth: 4,
  width: 8,
  autoencoderSteps: 2,
  autoencoderBatch: 2,
  denoiserSteps: 2,
  batch: 2,
} as const;

test('a run that is put away in both phases goes on to the bit', { timeout: 600_000 }, async () => {
  const before = tf.memory().numTensors;
  const whole = tinyRun(changes);
  const unbroken = [];
  const held: number[] = [];
  for await (const event of whole.train()) {
    unbroken.push(event);
    if (event.type === 'step') held.push(tf.memory().numTensors);
  }
  expect(held[1]).toBe(held[0]);
  expect(held[3]).toBe(held[2]);
  const last = await whole.checkpoint();

  const pipe = await loadPipeline(memorySource('own', await whole.files()));
  expect(pipe.sampleSize).toEqual([32, 32]);
  pipe.dispose();
  whole.dispose();
  expect(tf.memory().numTensors).toBe(before);

  const first = tinyRun(changes);
  const broken = await eventsOf(first, 1);
  const second = restored(await first.checkpoint(), changes);
  first.dispose();
  broken.push(...(await eventsOf(second, 3)));
  expect([second.phase, second.step]).toEqual(['denoiser', 1]);
  const third = restored(await second.checkpoint(), changes);
  second.dispose();
  broken.push(...(await eventsOf(third)));
  expect(curveOf(broken)).toEqual(curveOf(unbroken));
  expect(await third.checkpoint()).toEqual(last);
  third.dispose();
});
