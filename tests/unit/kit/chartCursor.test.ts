// A chart's cursor: the scales agree with Plot's own, and what is said at a place is what is drawn there.
import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import type { ChartSpec } from '../../../src/components/kit/charts/chart.ts';
import { cursorRange, sayCursor, valuesAt } from '../../../src/components/kit/charts/chartCursor.ts';
import { drawChart } from '../../../src/components/kit/charts/chartDraw.ts';
import { chartScale, stillScale } from '../../../src/components/kit/charts/chartScale.ts';

const line = (name: string, ys: readonly number[]): ChartSpec['series'][number] => ({
  name,
  color: 'pixel',
  kind: 'line',
  points: ys.map((y, i) => ({ x: i + 1, y })),
});
const linear: ChartSpec = {
  x: { label: 'way', domain: [0, 5] },
  y: { label: 'lost', unit: 'dB' },
  series: [line('fade', [1, 2, 4, 8]), line('walk', [3, 3, 3, 5])],
};
const log: ChartSpec = {
  x: { label: 'steps', type: 'log' },
  y: { label: 'loss', type: 'log' },
  series: [{ ...line('a', []), points: [1, 10, 1000].map((x) => ({ x, y: 100 / x })) }],
};

describe.each([
  ['linear axes', linear],
  ['logarithms', log],
])('scales of %s', (_, spec) => {
  it.each([320, 900])('agree with Plot in %i pixels', (width) => {
    const { document } = parseHTML('<!doctype html><html><body></body></html>');
    const drawing = drawChart(spec, { width, height: 250, document });
    const scale = chartScale(spec, { width, height: 250 });
    for (const x of [1, 2.5, 4]) expect(scale.toX(x)).toBeCloseTo(drawing.toX(x), 6);
    for (const y of [1, 2.5, 8]) expect(scale.toY(y)).toBeCloseTo(drawing.toY(y), 6);
    for (const x of [1, 2.5, 4]) expect(scale.fromX(scale.toX(x))).toBeCloseTo(x, 9);
  });
});

it('beyond the ends of the axis is its end', () => {
  const { fromX } = chartScale(linear, { width: 320, height: 250 });
  expect([fromX(-50), fromX(9999)]).toEqual([0, 5]);
});

it('a still is drawn in one of three widths, and made smaller where it does not fit', () => {
  const of320 = chartScale(linear, { width: 320, height: 250 });
  expect(stillScale(linear, { width: 400, height: 250 }).toX(2)).toBe(of320.toX(2));
  const half = stillScale(linear, { width: 160, height: 250 });
  expect(half.toX(2)).toBeCloseTo(of320.toX(2) / 2, 9);
  expect(half.fromX(half.toX(2))).toBeCloseTo(2, 9);
  const of560 = chartScale(linear, { width: 560, height: 250 });
  expect(stillScale(linear, { width: 500, height: 250 }).toX(2)).toBeCloseTo(of560.toX(2) * (500 / 560), 9);
});

describe('at the cursor', () => {
  const at = (spec: ChartSpec, x: number) => valuesAt(spec, x).map(({ y }) => y);
  it('lines are straight between their points, and nothing beyond them', () => {
    expect(at(linear, 1)).toEqual([1, 3]);
    expect(at(linear, 2.5)).toEqual([3, 3]);
    expect(at(linear, 3.25)).toEqual([5, 3.5]);
    expect(at(linear, 0.5)).toEqual([]);
    expect(at(linear, 4.5)).toEqual([]);
  });
  it('they are straight in the logarithm, where that is drawn', () => {
    expect(at(log, 100)[0]).toBeCloseTo(1, 9);
  });
  it('a bin is as wide as it is drawn; a dot is the nearest', () => {
    const points = [10, 20].map((x) => ({ x, y: x }));
    const spec = (kind: 'bars' | 'dots'): ChartSpec => ({
      ...linear,
      series: [{ name: 'n', color: 'ink', kind, points }],
    });
    expect(at(spec('bars'), 14)).toEqual([10]);
    expect(at(spec('bars'), 26)).toEqual([]);
    expect(at(spec('dots'), 26)).toEqual([20]);
  });
  it('is said with every series’ name, and the unit once', () => {
    expect(sayCursor(linear, 2.5)).toBe('way 2.5: fade 3, walk 3 dB');
    expect(sayCursor(log, 10)).toBe('steps 10: loss 10');
    expect(sayCursor(linear, 0)).toBe('way 0: nothing');
  });
});

it('it goes along the whole axis, a fortieth a key where no step is given', () => {
  expect(cursorRange(linear, { at: 0 })).toEqual({ min: 0, max: 5, step: 0.125 });
  expect(cursorRange(linear, { at: 0, step: 1 })).toEqual({ min: 0, max: 5, step: 1 });
});
