// What a chart shows, as plain data: axes with units, series, reference lines; its table, and the point nearest to a place.
import { significant } from '../../../writing/numbers.ts';
import type { Meaning } from '../marks/meaning.ts';

export interface ChartPoint {
  readonly x: number;
  readonly y: number;
  /** The ends of its error bar, in the units of y. */
  readonly low?: number;
  readonly high?: number;
}

export interface ChartSeries {
  readonly name: string;
  readonly color: Meaning | 'ink' | 'muted';
  /** How it is drawn. `bars` and `steps` take x as the middle of a bin; all bins are as wide as the first. */
  readonly kind: 'line' | 'area' | 'dots' | 'bars' | 'steps';
  /** By growing x, except for dots. */
  readonly points: readonly ChartPoint[];
  readonly dashed?: boolean;
  /** Drawn stronger than the others. */
  readonly strong?: boolean;
}

export interface ChartAxis {
  /** What is measured: "signal kept". */
  readonly label: string;
  /** In what: "dB", "bytes"; left out for pure numbers. */
  readonly unit?: string;
  readonly type?: 'linear' | 'log';
  /** Left out: from the data, on a linear y axis with 0. */
  readonly domain?: readonly [number, number];
  /** How a value is written; default: up to three significant digits. */
  readonly format?: (value: number) => string;
}

/** A thin line across the chart at one value, with its name. */
export interface ChartRule {
  readonly x?: number;
  readonly y?: number;
  readonly label?: string;
  readonly color?: ChartSeries['color'];
}

export interface ChartSpec {
  readonly x: ChartAxis;
  readonly y: ChartAxis;
  readonly series: readonly ChartSeries[];
  readonly rules?: readonly ChartRule[];
}

/** A value with its unit. */
export function writeValue(axis: ChartAxis, value: number): string {
  const text = (axis.format ?? significant)(value);
  return axis.unit === undefined ? text : `${text}\u00a0${axis.unit}`;
}

/** The label of an axis with its unit in brackets. */
export const axisTitle = ({ label, unit }: ChartAxis): string =>
  unit === undefined ? label : `${label} (${unit})`;

/**
 * The chart as a table, its heads first: one row for each x where all series have the same x, else one for each point.
 */
export function chartRows({ x, y, series }: ChartSpec): (string | number)[][] {
  const first = series[0]?.points ?? [];
  const aligned = series.every(
    ({ points }) => points.length === first.length && points.every((point, i) => point.x === first[i]?.x),
  );
  const errors = series.some(({ points }) => points.some(({ low }) => low !== undefined));
  if (aligned && !errors) {
    return [
      [
        axisTitle(x),
        ...series.map(({ name }) => (series.length === 1 ? axisTitle(y) : `${name}: ${axisTitle(y)}`)),
      ],
      ...first.map((point, i) => [point.x, ...series.map(({ points }) => points[i]!.y)]),
    ];
  }
  return [
    ['series', axisTitle(x), axisTitle(y), ...(errors ? ['low', 'high'] : [])],
    ...series.flatMap(({ name, points }) =>
      points.map((point) => [name, point.x, point.y, ...(errors ? [point.low ?? '', point.high ?? ''] : [])]),
    ),
  ];
}

/** At most `most` rows, evenly spread, the first and the last among them. */
export function thinned<T>(rows: readonly T[], most: number): readonly T[] {
  if (rows.length <= most) return rows;
  return Array.from({ length: most }, (_, i) => rows[Math.round((i * (rows.length - 1)) / (most - 1))]!);
}

export interface Place {
  /** Index into the series, and into its points. */
  readonly series: number;
  readonly point: number;
}

/**
 * The point nearest to a place of the drawing.
 * @param toX @param toY from the values of the axes to pixels
 */
export function nearest(
  { series }: ChartSpec,
  at: { readonly x: number; readonly y: number },
  toX: (value: number) => number,
  toY: (value: number) => number,
): Place | undefined {
  let best: Place | undefined;
  let least = Infinity;
  series.forEach(({ points }, s) =>
    points.forEach((point, p) => {
      const distance = Math.hypot(toX(point.x) - at.x, (toY(point.y) - at.y) * 0.6);
      if (distance < least) {
        least = distance;
        best = { series: s, point: p };
      }
    }),
  );
  return best;
}

/** Where an arrow key leads from a point: along its series, or to the same x of the series above or below. */
export function stepFrom({ series }: ChartSpec, from: Place, key: string): Place | undefined {
  const here = series[from.series]?.points ?? [];
  const last = here.length - 1;
  const along = (point: number): Place => ({
    series: from.series,
    point: Math.min(last, Math.max(0, point)),
  });
  const across = (step: number): Place => {
    const to = (from.series + step + series.length) % series.length;
    const points = series[to]?.points ?? [];
    const x = here[from.point]?.x ?? 0;
    const closest = points.reduce(
      (best, point, i) => (Math.abs(point.x - x) < Math.abs((points[best]?.x ?? Infinity) - x) ? i : best),
      0,
    );
    return { series: to, point: closest };
  };
  switch (key) {
    case 'ArrowRight':
      return along(from.point + 1);
    case 'ArrowLeft':
      return along(from.point - 1);
    case 'PageUp':
      return along(from.point + 10);
    case 'PageDown':
      return along(from.point - 10);
    case 'Home':
      return along(0);
    case 'End':
      return along(last);
    case 'ArrowUp':
      return across(-1);
    case 'ArrowDown':
      return across(1);
    default:
      return undefined;
  }
}

/** "linear: t 400, signal kept 0.62" */
export function sayPoint({ x, y, series }: ChartSpec, { series: s, point: p }: Place): string {
  const from = series[s];
  const point = from?.points[p];
  if (from === undefined || point === undefined) return '';
  const name = series.length === 1 ? '' : `${from.name}: `;
  const error =
    point.low === undefined || point.high === undefined
      ? ''
      : `, from ${writeValue(y, point.low)} to ${writeValue(y, point.high)}`;
  return `${name}${x.label} ${writeValue(x, point.x)}, ${y.label} ${writeValue(y, point.y)}${error}`;
}
