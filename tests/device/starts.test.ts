// Where a generation can begin: at any step of another one, with other settings of the sampler; and what is refused.
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test, vi } from 'vitest';
import type { GenerateOptions } from '../../src/lib/ldm/pipeline/options.ts';
import type { SamplerSettings, SchedulerClassName } from '../../src/lib/ldm/config/index.ts';
import { relativeError } from '../../tools/lib/parity.ts';
import { randomTensor, take, useBackend, useMicro } from './lib/device.ts';

const backend = useBackend();
const micro = useMicro();
const STEPS = 5;
const SHAPE: [number, number, number, number] = [2, 4, 4, 4];
const options = { prompt: 'a person with red hair', seed: 5, numInferenceSteps: STEPS, numImages: 2 };

/** A kernel gives the same for the same input; a picture of another batch may be rounded otherwise. */
const ROUNDING = 1e-5;

interface Recorded {
  /** x before step k; the last is the result. */
  readonly latents: readonly Float32Array[];
  readonly predX0: readonly Float32Array[];
}

async function record(given: Partial<GenerateOptions>): Promise<Recorded> {
  const latents: Float32Array[] = [];
  const predX0: Float32Array[] = [];
  const read = async (tensor: tf.Tensor): Promise<Float32Array> =>
    Float32Array.from(await tensor.data<'float32'>());
  const last = await micro.pipe.generate({
    ...options,
    ...given,
    onStart: async (start) => void latents.push(await read(start.latents)),
    onStep: async (step) => {
      latents.push(await read(step.x));
      predX0.push(await read(step.predX0));
    },
  });
  expect(await take(last)).toEqual(latents.at(-1));
  return { latents, predX0 };
}

/** Runs on from step k of what was recorded. @param depth how many earlier predictions are handed over */
async function runOn(
  run: Recorded,
  k: number,
  depth: number,
  given: Partial<GenerateOptions>,
): Promise<Float32Array> {
  const latents = tf.tensor4d(run.latents[k]!, SHAPE);
  const before = run.predX0.slice(0, k).reverse().slice(0, depth);
  const history = before.map((values) => tf.tensor4d(values, SHAPE));
  const last = await micro.pipe.generate({ ...options, ...given, latents, startIndex: k, history });
  tf.dispose([latents, ...history]);
  return take(last);
}

const samplers: [SchedulerClassName, SamplerSettings, number, number][] = [
  ['DDIMScheduler', {}, 0, 0],
  ['DDIMScheduler', { timestepSpacing: 'trailing' }, 0.7, 0],
  ['DDPMScheduler', { varianceType: 'fixed_large' }, 0, 0],
  ['EulerDiscreteScheduler', { useKarrasSigmas: true }, 0, 0],
  ['DPMSolverMultistepScheduler', {}, 0, 1],
  ['DPMSolverMultistepScheduler', { solverOrder: 3, lowerOrderFinal: false }, 0, 2],
  ['DPMSolverMultistepScheduler', { solverOrder: 1 }, 0, 0],
];

describe.each(samplers)('%s %o, eta %d', (sampler, samplerSettings, eta, depth) => {
  const given = { sampler, samplerSettings, eta };

  test('run on from any of its steps, a generation ends as it did', async () => {
    const before = tf.memory().numTensors;
    const run = await record(given);
    expect(run.latents).toHaveLength(STEPS + 1);
    for (let k = 0; k <= STEPS; k++) {
      expect(relativeError(await runOn(run, k, depth, given), run.latents[STEPS]!)).toBeLessThan(ROUNDING);
    }
    expect(tf.memory().numTensors).toBe(before);
  });
});

test('DPM-Solver++ without what it saw before takes its first step in first order, and ends near by', async () => {
  const given = { sampler: 'DPMSolverMultistepScheduler' } as const;
  const run = await record(given);
  const error = relativeError(await runOn(run, 2, 0, given), run.latents[STEPS]!);
  expect(error).toBeGreaterThan(ROUNDING);
  expect(error).toBeLessThan(0.5);
});

test('fresh noise follows the seed: from the same step on, another seed ends elsewhere', async () => {
  const run = await record({ eta: 1 });
  const [same, other] = [await runOn(run, 2, 0, { eta: 1 }), await runOn(run, 2, 0, { eta: 1, seed: 6 })];
  expect(relativeError(same, run.latents[STEPS]!)).toBeLessThan(ROUNDING);
  expect(relativeError(other, same)).toBeGreaterThan(0.01);
});

test('another prompt from a step on changes what comes, the earlier the more', async () => {
  const run = await record({});
  const prompt = 'a blue hat';
  const [early, late] = [await runOn(run, 1, 0, { prompt }), await runOn(run, 4, 0, { prompt })];
  const far = relativeError(early, run.latents[STEPS]!);
  expect(relativeError(late, run.latents[STEPS]!)).toBeGreaterThan(0);
  expect(far).toBeGreaterThan(relativeError(late, run.latents[STEPS]!));
});

test('only the steps from there on are run and told, under their own numbers', async () => {
  const run = await record({});
  const latents = tf.tensor4d(run.latents[3]!, SHAPE);
  const seen: unknown[] = [];
  const last = await micro.pipe.generate({
    ...options,
    latents,
    startIndex: 3,
    onStart: ({ startIndex, timesteps }) => void seen.push([startIndex, timesteps.length]),
    onStep: ({ index, total }) => void seen.push([index, total]),
  });
  tf.dispose([latents, last]);
  expect(seen).toEqual([
    [3, 2],
    [3, STEPS],
    [4, STEPS],
  ]);
});

test('latents without a step are noise: the seed has no say, the scale of the sampler is put on', async () => {
  const sampler = 'EulerDiscreteScheduler';
  const noise = micro.pipe.initialLatents(5, 2);
  const own = await record({ sampler });
  const given = await record({ sampler, seed: 99, latents: noise });
  noise.dispose();
  expect(given.latents[STEPS]).toEqual(own.latents[STEPS]);
});

test('settings change the path: other timesteps, other levels', async () => {
  const timesteps = async (
    samplerSettings: SamplerSettings,
    sampler: SchedulerClassName,
  ): Promise<readonly number[]> => {
    let seen: readonly number[] = [];
    const last = await micro.pipe.generate({
      ...options,
      sampler,
      samplerSettings,
      onStart: (start) => void (seen = start.timesteps),
    });
    last.dispose();
    return seen;
  };
  expect(await timesteps({ timestepSpacing: 'leading' }, 'DDIMScheduler')).toEqual([801, 601, 401, 201, 1]);
  expect(await timesteps({ timestepSpacing: 'trailing' }, 'DDIMScheduler')).toEqual([
    999, 799, 599, 399, 199,
  ]);
  const even = await timesteps({}, 'EulerDiscreteScheduler');
  const karras = await timesteps({ useKarrasSigmas: true }, 'EulerDiscreteScheduler');
  expect(karras[2]).toBeLessThan(even[2]!);
});

test('compiling knows every kind of start, computes nothing and leaves nothing behind', async () => {
  const [image, mask] = [tf.zeros([1, 8, 8, 3]) as tf.Tensor4D, tf.ones([1, 8, 8, 1]) as tf.Tensor4D];
  const before = tf.memory().numTensors;
  await micro.pipe.compile({ image, strength: 0.5 });
  await micro.pipe.compile({ image, mask, numImages: 2, guidanceScale: 1 });
  expect(tf.memory().numTensors).toBe(before);
  const painted = await micro.pipe.generate({ ...options, image, mask });
  expect((await take(painted)).every(Number.isFinite)).toBe(true);
  tf.dispose([image, mask]);
  expect(tf.getBackend()).toBe(backend);
});

describe('refuses, before anything is computed,', () => {
  const image = (): tf.Tensor4D => randomTensor('picture', [1, 8, 8, 3]) as tf.Tensor4D;
  const latents = (): tf.Tensor4D => randomTensor('latents', SHAPE) as tf.Tensor4D;
  test.each<[string, () => Partial<GenerateOptions>, string]>([
    ['a step without latents', () => ({ startIndex: 2 }), 'startIndex: expected latents beside it'],
    [
      'a step that is not there',
      () => ({ latents: latents(), startIndex: 6 }),
      'startIndex: expected a whole number from 0 to 5, got 6',
    ],
    [
      'half a step',
      () => ({ latents: latents(), startIndex: 1.5 }),
      'startIndex: expected a whole number from 0 to 5, got 1.5',
    ],
    [
      'latents of another size',
      () => ({ latents: randomTensor('latents', [2, 4, 4, 3]) as tf.Tensor4D }),
      'latents: expected shape [2, 4, 4, 4], 128 numbers, got shape [2, 4, 4, 3]',
    ],
    [
      'a history without a step',
      () => ({ latents: latents(), history: [latents()] }),
      'history: expected a startIndex beside it, got none',
    ],
    [
      'more history than there was',
      () => ({ latents: latents(), startIndex: 1, history: [latents(), latents()] }),
      'history: expected at most 1 predictions, those of the steps before startIndex, got 2',
    ],
    [
      'a history of another size',
      () => ({
        latents: latents(),
        startIndex: 1,
        history: [randomTensor('h', [1, 4, 4, 4]) as tf.Tensor4D],
      }),
      'history: expected shape [2, 4, 4, 4], 128 numbers, got shape [1, 4, 4, 4]',
    ],
    [
      'a mask without a picture',
      () => ({ mask: tf.ones([1, 8, 8, 1]) as tf.Tensor4D }),
      'mask: expected a picture beside it to paint in, got none',
    ],
    ['strength without a picture', () => ({ strength: 0.5 }), 'strength: expected a picture beside it'],
    [
      'latents and a picture',
      () => ({ latents: latents(), image: image() }),
      'latents: expected no picture beside them',
    ],
    [
      'a picture and a size',
      () => ({ image: image(), height: 16 }),
      'height and width: expected none beside a picture',
    ],
    [
      'three pictures for two images',
      () => ({ image: randomTensor('picture', [3, 8, 8, 3]) as tf.Tensor4D }),
      'image: expected 1 or 2 pictures (numImages), got 3',
    ],
    [
      'eta where it means nothing',
      () => ({ eta: 0.5, sampler: 'EulerDiscreteScheduler' }),
      'eta: expected 0 with EulerDiscreteScheduler, since only DDIMScheduler takes it, got 0.5',
    ],
    [
      'a setting of another sampler',
      () => ({ sampler: 'DDIMScheduler', samplerSettings: { solverOrder: 2 } }),
      'solverOrder: expected settings that DDIMScheduler has, got one of another sampler',
    ],
    [
      'a sampler for other models',
      () => ({ sampler: 'FlowMatchEulerDiscreteScheduler' }),
      '"_class_name": expected the settings of a model that FlowMatchEulerDiscreteScheduler can sample',
    ],
  ])('%s', async (_what, given, message) => {
    const forward = vi.spyOn(micro.pipe.unet, 'forward');
    await tf.ready();
    const wrong = given();
    const before = tf.memory().numTensors;
    expect(() => micro.pipe.check({ ...options, ...wrong })).toThrow(message);
    await expect(micro.pipe.generate({ ...options, ...wrong })).rejects.toThrow(message);
    expect(forward).not.toHaveBeenCalled();
    expect(tf.memory().numTensors).toBe(before);
    forward.mockRestore();
    tf.dispose(
      [wrong.latents, wrong.image, wrong.mask, ...(wrong.history ?? [])].filter((x) => x !== undefined),
    );
  });
});
