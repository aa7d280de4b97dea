// Charts: their table, the nearest point, the arrow keys, labels that keep apart, and the drawing made at build time.
import { significant } from '../../../src/writing/numbers.ts';
import { describe, expect, it } from 'vitest';
import {
  chartRows,
  nearest,
  sayPoint,
  stepFrom,
  thinned,
  writeValue,
  type ChartSpec,
} from '../../../src/components/kit/charts/chart.ts';
import { stillChart } from '../../../src/components/kit/charts/chartStill.ts';
import { labelled, spread } from '../../../src/components/kit/charts/chartTheme.ts';

const spec: ChartSpec = {
  x: { label: 't', unit: 'steps' },
  y: { label: 'signal', type: 'linear', domain: [0, 1] },
  series: [
    { name: 'linear', color: 'noise', kind: 'line', points: [0, 1, 2, 3].map((x) => ({ x, y: 1 - x / 3 })) },
    { name: 'flat', color: 'latent', kind: 'line', points: [0, 1, 2, 3].map((x) => ({ x, y: 0.5 })) },
  ],
  rules: [{ x: 2, label: 'here' }],
};

describe('the numbers of a chart', () => {
  it('are written with three digits, a real minus and units', () => {
    expect([0, 0.012345, 48.21, -3, 12345, 2.5e-7, Number.NaN].map((value) => significant(value))).toEqual([
      '0',
      '0.0123',
      '48.2',
      '−3',
      '12,300',
      '2.5\u00a0×\u00a010⁻⁷',
      '–',
    ]);
    expect(writeValue({ label: 'size', unit: 'kB' }, 1.5)).toBe('1.5\u00a0kB');
  });

  it('are a table: by x where all series share them, else point by point', () => {
    expect(chartRows(spec)[0]).toEqual(['t (steps)', 'linear: signal', 'flat: signal']);
    expect(chartRows(spec)).toHaveLength(5);
    expect(chartRows(spec)[4]).toEqual([3, 0, 0.5]);
    const uneven: ChartSpec = {
      ...spec,
      series: [spec.series[0]!, { ...spec.series[1]!, points: [{ x: 9, y: 1, low: 0.5, high: 2 }] }],
    };
    expect(chartRows(uneven)[0]).toEqual(['series', 't (steps)', 'signal', 'low', 'high']);
    expect(chartRows(uneven).at(-1)).toEqual(['flat', 9, 1, 0.5, 2]);
  });

  it('are thinned evenly, with both ends', () => {
    const rows = Array.from({ length: 101 }, (_, i) => i);
    expect(thinned(rows, 5)).toEqual([0, 25, 50, 75, 100]);
    expect(thinned(rows, 200)).toBe(rows);
  });
});

describe('reading a chart', () => {
  const identity = (value: number): number => value;

  it('finds the nearest point', () => {
    expect(nearest(spec, { x: 2.1, y: 0.4 }, identity, identity)).toEqual({ series: 0, point: 2 });
    expect(nearest(spec, { x: 2.9, y: 0.5 }, identity, identity)).toEqual({ series: 1, point: 3 });
    expect(nearest({ ...spec, series: [] }, { x: 0, y: 0 }, identity, identity)).toBeUndefined();
  });

  it('goes along a series and across to the other at the same x, and stops at the ends', () => {
    const at = { series: 0, point: 1 };
    expect(stepFrom(spec, at, 'ArrowRight')).toEqual({ series: 0, point: 2 });
    expect(stepFrom(spec, at, 'ArrowDown')).toEqual({ series: 1, point: 1 });
    expect(stepFrom(spec, at, 'ArrowUp')).toEqual({ series: 1, point: 1 });
    expect(stepFrom(spec, at, 'End')).toEqual({ series: 0, point: 3 });
    expect(stepFrom(spec, { series: 0, point: 3 }, 'ArrowRight')).toEqual({ series: 0, point: 3 });
    expect(stepFrom(spec, at, 'a')).toBeUndefined();
    expect(sayPoint(spec, at)).toBe('linear: t 1\u00a0steps, signal 0.667');
  });
});

describe('names at the ends of lines', () => {
  it('keep their distance and stay inside', () => {
    const placed = spread([10, 12, 11, 95], 15, 0, 100);
    const sorted = [...placed].sort((a, b) => a - b);
    sorted.slice(1).forEach((y, i) => expect(y - sorted[i]!).toBeGreaterThanOrEqual(15));
    expect(Math.max(...placed)).toBeLessThanOrEqual(100);
    expect(placed[0]! < placed[2]! && placed[2]! < placed[1]!).toBe(true);
  });

  it('stand above where there is no room for them', () => {
    expect(labelled(spec, 640)).toBe(true);
    expect(labelled(spec, 320)).toBe(false);
  });
});

describe('the drawing made at build time', () => {
  const html = stillChart(spec, 240);

  it('has axes with units, the series in their colours, names and the rule', () => {
    for (const part of ['t (steps)', 'signal', 'var(--noise)', 'var(--latent)', 'here', 'flat']) {
      expect(html).toContain(part);
    }
    expect(html.match(/<svg/g)).toHaveLength(3);
    expect(html).not.toMatch(/\d\.\d{3,}/);
  });

  it('puts the ends of a line where its numbers say', () => {
    const path = /stroke="var\(--noise\)"[^>]*>\s*<path d="M([\d.]+),([\d.]+)[^"]*L([\d.]+),([\d.]+)"/.exec(
      html,
    );
    const [, x0, y0, x1, y1] = (path ?? []).map(Number);
    // The narrow one: 320 wide, margins 48 and 16, 30 above and 40 below.
    expect([x0, y0, x1, y1]).toEqual([48, 30, 304, 200]);
  });

  it('survives no data, one point and values that are none', () => {
    expect(stillChart({ ...spec, series: [] }, 240)).toContain('<svg');
    const odd = {
      ...spec.series[0]!,
      points: [
        { x: 1, y: Number.NaN },
        { x: 2, y: 5 },
      ],
    };
    expect(stillChart({ ...spec, series: [odd] }, 240)).not.toContain('NaN');
  });
});
