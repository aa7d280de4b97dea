// What all samplers promise besides the right numbers: events, abortion, no leaked tensors, clear errors.
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parseSchedulerConfig, type SchedulerClassName } from '../../../src/lib/ldm/config/index.ts';
import { guide, guideHalves } from '../../../src/lib/ldm/diffusion/guidance.ts';
import { convertPrediction, predictionWeights } from '../../../src/lib/ldm/diffusion/prediction.ts';
import { weightedSum } from '../../../src/lib/ldm/diffusion/combine.ts';
import {
  createSampler,
  startIndexFor,
  type Denoiser,
  type SampleOptions,
  type Sampler,
  type StepEvent,
} from '../../../src/lib/ldm/samplers/index.ts';

const STEPS = 6;
const SHAPE: [number, number, number, number] = [2, 2, 3, 1];

const settings: [SchedulerClassName, Record<string, unknown>][] = [
  ['DDPMScheduler', { clip_sample: false, timestep_spacing: 'trailing' }],
  ['DDIMScheduler', { clip_sample: false }],
  ['EulerDiscreteScheduler', { prediction_type: 'v_prediction' }],
  [
    'DPMSolverMultistepScheduler',
    { solver_order: 3, final_sigmas_type: 'sigma_min', lower_order_final: false },
  ],
  ['DPMSolverMultistepScheduler', { prediction_type: 'sample' }],
  ['FlowMatchEulerDiscreteScheduler', { shift: 3 }],
  ['FlowMatchEulerDiscreteScheduler', { stochastic_sampling: true }],
];

const make = (name: SchedulerClassName, config: object, steps = STEPS): Sampler =>
  createSampler(parseSchedulerConfig(config, 'test', name), steps);

const filled = (value: number): tf.Tensor4D => tf.fill(SHAPE, value);
const noise = (index: number): tf.Tensor4D => filled(0.1 * index - 0.2);
const denoiser: Denoiser = (x, t) => tf.tidy(() => tf.add(tf.mul(x, 0.3), 0.2 * Math.sin(t / 100)));

let before = 0;
let xT: tf.Tensor4D;

beforeAll(async () => {
  await tf.setBackend('cpu');
  await tf.ready();
});
beforeEach(() => {
  xT = tf.tensor4d([1, -2, 0.5, 0.25, -1.5, 2, 0, 1, 3, -0.5, 0.75, -1], SHAPE);
  before = tf.memory().numTensors;
});
afterEach(() => {
  expect(xT.isDisposed).toBe(false);
  // Whatever happened, nothing is left over.
  expect(tf.memory().numTensors).toBe(before);
  tf.dispose(xT);
});

/** Collects and disposes what a run gives. */
async function run(sampler: Sampler, options: SampleOptions = {}): Promise<Float32Array> {
  const last = await sampler.sample(denoiser, xT, { noise, ...options });
  const values = last.dataSync<'float32'>().slice();
  tf.dispose(last);
  return values;
}

describe.each(settings)('%s %o', (name, config) => {
  test('tells every step, and keeps no tensor', async () => {
    const sampler = make(name, config);
    const seen: number[] = [];
    const counts: number[] = [];
    const values = await run(sampler, {
      onStep: async (event) => {
        await Promise.resolve();
        expect(event.total).toBe(STEPS);
        expect(event.timestep).toBe(sampler.timesteps[event.index]);
        for (const tensor of [event.x, event.predX0, event.predNoise]) expect(tensor.shape).toEqual(SHAPE);
        seen.push(event.index);
        counts.push(tf.memory().numTensors);
      },
    });
    expect(seen).toEqual([0, 1, 2, 3, 4, 5]);
    expect(values.every(Number.isFinite)).toBe(true);
    // After the first steps (the solver's history), the count stays flat.
    expect(counts[4]).toBe(counts[3]);
    expect(counts[5]).toBe(counts[4]);
  });

  test('predicted picture and noise make up what the model saw', async () => {
    const sampler = make(name, config);
    let x = xT.dataSync<'float32'>().slice();
    let tested = 0;
    await run(sampler, {
      onStep: ({ index, x: next, predX0, predNoise }) => {
        const [x0, eps] = [predX0.dataSync(), predNoise.dataSync()];
        // The weights of x0 and noise at this level, read off addNoiseAt.
        const [one, zero] = [filled(1), filled(0)];
        const [ofX0, ofNoise] = [sampler.addNoiseAt(one, zero, index), sampler.addNoiseAt(zero, one, index)];
        const [alpha, sigma] = [ofX0.dataSync()[0] ?? 0, ofNoise.dataSync()[0] ?? 0];
        tf.dispose([one, zero, ofX0, ofNoise]);
        for (const [i, value] of x.entries()) {
          expect(alpha * (x0[i] ?? 0) + sigma * (eps[i] ?? 0)).toBeCloseTo(value, 3);
          tested++;
        }
        x = next.dataSync<'float32'>().slice();
      },
    });
    expect(tested).toBe(STEPS * 12);
  });

  test('the same twice', async () => {
    const sampler = make(name, config);
    expect(await run(sampler)).toEqual(await run(sampler));
  });

  test('a run of the last steps only', async () => {
    const seen: number[] = [];
    await run(make(name, config), { startIndex: 4, onStep: ({ index }) => void seen.push(index) });
    expect(seen).toEqual([4, 5]);
    expect(await run(make(name, config), { startIndex: STEPS })).toEqual(xT.dataSync());
  });

  test.each([-1, STEPS + 1, 1.5])('refuses to start at %d', async (startIndex) => {
    await expect(run(make(name, config), { startIndex })).rejects.toThrow(
      'startIndex: expected a whole number',
    );
  });

  test('stops when aborted before, in the model, and in a callback', async () => {
    const sampler = make(name, config);
    const early = AbortSignal.abort();
    await expect(run(sampler, { signal: early })).rejects.toMatchObject({ name: 'AbortError' });

    for (const where of ['model', 'callback', 'last callback']) {
      const controller = new AbortController();
      let calls = 0;
      const stopping: Denoiser = async (x, t) => {
        if (++calls === 3 && where === 'model') controller.abort();
        await Promise.resolve();
        return denoiser(x, t);
      };
      const onStep = ({ index }: StepEvent): void => {
        if (index === 2 && where === 'callback') controller.abort();
        if (index === STEPS - 1 && where === 'last callback') controller.abort();
      };
      const promise = sampler.sample(stopping, xT, { noise, onStep, signal: controller.signal });
      const error: unknown = await promise.catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(DOMException);
      expect(error).toMatchObject({ name: 'AbortError' });
      expect(calls).toBe(where === 'last callback' ? STEPS : 3);
    }
  });

  test('a model or a callback that fails leaves nothing behind', async () => {
    const sampler = make(name, config);
    let calls = 0;
    const failing: Denoiser = (x, t) => {
      if (++calls === 3) throw new Error('out of memory');
      return denoiser(x, t);
    };
    await expect(sampler.sample(failing, xT, { noise })).rejects.toThrow('out of memory');
    const onStep = ({ index }: StepEvent): void => {
      if (index === 3) throw new Error('no canvas');
    };
    await expect(run(sampler, { onStep })).rejects.toThrow('no canvas');
    const afterStep = (): tf.Tensor4D => {
      throw new Error('no mask');
    };
    await expect(run(sampler, { afterStep })).rejects.toThrow('no mask');
  });

  test('a model that answers in another shape is refused', async () => {
    const wrong: Denoiser = () => tf.zeros([2, 2, 3, 2]);
    await expect(make(name, config).sample(wrong, xT, { noise })).rejects.toThrow(
      'denoiser: expected a tensor of shape [2, 2, 3, 1], got [2, 2, 3, 2]',
    );
  });

  test('a model that hands back its input does no harm', async () => {
    const identity: Denoiser = (x) => x;
    const last = await make(name, config).sample(identity, xT, { noise });
    expect(last.dataSync().every(Number.isFinite)).toBe(true);
    tf.dispose(last);
  });

  test('x can be replaced after a step', async () => {
    const sampler = make(name, config);
    const next: (number | undefined)[] = [];
    const values = await run(sampler, {
      afterStep: (x, index, nextTimestep) => {
        next.push(nextTimestep);
        return index % 2 === 0 ? x : filled(index);
      },
      onStep: ({ index, x }) => {
        if (index === 3) expect(x.dataSync()[5]).toBe(3);
      },
    });
    expect(next).toEqual([...sampler.timesteps.slice(1), undefined]);
    expect(values).toEqual(new Float32Array(12).fill(5));
    await expect(run(sampler, { afterStep: () => tf.zeros([1, 1, 1, 1]) })).rejects.toThrow(
      'afterStep: expected',
    );
  });

  test('noise of a timestep and of its index are the same', () => {
    const sampler = make(name, config);
    for (const [index, timestep] of sampler.timesteps.entries()) {
      const [x0, eps] = [filled(0.5), filled(-2)];
      const [byIndex, byTimestep] = [sampler.addNoiseAt(x0, eps, index), sampler.addNoise(x0, eps, timestep)];
      expect(byIndex.dataSync()).toEqual(byTimestep.dataSync());
      tf.dispose([x0, eps, byIndex, byTimestep]);
    }
    expect(() => sampler.addNoiseAt(xT, xT, STEPS + 1)).toThrow('index: expected a whole number from 0 to');
    expect(() => sampler.addNoise(xT, xT, -3)).toThrow('timestep: expected');
  });

  test.each([0, -1, 2.5, 1001, Number.NaN])('refuses %d steps', (steps) => {
    expect(() => make(name, config, steps)).toThrow(
      'numInferenceSteps: expected a whole number from 1 to 1000',
    );
  });
});

describe('random samplers', () => {
  test('say when noise is missing or of the wrong shape', async () => {
    for (const [name, config, options] of [
      ['DDPMScheduler', {}, {}],
      ['DDIMScheduler', {}, { eta: 0.5 }],
      ['FlowMatchEulerDiscreteScheduler', { stochastic_sampling: true }, {}],
    ] as const) {
      const sampler = make(name, config);
      await expect(sampler.sample(denoiser, xT, options)).rejects.toThrow(
        'expected the option "noise", got none',
      );
      const wrong = (): tf.Tensor4D => tf.zeros([1, 2, 3, 1]);
      await expect(sampler.sample(denoiser, xT, { ...options, noise: wrong })).rejects.toThrow(
        'noise: expected',
      );
    }
  });

  test('ask for noise by step and shape, and dispose it', async () => {
    const asked: unknown[] = [];
    const made: tf.Tensor4D[] = [];
    const ready = [0, 1, 2, 3, 4, 5].map(filled); // made outside: the sampler disposes these too
    await run(make('DDIMScheduler', {}), {
      eta: 1,
      noise: (index, shape) => {
        asked.push([index, shape]);
        const tensor = ready[index] ?? filled(0);
        made.push(tensor);
        return tensor;
      },
    });
    expect(asked).toEqual([0, 1, 2, 3, 4, 5].map((index) => [index, SHAPE]));
    expect(made.every((tensor) => tensor.isDisposed)).toBe(true);
  });

  test.each([-0.1, 1.5, Number.NaN])('DDIM refuses eta %d', async (eta) => {
    await expect(run(make('DDIMScheduler', {}), { eta })).rejects.toThrow(
      'eta: expected a number from 0 to 1',
    );
  });
});

test('epsilon at zero terminal SNR is refused with the reason', async () => {
  const sampler = make('DDIMScheduler', { rescale_betas_zero_snr: true, timestep_spacing: 'trailing' });
  await expect(run(sampler)).rejects.toThrow('Zero terminal SNR needs "v_prediction" or "sample"');
});

test('clipping limits the picture that is told and used', async () => {
  const sampler = make('DDIMScheduler', { clip_sample: true, clip_sample_range: 0.25 });
  await run(sampler, {
    onStep: ({ predX0 }) => {
      for (const value of predX0.dataSync()) expect(Math.abs(value)).toBeLessThanOrEqual(0.25);
    },
  });
});

test('leading timesteps that training never saw are refused', () => {
  expect(() => make('DDIMScheduler', { steps_offset: 1 }, 1000)).toThrow('The first timestep would be 1000');
});

test.each([1, 2, 4])('a student in %i steps of DDIM passes its teacher’s noise levels', (steps) => {
  // training/train_turbo.py: each step jumps over 12 / steps of the teacher's.
  const noisy = { beta_schedule: 'squaredcos_cap_v2', timestep_spacing: 'trailing', clip_sample: false };
  const config = { ...noisy, prediction_type: 'v_prediction' };
  const [teacher, student] = [
    make('DPMSolverMultistepScheduler', config, 12),
    make('DDIMScheduler', config, steps),
  ];
  const jump = 12 / steps;
  expect(student.timesteps).toEqual(teacher.timesteps.filter((_, i) => i % jump === 0));
  expect(student.initNoiseSigma).toBe(1);
  const [one, zero] = [filled(1), filled(0)];
  for (let i = 0; i <= steps; i++) {
    for (const [x0, eps] of [[one, zero] as const, [zero, one] as const]) {
      const [ours, theirs] = [student.addNoiseAt(x0, eps, i), teacher.addNoiseAt(x0, eps, i * jump)];
      expect(ours.dataSync()[0]).toBeCloseTo(theirs.dataSync()[0] ?? Number.NaN, 6);
      tf.dispose([ours, theirs]);
    }
  }
  tf.dispose([one, zero]);
});

test('the first step for a strength', () => {
  expect([0, 0.3, 0.75, 1].map((strength) => startIndexFor(10, strength))).toEqual([10, 7, 3, 0]);
  expect(startIndexFor(12, 0.5)).toBe(6);
  expect(() => startIndexFor(10, 1.2)).toThrow('strength: expected a number from 0 to 1');
});

describe('predictions', () => {
  const [x0, eps] = [0.7, -1.3];
  test.each([
    ['epsilon', 0.8, 0.6, eps],
    ['sample', 0.8, 0.6, x0],
    ['v_prediction', 0.8, 0.6, 0.8 * eps - 0.6 * x0],
    ['epsilon', 1, 7, eps],
    ['v_prediction', 1, 7, (eps - 7 * x0) / Math.sqrt(50)],
    ['v_prediction', 0, 1, -x0],
    ['flow', 0.25, 0.75, eps - x0],
  ] as const)('%s at alpha %d, sigma %d', (type, alpha, sigma, output) => {
    const x = alpha * x0 + sigma * eps;
    const weights = predictionWeights(type, { alpha, sigma });
    expect(weights.predX0[0] * x + weights.predX0[1] * output).toBeCloseTo(x0, 10);
    expect(weights.predNoise[0] * x + weights.predNoise[1] * output).toBeCloseTo(eps, 10);
  });

  test('tensors of their own, even when they equal the output', () => {
    const output = filled(0.5);
    const { predX0, predNoise } = convertPrediction('epsilon', xT, output, { alpha: 0.6, sigma: 0.8 });
    tf.dispose([predX0, predNoise]);
    expect(output.dataSync()[0]).toBe(0.5);
    tf.dispose(output);
  });
});

describe('sums and guidance', () => {
  test('terms of weight 0 do not spread what is not finite', () => {
    const bad = filled(Number.NaN);
    const sum = weightedSum([0, bad], [-1, xT], [2, xT]);
    expect(sum.dataSync()).toEqual(xT.dataSync());
    const none = weightedSum([0, bad]);
    expect(none.dataSync()).toEqual(new Float32Array(12));
    const same = weightedSum([1, xT]);
    tf.dispose([bad, sum, none, same]);
  });

  test('u + w (c - u)', () => {
    const both = tf.tensor4d([1, 2, 3, 5], [4, 1, 1, 1]);
    const guided = guideHalves(both, 3);
    expect([...guided.dataSync()]).toEqual([7, 11]);
    const [u, c] = [filled(2), filled(5)];
    const ends = [0, 1, -1].map((w) => guide(u, c, w));
    expect(ends.map((tensor) => tensor.dataSync()[0])).toEqual([2, 5, -1]);
    tf.dispose([both, guided, u, c, ...ends]);
    const odd = tf.zeros([3, 1, 1, 1]) as tf.Tensor4D;
    expect(() => guideHalves(odd, 2)).toThrow('expected an even batch, got 3');
    tf.dispose(odd);
  });
});
