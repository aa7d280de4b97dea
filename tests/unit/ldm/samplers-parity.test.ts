// Every sampler against what diffusers computed for the same settings (tests/fixtures/make_samplers.py).
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseSchedulerConfig, type SchedulerClassName } from '../../../src/lib/ldm/config/index.ts';
import { createSampler, type Denoiser, type StepEvent } from '../../../src/lib/ldm/samplers/index.ts';
import { parseSafetensors } from '../../../src/lib/ldm/weights/safetensors.ts';

interface Case {
  readonly class: SchedulerClassName;
  readonly config: Readonly<Record<string, unknown>>;
  readonly steps: number;
  readonly start: number;
  readonly eta: number;
}

const folder = new URL('../../fixtures/samplers/', import.meta.url);
const { cases } = JSON.parse(readFileSync(new URL('cases.json', folder), 'utf8')) as { cases: Case[] };
const tensors = parseSafetensors(readFileSync(new URL('cases.safetensors', folder)));
const SHAPE: [number, number, number, number] = [1, 2, 2, 2];
const SIZE = 8;
const TOLERANCE = 1e-4;

function values(name: string): Float32Array {
  const tensor = tensors.get(name);
  if (!tensor) throw new Error(`The fixture lacks ${name}.`);
  return tensor.data;
}

/** Entry i of a stack of NCHW tensors, as NHWC. */
function nhwc(data: Float32Array, i = 0): tf.Tensor4D {
  const entry = data.subarray(i * SIZE, (i + 1) * SIZE);
  return tf.tidy(() => tf.transpose(tf.tensor4d(entry, SHAPE), [0, 2, 3, 1]));
}

/** max |a - b| / max |b| over a whole stack; `start` is max |b| of what comes before it. */
function relativeError(actual: readonly Float32Array[], expected: Float32Array, start = 0): number {
  expect(actual.length * SIZE).toBe(expected.length);
  let [worst, largest] = [0, start];
  for (const [i, ours] of actual.entries()) {
    const theirs = nhwc(expected, i).dataSync();
    for (const [j, value] of ours.entries()) {
      worst = Math.max(worst, Math.abs(value - (theirs[j] ?? Number.NaN)));
      largest = Math.max(largest, Math.abs(theirs[j] ?? 0));
    }
  }
  return worst / largest;
}

const denoiser: Denoiser = (x, t) => tf.tidy(() => tf.add(tf.mul(x, 0.3), 0.2 * Math.sin(t / 100)));

beforeAll(async () => {
  await tf.setBackend('cpu');
  await tf.ready();
});

describe.each(Object.keys(Object.groupBy(cases, (entry) => entry.class)))('%s', (className) => {
  const own = cases.map((entry, id) => ({ ...entry, id })).filter((entry) => entry.class === className);
  test.each(own)(
    'case $id: $config, $steps steps from $start, eta $eta',
    async ({ id, config, steps, start, eta }) => {
      const sampler = createSampler(
        parseSchedulerConfig(config, 'fixture', className as SchedulerClassName),
        steps,
      );
      const timesteps = values(`${id}.timesteps`);
      expect(sampler.timesteps.length).toBe(timesteps.length);
      const slack = 1e-4 * Math.max(1, ...timesteps); // continuous timesteps are rounded to float32 there
      for (const [i, t] of sampler.timesteps.entries()) {
        if (Number.isInteger(timesteps[i])) expect(t).toBeCloseTo(timesteps[i] ?? Number.NaN, 2);
        else expect(Math.abs(t - (timesteps[i] ?? Number.NaN))).toBeLessThan(slack);
      }

      const [initial, clean] = [nhwc(values('initial')), nhwc(values('clean'))];
      const xT =
        start > 0
          ? sampler.addNoiseAt(clean, initial, start)
          : tf.tidy((): tf.Tensor4D => tf.mul(initial, sampler.initNoiseSigma));
      const xs: Float32Array[] = [];
      const x0s: Float32Array[] = [];
      const onStep = (event: StepEvent): void => {
        xs.push(event.x.dataSync<'float32'>());
        x0s.push(event.predX0.dataSync<'float32'>());
      };
      const noise = (index: number): tf.Tensor4D => nhwc(values('noise'), index);
      const last = await sampler.sample(denoiser, xT, { eta, startIndex: start, noise, onStep });
      const largest = Math.max(...xT.dataSync().map(Math.abs));
      expect(relativeError(xs, values(`${id}.x`), largest)).toBeLessThan(TOLERANCE);
      expect(last.dataSync()).toEqual(xs.at(-1));
      if (tensors.has(`${id}.x0`))
        expect(relativeError(x0s, values(`${id}.x0`), largest)).toBeLessThan(TOLERANCE);

      const first = nhwc(values('noise'));
      const noised = sampler.timesteps.slice(start).map((_, i) => {
        return sampler.addNoiseAt(clean, first, start + i).dataSync<'float32'>();
      });
      expect(relativeError(noised, values(`${id}.noised`))).toBeLessThan(TOLERANCE);
    },
  );
});
