// Where values stand in a chart: the ends of its axes, from values to pixels and back. Plot draws by the same ends; this
// needs no Plot, so that a cursor can stand on the still that is there before it.
import type { ChartAxis, ChartPoint, ChartSeries, ChartSpec } from './chart.ts';
import { rightMargin, theme } from './chartTheme.ts';

/** The width of a bin, in units of x. */
export const binOf = (points: readonly ChartPoint[]): number =>
  points.length > 1 ? Math.abs(points[1]!.x - points[0]!.x) : 1;

/** The values that an axis has to show. */
export function domainOf(axis: ChartAxis, spec: ChartSpec, which: 'x' | 'y'): [number, number] {
  if (axis.domain !== undefined) return [...axis.domain];
  const bins = ({ kind, points }: ChartSeries): number =>
    which === 'x' && (kind === 'bars' || kind === 'steps') ? binOf(points) / 2 : 0;
  const values = spec.series.flatMap((series) =>
    series.points.flatMap((point) =>
      which === 'x'
        ? [point.x - bins(series), point.x + bins(series)]
        : [point.y, point.low ?? point.y, point.high ?? point.y],
    ),
  );
  const usable = values.filter((value) => Number.isFinite(value) && (axis.type !== 'log' || value > 0));
  if (usable.length === 0) return axis.type === 'log' ? [1, 10] : [0, 1];
  const low = usable.reduce((a, b) => Math.min(a, b));
  const high = usable.reduce((a, b) => Math.max(a, b));
  if (which === 'x' || axis.type === 'log') return low === high ? [low * 0.5, high * 2 || 1] : [low, high];
  const withZero = [Math.min(0, low), Math.max(0, high)] as const;
  const room = (withZero[1] - withZero[0]) * 0.06 || 1;
  return [withZero[0] < 0 ? withZero[0] - room : 0, withZero[1] > 0 ? withZero[1] + room : 0];
}

export interface ChartScale {
  /** From the values of the axes to pixels of the drawing. */
  readonly toX: (value: number) => number;
  readonly toY: (value: number) => number;
  /** The value of the x axis at a pixel; beyond its ends, the end. */
  readonly fromX: (pixel: number) => number;
}

interface Size {
  /** In pixels. */
  readonly width: number;
  readonly height: number;
}

type Along = (value: number) => number;

/** From values to 0 at the start of the axis and 1 at its end, and back. */
function partsOf(axis: ChartAxis, [from, to]: readonly [number, number]): { part: Along; value: Along } {
  if (axis.type === 'log') {
    const ratio = Math.log(to / from);
    return {
      part: (value) => Math.log(value / from) / ratio,
      value: (part) => from * Math.exp(part * ratio),
    };
  }
  return { part: (value) => (value - from) / (to - from), value: (part) => from + part * (to - from) };
}

/** The scales of a drawing of this size. */
export function chartScale(spec: ChartSpec, { width, height }: Size): ChartScale {
  const { top, bottom, left } = theme.margin;
  const across = width - left - rightMargin(spec, width);
  const up = height - top - bottom;
  const x = partsOf(spec.x, domainOf(spec.x, spec, 'x'));
  const y = partsOf(spec.y, domainOf(spec.y, spec, 'y'));
  return {
    toX: (value) => left + x.part(value) * across,
    toY: (value) => height - bottom - y.part(value) * up,
    fromX: (pixel) => x.value(Math.max(0, Math.min(1, (pixel - left) / across))),
  };
}

/** The scales of the still that is shown in this room: one of a few widths, made smaller where it does not fit. */
export function stillScale(spec: ChartSpec, { width, height }: Size): ChartScale {
  const [small, middle, large] = theme.stills;
  const drawn = width < theme.narrow ? small : width < theme.wide ? middle : large;
  const shrink = Math.min(1, width / drawn);
  const { toX, toY, fromX } = chartScale(spec, { width: drawn, height });
  return {
    toX: (value) => toX(value) * shrink,
    toY: (value) => toY(value) * shrink,
    fromX: (pixel) => fromX(pixel / shrink),
  };
}
