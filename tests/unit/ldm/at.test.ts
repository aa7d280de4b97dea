// An index out of range is an error, and never a number that looks right: in a list, a schedule, a sampler.
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from 'vitest';
import { at, last } from '../../../src/lib/ldm/base/at.ts';
import { parseSchedulerConfig, type SchedulerClassName } from '../../../src/lib/ldm/config/index.ts';
import { quantiles } from '../../../src/lib/ldm/metrics/distribution.ts';
import { createSampler } from '../../../src/lib/ldm/samplers/index.ts';
import { interpolate } from '../../../src/lib/ldm/schedules/numeric.ts';
import { sigmaToTimestep } from '../../../src/lib/ldm/schedules/sigmaSpacings.ts';
import { TrainingLevels } from '../../../src/lib/ldm/training/timestepSampling.ts';

const diffusion: SchedulerClassName[] = [
  'DDPMScheduler',
  'DDIMScheduler',
  'EulerDiscreteScheduler',
  'DPMSolverMultistepScheduler',
];
const all: SchedulerClassName[] = [...diffusion, 'FlowMatchEulerDiscreteScheduler'];
const SHAPE: [number, number, number, number] = [1, 1, 1, 1];

beforeAll(async () => {
  await tf.setBackend('cpu');
  await tf.ready();
});

describe('at', () => {
  test('reads what is there, also null and NaN', () => {
    expect(at([1, 2, 3], 2)).toBe(3);
    expect(at(Float32Array.of(Number.NaN), 0)).toBeNaN();
    expect(at([null], 0)).toBeNull();
    expect(last('abc')).toBe('c');
  });

  test.each([-1, 3, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses %d of three', (index) => {
    const read = (): number => at(Float32Array.of(1, 2, 3), index, 'timestep');
    expect(read).toThrow(new RangeError(`timestep: expected a whole number from 0 to 2, got ${index}.`));
  });

  test('says that a list is empty', () => {
    expect(() => last([])).toThrow(new RangeError('index: expected a list that is not empty, got none.'));
  });
});

// A schedule of 10 noise levels where 1000 are spoken of: the timesteps of sampling lie outside of it.
describe.each(diffusion)('%s with a timestep that its schedule lacks', (name) => {
  test('throws instead of taking a clean picture', async () => {
    const config = parseSchedulerConfig({ clip_sample: false, timestep_spacing: 'linspace' }, 'test', name);
    const short = { ...config, trainedBetas: new Array<number>(10).fill(0.01) };
    const xT: tf.Tensor4D = tf.ones(SHAPE);
    const run = async (): Promise<unknown> => {
      const sampler = createSampler(short, 5);
      return sampler.sample((x) => tf.clone(x), xT, { noise: () => tf.ones(SHAPE) });
    };
    // Euler interpolates between its levels, and stops at the last one, as numpy.interp does.
    if (name === 'EulerDiscreteScheduler') await expect(run()).resolves.toBeInstanceOf(tf.Tensor);
    else await expect(run()).rejects.toThrow('timestep: expected a whole number from 0 to 9, got 9');
  });
});

describe.each(all)('%s', (name) => {
  const config = parseSchedulerConfig({}, 'test', name);
  const x: tf.Tensor4D = tf.tidy(() => tf.tensor4d([1], SHAPE));

  test.each([-1, 1000.5, 1001, 0.5, Number.NaN])('no noise of timestep %d', (timestep) => {
    const sampler = createSampler(config, 5);
    expect(() => sampler.addNoise(x, x, timestep)).toThrow(RangeError);
    expect(() => sampler.addNoise(x, x, timestep)).toThrow('timestep: expected');
  });

  test.each([-1, 6, 0.5, Number.NaN])('no noise of step %d', (index) => {
    const sampler = createSampler(config, 5);
    expect(() => sampler.addNoiseAt(x, x, index)).toThrow(RangeError);
  });

  test.each([-1, 1000.5, Number.NaN])('no level of training at %d', (timestep) => {
    expect(() => new TrainingLevels(config).at(timestep)).toThrow(RangeError);
  });
});

test('arithmetic on lists without entries', () => {
  expect(() => interpolate(0, [])).toThrow(RangeError);
  expect(() => interpolate(Number.NaN, [1, 2])).toThrow(RangeError);
  expect(() => sigmaToTimestep(1, new Float32Array(0))).toThrow(RangeError);
  expect(() => quantiles([], 2)).toThrow(RangeError);
});
