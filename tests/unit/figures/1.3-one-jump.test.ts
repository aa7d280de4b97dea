// Figure 1.3: both ways agree with each other and with the formula, unless a factor is forgotten; what was recorded.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeAlphasCumprod, makeBetas } from '@noisebook/ldm/numbers';
import {
  compare,
  type Comparison,
  type Setting,
} from '../../../src/components/figures/1.3-one-jump/oneJump.ts';
import { inSlices } from '../../../src/components/kit/noise/inSlices.ts';
import { shippedBetas } from '../../../tools/lib/noiseSchedule.ts';

const betas = makeBetas(shippedBetas());
const alphasCumprod = makeAlphasCumprod(shippedBetas());
const setting: Setting = { betas, alphasCumprod, t: 300, seed: 1, start: -0.5, count: 1000, broken: false };

/** Runs the comparison to its end. */
const finish = (change: Partial<Setting>): Promise<Comparison> =>
  inSlices(compare({ ...setting, ...change }), new AbortController().signal);

test('both ways agree with each other and with the formula; progress is told', () => {
  const yields: number[] = [];
  const work = compare(setting);
  let step = work.next();
  for (; step.done !== true; step = work.next()) yields.push(step.value);
  const result = step.value;
  expect(result.distance).toBeLessThan(result.limit);
  expect(result.theory.mean).toBeCloseTo(-0.5 * Math.sqrt(alphasCumprod[300]!), 12);
  expect(result.theory.variance).toBeCloseTo(1 - alphasCumprod[300]!, 12);
  for (const side of [result.steps, result.jump]) {
    expect(Math.abs(side.mean - result.theory.mean)).toBeLessThan(0.07);
    expect(side.bars.reduce((sum, bar) => sum + (bar * 2 * result.range) / side.bars.length, 0)).toBeCloseTo(
      1,
      2,
    );
  }
  expect(yields).toEqual(Array.from({ length: 302 }, (_, i) => i));
  expect(result.ways.every((way) => way[0] === -0.5 && way.length === result.ways[0]!.length)).toBe(true);
});

test('broken, they do not, from early to late', async () => {
  for (const t of [300, 600, 999]) {
    const result = await finish({ t, count: 2000, broken: true });
    expect(result.distance).toBeGreaterThan(1.5 * result.limit);
  }
});

test('over many seeds the limit is passed about once in twenty', async () => {
  let above = 0;
  for (let seed = 0; seed < 1000; seed++) {
    const result = await finish({ t: 20, seed, count: 300 });
    if (result.distance >= result.limit) above += 1;
  }
  expect(above).toBeGreaterThan(20);
  expect(above).toBeLessThan(75);
});

test('what is recorded is what the figure computes', async () => {
  const file = join(import.meta.dirname, '../../../public/recorded/1-3/recorded.json');
  const { result } = JSON.parse(readFileSync(file, 'utf8')) as { result: Comparison };
  const now = await finish({ t: 400, seed: 7, start: 0.6, count: 4000 });
  const numbers = ({ steps, jump, theory, distance, limit }: Comparison): number[] =>
    [steps, jump, theory, distance, limit].flatMap((part) =>
      typeof part === 'number' ? [part] : Object.values(part).flat(),
    );
  const recorded = numbers(result);
  expect(Math.max(...numbers(now).map((value, i) => Math.abs(value - recorded[i]!)))).toBeLessThan(1e-8);
  expect(result.ways).toEqual(now.ways);
  expect(result.distance).toBeLessThan(result.limit);
});
