// How numbers are spread: moments, histograms, quantiles, and whether two samples come from one distribution.
import { at } from '../base/at.ts';

export interface Moments {
  readonly mean: number;
  /** Mean squared distance from the mean (divided by n). */
  readonly variance: number;
}

/** Mean and variance. @throws RangeError for no values */
export function moments(values: ArrayLike<number>): Moments {
  const count = values.length;
  if (count === 0) throw new RangeError('moments: expected at least one value, got none');
  let sum = 0;
  for (let i = 0; i < count; i++) sum += values[i]!;
  const mean = sum / count;
  let squares = 0;
  for (let i = 0; i < count; i++) squares += (values[i]! - mean) ** 2;
  return { mean, variance: squares / count };
}

/** The bell curve. @param variance above 0 */
export function normalDensity(x: number, mean = 0, variance = 1): number {
  return Math.exp((-0.5 * (x - mean) ** 2) / variance) / Math.sqrt(2 * Math.PI * variance);
}

/**
 * Counts values in equal bins from min to max; what lies outside is counted nowhere.
 * @param out is zeroed and filled: one count a bin
 * @returns out
 */
export function histogram(
  values: Iterable<number>,
  min: number,
  max: number,
  out: Uint32Array<ArrayBuffer>,
): Uint32Array<ArrayBuffer> {
  out.fill(0);
  const scale = out.length / (max - min);
  for (const value of values) {
    const bin = Math.floor((value - min) * scale);
    if (bin >= 0 && bin < out.length) out[bin]!++;
  }
  return out;
}

/** Counts as densities: the bars' area is the share of the values inside. @param total of all values, outside too */
export function densities(counts: ArrayLike<number>, total: number, binWidth: number): number[] {
  return Array.from(counts, (count) => count / (total * binWidth));
}

/**
 * Values that split a sample in equal shares: `count` of them, at (i + 1/2) / count.
 * @param sorted ascending
 */
export function quantiles(sorted: ArrayLike<number>, count: number): number[] {
  return Array.from({ length: count }, (_, i) => {
    const position = Math.min(Math.max(((i + 0.5) / count) * sorted.length - 0.5, 0), sorted.length - 1);
    const low = Math.floor(position);
    const from = at(sorted, low);
    return from + (at(sorted, Math.min(low + 1, sorted.length - 1)) - from) * (position - low);
  });
}

/**
 * The two-sample Kolmogorov-Smirnov distance: the largest gap between the two shares "at most x", over all x.
 * 0 for equal samples, 1 for samples that do not overlap.
 * @param a ascending @param b ascending
 */
export function kolmogorovSmirnov(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [i, j, largest] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    const x = Math.min(a[i]!, b[j]!);
    while (i < a.length && a[i]! <= x) i++;
    while (j < b.length && b[j]! <= x) j++;
    largest = Math.max(largest, Math.abs(i / a.length - j / b.length));
  }
  return largest;
}

/**
 * The distance that two samples of one distribution stay below in 19 of 20 cases (for large samples, Smirnov 1948).
 * @param level the share of cases above: 0.05 for 19 of 20
 */
export function kolmogorovSmirnovLimit(countA: number, countB: number, level = 0.05): number {
  return Math.sqrt((-Math.log(level / 2) / 2) * (1 / countA + 1 / countB));
}
