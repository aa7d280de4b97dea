// How every chart looks: colours and type from the page's tokens, so that light, dark and print follow by themselves.
import type { ChartSeries, ChartSpec } from './chart.ts';

export const theme = {
  fontSize: 12,
  /** Average width of a letter at that size, in pixels: for the room that labels need. */
  letter: 6.7,
  /** Least distance of two direct labels, in pixels. */
  labelStep: 15,
  /** Below this width, in pixels, names stand in a row above the chart instead of at the ends of the lines. */
  narrow: 480,
  /** From this width on, the widest still is shown. */
  wide: 760,
  margin: { top: 30, right: 16, bottom: 40, left: 48 },
  /** Widths, in pixels, in which a chart is drawn at build time. */
  stills: [320, 560, 860],
} as const;

export function colorOf(color: ChartSeries['color']): string {
  return `var(--${color})`;
}

/** The dash of a series: [] for a full line. */
export const dashOf = ({ dashed }: ChartSeries): string | undefined => (dashed === true ? '5 4' : undefined);

export const widthOf = ({ strong }: ChartSeries): number => (strong === true ? 2.75 : 1.75);

/** Room at the right for the names of the lines; the plain margin where they stand above. */
export function rightMargin(spec: ChartSpec, width: number): number {
  if (!labelled(spec, width)) return theme.margin.right;
  return 12 + theme.letter * Math.max(...spec.series.map(({ name }) => name.length));
}

/** Whether names stand at the ends of the lines. */
export function labelled({ series }: ChartSpec, width: number): boolean {
  const longest = Math.max(0, ...series.map(({ name }) => name.length));
  const lines = series.every(({ kind }) => kind === 'line');
  return series.length > 1 && lines && width >= theme.narrow && longest * theme.letter < width * 0.3;
}

/**
 * Moves labels apart that would lie on each other.
 * @param wanted where they would stand, in pixels
 * @returns where they stand, in the same order, at least `step` apart and within [low, high] if that can be
 */
export function spread(wanted: readonly number[], step: number, low: number, high: number): number[] {
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a]! - wanted[b]!);
  const placed = [...wanted];
  let previous = low - step;
  for (const i of order) {
    placed[i] = Math.max(wanted[i]!, previous + step);
    previous = placed[i];
  }
  let next = high + step;
  for (const i of order.reverse()) {
    placed[i] = Math.min(placed[i]!, next - step);
    next = placed[i];
  }
  return placed;
}
