// Statistics of latents, and how they are folded into the autoencoder's 1x1 convolutions.
import { describe, expect, test } from 'vitest';
import { Rng } from '../../../../src/lib/ldm/base/rng.ts';
import { foldStatistics } from '../../../../src/lib/ldm/training/foldStatistics.ts';
import { drawLatents, statisticsOf, type Latents } from '../../../../src/lib/ldm/training/latentCache.ts';
import type { StateDict } from '../../../../src/lib/ldm/weights/safetensors.ts';

const CHANNELS = 3;
const rng = new Rng('latents');
const random = (count: number): Float32Array => rng.fillNormal(new Float32Array(count));

/** 40 posteriors of 2 x 2 x 3 numbers: channel c has mean c and spread 1 + c, and 0.5 around each mean. */
function madeUp(): Latents {
  const mean = random(40 * 4 * CHANNELS).map((value, i) => (i % CHANNELS) + (1 + (i % CHANNELS)) * value);
  return { count: 40, shape: [2, 2, CHANNELS], mean, std: new Float32Array(mean.length).fill(0.5) };
}

test('statistics count the spread of the means and the spread around them', () => {
  const { mean, std } = statisticsOf(madeUp());
  for (let c = 0; c < CHANNELS; c++) {
    expect(Math.abs((mean[c] ?? Number.NaN) - c)).toBeLessThan(0.5);
    expect((std[c] ?? Number.NaN) / Math.sqrt((1 + c) ** 2 + 0.25)).toBeCloseTo(1, 0);
  }
  // Exactly: two numbers, no spread around them.
  const two = {
    count: 2,
    shape: [1, 1, 1],
    mean: new Float32Array([1, 3]),
    std: new Float32Array(2),
  } as const;
  expect(statisticsOf(two)).toEqual({ mean: [2], std: [1] });
});

describe('drawLatents', () => {
  test('draws around the means of the pictures asked for', () => {
    const latents = madeUp();
    const rows = drawLatents(
      latents,
      Array.from({ length: 2000 }, () => 7),
      new Rng(1),
    );
    const values = Array.from({ length: 2000 }, (_, row) => rows[row * 12] ?? Number.NaN);
    const center = values.reduce((a, b) => a + b) / 2000;
    const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - center) ** 2, 0) / 2000);
    expect(center).toBeCloseTo(latents.mean[7 * 12] ?? Number.NaN, 1);
    expect(spread).toBeCloseTo(0.5, 1);
  });

  test('without spread it gives the means', () => {
    const latents = { ...madeUp(), std: new Float32Array(40 * 12) };
    expect(drawLatents(latents, [3, 1], new Rng(1))).toEqual(
      Float32Array.from([...latents.mean.subarray(36, 48), ...latents.mean.subarray(12, 24)]),
    );
  });
});

/** y = W x + b, for the matrix in a 1x1 convolution's file layout. */
function apply(state: StateDict, name: string, x: readonly number[]): number[] {
  const [weight, bias] = [state.get(`${name}.weight`)?.data, state.get(`${name}.bias`)?.data];
  return Array.from(bias ?? [], (start, row) =>
    x.reduce((sum, value, column) => sum + (weight?.[row * x.length + column] ?? Number.NaN) * value, start),
  );
}

describe('foldStatistics', () => {
  const tensor = (shape: readonly number[]) => ({
    shape,
    dtype: 'F32' as const,
    data: random(shape.reduce((a, b) => a * b)),
  });
  const state: StateDict = new Map([
    ['encoder.conv_in.weight', tensor([4])],
    ['quant_conv.weight', tensor([6, 6, 1, 1])],
    ['quant_conv.bias', tensor([6])],
    ['post_quant_conv.weight', tensor([3, 3, 1, 1])],
    ['post_quant_conv.bias', tensor([3])],
  ]);
  const statistics = { mean: [1, -2, 0.5], std: [2, 0.5, 3] };
  const folded = foldStatistics(state, statistics);
  const x = [0.3, -1, 2, 0.7, 0.1, -0.4];

  test('normalises means and log variances', () => {
    const [before, after] = [apply(state, 'quant_conv', x), apply(folded, 'quant_conv', x)];
    for (let c = 0; c < CHANNELS; c++) {
      const [mu, sd] = [statistics.mean[c] ?? 0, statistics.std[c] ?? 1];
      expect(after[c]).toBeCloseTo(((before[c] ?? Number.NaN) - mu) / sd, 5);
      expect(after[3 + c]).toBeCloseTo((before[3 + c] ?? Number.NaN) - 2 * Math.log(sd), 5);
    }
  });

  test('the decoder sees what it saw before', () => {
    const z = [0.2, 1.5, -0.8];
    const normal = z.map((value, c) => (value - (statistics.mean[c] ?? 0)) / (statistics.std[c] ?? 1));
    const [before, after] = [apply(state, 'post_quant_conv', z), apply(folded, 'post_quant_conv', normal)];
    after.forEach((value, c) => {
      expect(value).toBeCloseTo(before[c] ?? Number.NaN, 5);
    });
  });

  test('leaves the rest alone, and the old weights as they were', () => {
    expect([...folded.keys()].sort()).toEqual([...state.keys()].sort());
    expect(folded.get('encoder.conv_in.weight')).toBe(state.get('encoder.conv_in.weight'));
    expect(folded.get('quant_conv.bias')?.data).not.toEqual(state.get('quant_conv.bias')?.data);
    expect(foldStatistics(state, { mean: [0, 0, 0], std: [1, 1, 1] })).toEqual(state);
  });

  test('a dead channel is not blown up', () => {
    const dead = foldStatistics(state, { mean: [0, 0, 0], std: [0, 1, 1] });
    expect([...dead.values()].every(({ data }) => data.every(Number.isFinite))).toBe(true);
  });

  test('says what is missing', () => {
    expect(() => foldStatistics(new Map(), statistics)).toThrow(/quant_conv.weight/);
  });
});
