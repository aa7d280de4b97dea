// What comes out of a run: a folder that the pipeline opens and that draws the same pictures, and the trace of its steps.
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadPipeline } from '../../../src/lib/ldm/pipeline/stableDiffusionPipeline.ts';
import type { Run } from '../../../src/lib/ldm/training/run.ts';
import type { UpdateTraceEvent } from '../../../src/lib/ldm/training/types.ts';
import { memorySource } from '../../../src/lib/ldm/weights/source.ts';
import { useBackend } from '../lib/device.ts';
import { data, eventsOf, stepsOf, tinyRun } from '../lib/tinyRun.ts';

useBackend();

let run: Run | undefined;
const traces: UpdateTraceEvent[] = [];
const losses: number[] = [];
beforeAll(async () => {
  run = tinyRun();
  for await (const event of run.train({ trace: true })) {
    if (event.type === 'update-trace') traces.push(event);
    if (event.type === 'step' && event.phase === 'denoiser') losses.push(event.errors?.[0] ?? Number.NaN);
  }
}, 240_000); // the shaders of a whole run
afterAll(() => {
  run?.dispose();
});

const finished = (): Run => {
  if (run === undefined) throw new Error('expected use inside a test');
  return run;
};

/** The greatest difference between two pictures, in steps of 255. */
const difference = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? Number.NaN))), 0);

describe('the folder', () => {
  test.each(['F32', 'F16'] as const)('in %s opens and draws what the run draws', async (dtype) => {
    const pipe = await loadPipeline(memorySource('own', await finished().files('averaged', { dtype })));
    try {
      expect(pipe.sampleSize).toEqual([32, 32]);
      const drawn = await finished().sample(['blue above', 'blue above'], {
        seed: 5,
        numInferenceSteps: 4,
        guidanceScale: 2,
      });
      const latents = await pipe.textToImage({
        prompt: 'blue above',
        seed: 5,
        numImages: 2,
        numInferenceSteps: 4,
        guidanceScale: 2,
      });
      const pixels = tf.tidy(() => {
        const rgb = tf.mul(tf.add(pipe.decode(latents), 1), 127.5);
        return tf.concat4d([rgb as tf.Tensor4D, tf.fill([2, 32, 32, 1], 255)], 3);
      });
      const rgba = Uint8ClampedArray.from(await pixels.data());
      tf.dispose([latents, pixels]);
      expect(difference(rgba, drawn)).toBeLessThanOrEqual(dtype === 'F32' ? 1 : 3);
      expect(difference(rgba, new Uint8ClampedArray(rgba.length))).toBeGreaterThan(100);
    } finally {
      pipe.dispose();
    }
  });

  test('holds averaged or latest weights, and the latents are normal by themselves', async () => {
    const [averaged, latest] = [await finished().files('averaged'), await finished().files('latest')];
    expect([...averaged.keys()].sort()).toEqual([
      'model_index.json',
      'scheduler/scheduler_config.json',
      'text_encoder/config.json',
      'text_encoder/model.safetensors',
      'tokenizer/merges.txt',
      'tokenizer/special_tokens_map.json',
      'tokenizer/tokenizer_config.json',
      'tokenizer/vocab.json',
      'unet/config.json',
      'unet/diffusion_pytorch_model.safetensors',
      'vae/config.json',
      'vae/diffusion_pytorch_model.safetensors',
    ]);
    const unet = 'unet/diffusion_pytorch_model.safetensors';
    expect(averaged.get(unet)).not.toEqual(latest.get(unet));
    const numbers = await finished().latentsOf(Array.from({ length: data.count }, (_, i) => i));
    const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
    expect(numbers).toHaveLength(data.count * 8 * 8 * 4);
    expect(Math.abs(mean)).toBeLessThan(1e-3);
  });
});

test('reconstructions are of the pictures asked for, of the set or not', async () => {
  const [both, second] = [await finished().reconstruct([3, 9]), await finished().reconstruct([9])];
  const each = 32 * 32 * 4;
  expect(both).toHaveLength(2 * each);
  expect(difference(both.subarray(each), second)).toBeLessThanOrEqual(1);
  const bytes = data.pixels.slice(9 * 32 * 32 * 3, 10 * 32 * 32 * 3);
  expect(difference(await finished().reconstruct(bytes), second)).toBe(0);
  await expect(finished().reconstruct([16])).rejects.toThrow(/from 0 to 15, got 16/);
  await expect(finished().reconstruct(bytes.subarray(1))).rejects.toThrow(/RGB/);
});

test('a guess shows the picture, the picture noised, and what the denoiser sees', async () => {
  const { original, noised, guess } = await finished().guess(2, 100, 4);
  const rgb = Array.from(original).filter((_, i) => i % 4 !== 3);
  expect(rgb).toEqual([...data.pixels.subarray(2 * 3072, 3 * 3072)]);
  expect(difference(noised, guess)).toBeGreaterThan(5);
  await expect(finished().guess(2, 1000, 4)).rejects.toThrow(/timestep/);
});

test('the six moves of a step add up', () => {
  expect(traces).toHaveLength(3);
  traces.forEach((one, n) => {
    const { x0, noise, xt, target, prediction, signal, sigma } = one;
    const off = (values: (i: number) => number): number =>
      Array.from(x0, (_, i) => Math.abs(values(i))).reduce((a, b) => Math.max(a, b), 0);
    const at = (array: Float32Array, i: number): number => array[i] ?? Number.NaN;
    expect(x0).toHaveLength(8 * 8 * 4);
    expect(off((i) => signal * at(x0, i) + sigma * at(noise, i) - at(xt, i))).toBeLessThan(1e-4);
    expect(off((i) => signal * at(noise, i) - sigma * at(x0, i) - at(target, i))).toBeLessThan(1e-4);
    const error = prediction.reduce((sum, value, i) => sum + (value - at(target, i)) ** 2, 0) / x0.length;
    expect(one.loss / error).toBeCloseTo(1, 3);
    expect(one.loss).toBe(losses[n]);
    expect(one.step).toBe(n + 1);
    expect(one.updates).toHaveLength(8);
    for (const { change } of one.updates) expect(change).toBeGreaterThan(0);
    expect(new Set(one.updates.map(({ name }) => name)).size).toBe(8);
  });
});

describe('every kind of prediction and of words', () => {
  const short = { autoencoderSteps: 1, denoiserSteps: 8, batch: 8, learningRate: 1e-2 } as const;

  test.each(['epsilon', 'sample', 'v_prediction', 'flow'] as const)('%s learns', async (prediction) => {
    const trained = tinyRun({ ...short, prediction });
    const steps = stepsOf(await eventsOf(trained)).filter(({ phase }) => phase === 'denoiser');
    const mean = (from: number, to: number): number =>
      steps.slice(from, to).reduce((sum, { loss }) => sum + loss, 0) / (to - from);
    expect(mean(6, 8)).toBeLessThan(0.97 * mean(0, 2));
    const drawn = await trained.sample(['red left'], { seed: 1, numInferenceSteps: 2 });
    expect(new Set(drawn).size).toBeGreaterThan(10);
    trained.dispose();
  });

  test.each([
    { conditioning: 'none' },
    { conditioning: 'sentences' },
    { minSnrGamma: 5, prediction: 'epsilon' },
    { factor: 8, latentChannels: 2, width: 20 },
  ] as const)('trains with %o', async (changes) => {
    const trained = tinyRun({ ...short, denoiserSteps: 2, ...changes });
    const [first, second] = stepsOf(await eventsOf(trained)).filter(({ phase }) => phase === 'denoiser');
    expect(Number.isFinite(second?.loss)).toBe(true);
    expect(second?.loss).not.toBe(first?.loss);
    if ('minSnrGamma' in changes) expect(first?.loss).toBeLessThan(first?.parts['error'] ?? 0);
    const pipe = await loadPipeline(memorySource('own', await trained.files()));
    expect(pipe.vaeScaleFactor).toBe('factor' in changes ? changes.factor : 4);
    pipe.dispose();
    trained.dispose();
  });
});
