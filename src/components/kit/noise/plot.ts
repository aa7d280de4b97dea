// The little arithmetic of a chart: from numbers to places in a box of 100 x 100, and to SVG paths.

/** Where `value` lies between `min` and `max`, from 0 to 100. */
export const place = (value: number, min: number, max: number): number => (100 * (value - min)) / (max - min);

const round = (value: number): string => String(Math.round(value * 100) / 100);

/** A line through points that are given in percent of the box, from its lower left corner. */
export function linePath(points: readonly (readonly [number, number])[]): string {
  return points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${round(x)} ${round(100 - y)}`).join('');
}

/** Bars that stand side by side over the whole width; heights above `top` are cut there. */
export function barsPath(heights: readonly number[], top: number): string {
  const width = 100 / heights.length;
  const steps = heights.map((height, i) => {
    const y = round(100 - 100 * Math.min(height / top, 1));
    return `V${y}H${round((i + 1) * width)}`;
  });
  return `M0 100${steps.join('')}V100Z`;
}

/** The upper edge of bars, without a fill. */
export function edgePath(heights: readonly number[], top: number): string {
  return barsPath(heights, top).replace(/Z$/, '');
}

/** The graph of `f` from `min` to `max` in a box whose height is `top`. */
export function graphPath(f: (x: number) => number, min: number, max: number, top: number): string {
  const count = 120;
  return linePath(
    Array.from({ length: count + 1 }, (_, i): [number, number] => {
      const x = min + ((max - min) * i) / count;
      return [(100 * i) / count, 100 * Math.min(f(x) / top, 1.02)];
    }),
  );
}

/** Small round dots at points given in percent, as one path: to be stroked with round caps. */
export function dotsPath(points: readonly (readonly [number, number])[]): string {
  return points.map(([x, y]) => `M${round(x)} ${round(100 - y)}h0`).join('');
}
