// What the lab's figure keeps of a run: its curve in few points, its choices in the address, its moments in order.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { mayHoldSomething } from '../../../src/storage/mayHoldSomething.ts';
import { LossCurve } from '../../../src/components/figures/8.1-train/lossCurve.ts';
import { evenly } from '../../../src/components/figures/8.1-train/moments.ts';
import { changesField } from '../../../src/components/figures/8.1-train/recipeField.ts';
import { TimestepBins } from '../../../src/components/figures/8.1-train/timestepBins.ts';

describe('LossCurve', () => {
  it('keeps the mean in fewer points, and forgets what is done again', () => {
    const curve = new LossCurve();
    for (let step = 1; step <= 4096; step++) curve.add(step, step);
    const points = curve.points();
    expect(points.length).toBeLessThan(240);
    for (const { x, y } of points) expect(y).toBeCloseTo(x, 9);
    curve.cutAfter(1000);
    expect(curve.points().every(({ x }) => x <= 1000)).toBe(true);
    curve.add(1001, Number.NaN);
    expect(curve.points().every(({ y }) => Number.isFinite(y))).toBe(true);
  });
});

describe('changesField', () => {
  it('comes back from the address, and refuses what it does not know', () => {
    const changes = {
      factor: 8,
      prediction: 'v_prediction',
      klWeight: 0.00001,
      minSnrGamma: null,
      seed: 7,
    } as const;
    expect(changesField.parse(changesField.format(changes))).toEqual(changes);
    for (const text of ['f-3', 'c', 'x-1', 'f-4_', 'lr-1e3', '__proto__-1']) {
      expect(changesField.parse(text)).toBeUndefined();
    }
    expect(changesField.parse('s-999999')).toEqual({ denoiserSteps: 40_000 });
  });
});

describe('TimestepBins', () => {
  it('is the mean of each bin', () => {
    const bins = new TimestepBins();
    bins.add([10, 20, 999], [1, 3, 5]);
    expect(bins.points().map(({ x, y }) => [x, y])).toEqual([
      [25, 2],
      [975, 5],
    ]);
  });
});

it('evenly keeps the ends', () => {
  expect(evenly([0, 1, 2, 3, 4, 5, 6], 3)).toEqual([0, 3, 6]);
});

describe('the storage is looked into', () => {
  afterEach(() => void vi.unstubAllGlobals());
  const databases = (...names: string[]): object => ({
    databases: () => Promise.resolve(names.map((name) => ({ name, version: 1 }))),
  });
  it.each([
    ['not on a first visit', databases('other'), false],
    ['when something is there', databases('other', 'noisebook-runs'), true],
    ['where it is missing', undefined, true],
    [
      'where it is refused',
      { databases: () => Promise.reject(new DOMException('No.', 'SecurityError')) },
      true,
    ],
    ['where the browser cannot list it', {}, true],
  ])('%s', async (_when, indexedDB, look) => {
    vi.stubGlobal('indexedDB', indexedDB);
    expect(await mayHoldSomething()).toBe(look);
  });
});
