// A cursor in a chart: a place on its x axis, what every series has there, and the words for it.
import type { Range } from '../gestures/range.ts';
import { writeValue, type ChartAxis, type ChartSeries, type ChartSpec } from './chart.ts';
import { binOf, domainOf } from './chartScale.ts';

export interface ChartCursor {
  /** In the units of x. */
  readonly at: number;
  /** How far an arrow key moves it; by default a fortieth of the axis. */
  readonly step?: number;
  /** Sets it: a press, a drag or an arrow key on the chart. Without it the cursor only shows where something else stands. */
  readonly onscrub?: (at: number) => void;
}

/** Where the cursor can stand. */
export function cursorRange(spec: ChartSpec, { step }: ChartCursor): Range {
  const [min, max] = domainOf(spec.x, spec, 'x');
  return { min, max, step: step ?? (max - min) / 40 };
}

/** Straight on the drawing is straight on the axis: of the logarithm, where that is drawn. */
const straight = ({ type }: ChartAxis): { to: typeof Math.log; from: typeof Math.exp } =>
  type === 'log' ? { to: Math.log, from: Math.exp } : { to: (value) => value, from: (value) => value };

/** What is drawn of a series at `x`: on its line, in its bin, its nearest dot; undefined where nothing is. */
function valueAt(
  { kind, points }: ChartSeries,
  x: number,
  axes: Pick<ChartSpec, 'x' | 'y'>,
): number | undefined {
  const nearest = points.reduce<(typeof points)[number] | undefined>(
    (best, point) => (best === undefined || Math.abs(point.x - x) < Math.abs(best.x - x) ? point : best),
    undefined,
  );
  if (nearest === undefined) return undefined;
  if (kind === 'dots') return nearest.y;
  if (kind === 'bars' || kind === 'steps')
    return Math.abs(nearest.x - x) <= binOf(points) / 2 ? nearest.y : undefined;
  const after = points.findIndex((point) => point.x >= x);
  const [right, left] = [points[after], points[after - 1]];
  if (right === undefined) return undefined;
  if (right.x === x) return right.y;
  if (left === undefined) return undefined;
  const [across, up] = [straight(axes.x), straight(axes.y)];
  const part = (across.to(x) - across.to(left.x)) / (across.to(right.x) - across.to(left.x));
  return up.from(up.to(left.y) + part * (up.to(right.y) - up.to(left.y)));
}

export interface CursorValue {
  readonly series: ChartSeries;
  readonly y: number;
}

/** What every series that has something at `x` has there. */
export const valuesAt = (spec: ChartSpec, x: number): CursorValue[] =>
  spec.series.flatMap((series) => {
    const y = valueAt(series, x, spec);
    return y === undefined || !Number.isFinite(y) ? [] : [{ series, y }];
  });

/** "way from A to B 0.25: fade 12.3, walk 9.8 of 255" */
export function sayCursor(spec: ChartSpec, x: number): string {
  const { unit, ...plain } = spec.y;
  const values = valuesAt(spec, x).map(
    ({ series, y }) => `${spec.series.length === 1 ? spec.y.label : series.name} ${writeValue(plain, y)}`,
  );
  const said =
    values.length === 0 ? 'nothing' : `${values.join(', ')}${unit === undefined ? '' : ` ${unit}`}`;
  return `${spec.x.label} ${writeValue(spec.x, x)}: ${said}`;
}
