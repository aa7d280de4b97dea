// Chapter 1's figures: their numbers, what was recorded of them, and the small drawings' arithmetic.
import { describe, expect, test } from 'vitest';
import { inSlices } from '../../../src/components/kit/noise/inSlices.ts';
import { barsPath, dotsPath, figures, linePath, place } from '../../../src/components/kit/noise/plot.ts';
import {
  cloudOf,
  FIRST_DRAWING,
  marginal,
  MAX_DRAWING,
  placesAt,
  readDrawing,
  trail,
  walk,
  writeDrawing,
} from '../../../src/components/figures/1.4-points/pointCloud.ts';
import { makeAlphasCumprod, makeBetas, moments } from '@noisebook/ldm/numbers';
import { shippedBetas } from '../../../tools/lib/noiseSchedule.ts';

const schedule = shippedBetas();
const betas = makeBetas(schedule);
const alphasCumprod = makeAlphasCumprod(schedule);

/** Runs a computation that yields its progress to its end. */
function finish<Result>(work: Generator<number, Result>): { result: Result; yields: number[] } {
  const yields: number[] = [];
  for (;;) {
    const step = work.next();
    if (step.done === true) return { result: step.value, yields };
    yields.push(step.value);
  }
}

describe('1.4', () => {
  const x0 = cloudOf('moons', '', 7);
  const { result: way, yields } = finish(walk(x0, betas, 7));

  test('the cloud ends as noise, and tells how far it is', () => {
    const end = placesAt(way, 999);
    for (const axis of [0, 1] as const) {
      const { mean, variance } = marginal(end, axis);
      expect(Math.abs(mean)).toBeLessThan(0.2);
      expect(Math.abs(variance - 1)).toBeLessThan(0.2);
    }
    expect(yields.at(-1)).toBe(1000);
  });

  test('the variance on the way is that of the formula', () => {
    const before = marginal(x0, 0).variance;
    for (const t of [100, 400, 700]) {
      const expected = alphasCumprod[t]! * before + 1 - alphasCumprod[t]!;
      expect(marginal(placesAt(way, t), 0).variance / expected).toBeGreaterThan(0.8);
      expect(marginal(placesAt(way, t), 0).variance / expected).toBeLessThan(1.2);
    }
  });

  test('a trail goes from the start to where the point is', () => {
    for (const t of [0, 1, 299, 300, 301]) {
      const path = trail(x0, way, 5, t);
      expect(path[0]).toEqual([x0[10], x0[11]]);
      expect(path.at(-1)).toEqual([placesAt(way, t)[10], placesAt(way, t)[11]]);
    }
  });

  test('a drawing survives the address, and nonsense does no harm', () => {
    const strokes = [
      [
        [0, 0],
        [1, 1],
      ],
      [[-2, 1.5]],
    ] as const;
    const back = readDrawing(writeDrawing(strokes));
    expect(back.map((stroke) => stroke.length)).toEqual([2, 1]);
    strokes.flat().forEach((point, i) => {
      expect(Math.abs(back.flat()[i]![0] - point[0])).toBeLessThan(0.035);
      expect(Math.abs(back.flat()[i]![1] - point[1])).toBeLessThan(0.035);
    });
    expect(FIRST_DRAWING.length).toBeLessThan(MAX_DRAWING);
    for (const text of ['', '.', 'A', '....', 'ü€']) {
      expect(cloudOf('drawn', text, 1)).toEqual(cloudOf('drawn', FIRST_DRAWING, 1));
    }
    expect(cloudOf('drawn', '<script>', 1).every((value) => Math.abs(value) < 3)).toBe(true);
  });
});

describe('drawing', () => {
  test('numbers are written with a real minus, and zero without one', () => {
    expect([figures(-0.5, 1), figures(-0.0001, 2), figures(2, 0)]).toEqual(['−0.5', '0.00', '2']);
  });

  test('paths', () => {
    expect(place(0, -4, 4)).toBe(50);
    expect(
      linePath([
        [0, 0],
        [50, 25],
      ]),
    ).toBe('M0 100L50 75');
    expect(barsPath([1, 3], 2)).toBe('M0 100V50H50V0H100V100Z');
    expect(dotsPath([[10, 20]])).toBe('M10 80h0');
  });
});

describe('in slices', () => {
  function* count(to: number): Generator<number, string> {
    for (let i = 1; i <= to; i++) {
      const end = performance.now() + 1;
      while (performance.now() < end);
      yield i;
    }
    return 'done';
  }

  test('lets others in between, and tells how far it is', async () => {
    const seen: number[] = [];
    let others = 0;
    const timer = setInterval(() => (others += 1), 1);
    expect(await inSlices(count(60), new AbortController().signal, (done) => seen.push(done))).toBe('done');
    clearInterval(timer);
    expect(others).toBeGreaterThan(2);
    expect(seen.length).toBeGreaterThan(2);
    expect(moments(seen).mean).toBeLessThan(60);
  });

  test('stops when it is told to', async () => {
    const stop = new AbortController();
    const work = inSlices(count(10_000), stop.signal);
    stop.abort();
    await expect(work).rejects.toThrow();
  });
});
