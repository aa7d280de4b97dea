// A training run from first to last: broken off and taken up anywhere it gives the same numbers, and it leaves nothing behind.
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { parseSafetensors } from '../../../src/lib/ldm/weights/safetensors.ts';
import { TrainingStoppedError } from '../../../src/lib/ldm/training/types.ts';
import { useBackend } from '../lib/device.ts';
import { curveOf, data, eventsOf, restored, stepsOf, tinyRecipe, tinyRun } from '../lib/tinyRun.ts';
import { Run } from '../../../src/lib/ldm/training/run.ts';

useBackend();

test('a run knows what it keeps on the device, in both phases', async () => {
  const before = tf.memory().numBytes;
  const run = tinyRun({ autoencoderSteps: 1, denoiserSteps: 1 });
  const kept = (): number => tf.memory().numBytes - before;
  // Beside the weights there are a few constants.
  const almost = (): void => {
    expect(run.numBytes).toBeLessThanOrEqual(kept());
    expect(run.numBytes).toBeGreaterThan(0.98 * kept());
  };
  almost();
  await eventsOf(run);
  expect(run.phase).toBe('denoiser');
  almost();
  run.dispose();
});

describe('interruptions', () => {
  test('a run that is put away after every event and looked at in between goes on to the bit', async () => {
    const whole = tinyRun();
    const unbroken = await eventsOf(whole);
    const last = await whole.checkpoint();
    whole.dispose();
    expect(unbroken.map(({ type }) => type)).toEqual([
      'step',
      'step',
      'step',
      'encoded',
      'step',
      'step',
      'step',
    ]);

    const broken: unknown[] = [];
    let checkpoint = await checkpointOf(tinyRun());
    for (const expected of unbroken) {
      const run = restored(checkpoint);
      const events = await eventsOf(run, 1);
      expect(events[0]?.type).toBe(expected.type);
      broken.push(...curveOf(events));
      await run.reconstruct([0, 5]);
      if (run.phase === 'denoiser') {
        await run.sample(['red left'], { seed: 1, numInferenceSteps: 2 });
        await run.guess(3, 500, 1);
      }
      checkpoint = await checkpointOf(run);
    }
    expect(broken).toEqual(curveOf(unbroken));
    expect(checkpoint).toEqual(last);
  });

  test('an abort ends the events, between steps and while the set is encoded', async () => {
    const run = tinyRun({ autoencoderSteps: 1, denoiserSteps: 1 });
    const stop = new AbortController();
    for await (const event of run.train({ signal: stop.signal })) {
      expect(event.type).toBe('step');
      stop.abort();
    }
    expect([run.phase, run.step, run.finished]).toEqual(['autoencoder', 1, false]);
    expect((await eventsOf(run)).map(({ type }) => type)).toEqual(['encoded', 'step']);
    expect([run.phase, run.step, run.finished]).toEqual(['denoiser', 1, true]);
    expect(await eventsOf(run)).toEqual([]);
    run.dispose();
  });

  test('nothing else can be asked for while a step is under way', async () => {
    const run = tinyRun();
    const events = run.train();
    const next = events.next();
    await expect(run.checkpoint()).rejects.toThrow(/busy/);
    await next;
    await events.return(undefined);
    await expect(run.sample([''], { seed: 1 })).rejects.toThrow(/second phase/);
    run.dispose();
    await expect(run.checkpoint()).rejects.toThrow(/disposed/);
  });
});

async function checkpointOf(run: Run): Promise<Uint8Array> {
  const bytes = await run.checkpoint();
  run.dispose();
  return bytes;
}

describe('memory', () => {
  test('is the same after every step of a phase, and all of it is given back', async () => {
    const before = tf.memory();
    const run = tinyRun();
    const held: Record<string, Set<string>> = { autoencoder: new Set(), denoiser: new Set() };
    for await (const event of run.train()) {
      const { numTensors, numDataBuffers, numBytes } = tf.memory();
      if (event.type === 'step') held[event.phase]?.add(`${numTensors} ${numDataBuffers} ${numBytes}`);
    }
    expect(held['autoencoder']?.size).toBe(1);
    expect(held['denoiser']?.size).toBe(1);
    const after = tf.memory().numTensors;
    await run.sample(['red left', ''], { seed: 1, numInferenceSteps: 2 });
    await run.reconstruct(data.pixels);
    await run.latentsOf([1]);
    await run.files('latest');
    await run.checkpoint();
    const aborted = AbortSignal.abort(new Error('enough'));
    await expect(run.sample(['red left'], { seed: 1, signal: aborted })).rejects.toThrow('enough');
    expect(tf.memory().numTensors).toBe(after);
    run.dispose();
    expect(tf.memory().numTensors).toBe(before.numTensors);
    expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers);
  });
});

describe('a run that cannot go on', () => {
  test('stops with advice when its learning rate is absurd, and its weights are still numbers', async () => {
    const run = tinyRun({ autoencoderLearningRate: 1, autoencoderSteps: 60, autoencoderBatch: 2 });
    const tensors = tf.memory().numTensors;
    const stopped = await eventsOf(run).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(stopped).toBeInstanceOf(TrainingStoppedError);
    expect((stopped as TrainingStoppedError).message).toMatch(/learning rate/);
    expect(tf.memory().numTensors).toBe(tensors);
    for (const [name, { data: values }] of parseSafetensors(await checkpointOf(run))) {
      expect(values.every(Number.isFinite), name).toBe(true);
    }
  });

  test('refuses a checkpoint that is damaged, no checkpoint, or of another run', async () => {
    const tensors = tf.memory().numTensors;
    const bytes = await checkpointOf(tinyRun());
    expect(() => restored(bytes.subarray(0, bytes.length - 4))).toThrow(/checkpoint/);
    expect(() => restored(new TextEncoder().encode('{"a":1}'))).toThrow(/checkpoint/);
    expect(() => restored(bytes, { width: 32 })).toThrow(/"width": expected 16, as the run began, got 32/);
    expect(() => restored(bytes, { seed: 2 })).toThrow(/"seed"/);
    expect(tf.memory().numTensors).toBe(tensors);
    restored(bytes, { learningRate: 1e-3, denoiserSteps: 9 }).dispose();
  });

  test('refuses data that is not what the recipe says', () => {
    const tensors = tf.memory().numTensors;
    expect(() => Run.create({ ...tinyRecipe, images: 17 }, data)).toThrow(/"count": expected 17/);
    expect(() => Run.create({ ...tinyRecipe, imageSize: 64 }, data)).toThrow(/"size": expected 64/);
    expect(() => Run.create(tinyRecipe, { ...data, pixels: new Uint8Array(5) })).toThrow(/"pixels"/);
    expect(() => Run.create(tinyRecipe, { ...data, captions: [] })).toThrow(/"captions"/);
    expect(tf.memory().numTensors).toBe(tensors);
  });
});

test('the events of a step say what happened', async () => {
  const run = tinyRun({ autoencoderSteps: 2, denoiserSteps: 2 });
  const steps = stepsOf(await eventsOf(run));
  expect(steps.map(({ phase, step }) => `${phase} ${step}`)).toEqual([
    'autoencoder 1',
    'autoencoder 2',
    'denoiser 1',
    'denoiser 2',
  ]);
  for (const { phase, loss, parts, gradientNorm, learningRate, timesteps, errors } of steps) {
    expect(loss).toBeGreaterThan(0);
    expect(gradientNorm).toBeGreaterThan(0);
    expect(learningRate).toBeGreaterThan(0);
    if (phase === 'autoencoder') {
      const { reconstruction = Number.NaN, kl = Number.NaN } = parts;
      expect(loss).toBeCloseTo(reconstruction + tinyRecipe.klWeight * kl, 5);
    } else {
      expect(timesteps).toHaveLength(tinyRecipe.batch);
      expect(errors).toHaveLength(tinyRecipe.batch);
      expect(loss).toBeCloseTo(parts['error'] ?? Number.NaN, 5);
    }
  }
  run.dispose();
});
