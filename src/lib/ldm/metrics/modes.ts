// How well points cover a mixture of Gaussians in the plane: the count of modes that GANs are judged by.
import { at } from '../base/at.ts';

export interface ModesOptions {
  /** Where the modes are. */
  readonly centers: readonly (readonly [x: number, y: number])[];
  /** Standard deviation of each mode along each axis. */
  readonly sigma: number;
  /** A point belongs to its nearest mode if it is no further than so many sigma; 3 by default. */
  readonly within?: number;
  /** A mode is covered by so large a part of its even share of the points; 0.1 by default. */
  readonly leastShare?: number;
}

export interface ModeCount {
  /** Share of the points that belong to a mode, 0 to 1. Of the mixture itself, within 3 sigma: 1 - exp(-4.5) = 0.989. */
  readonly inside: number;
  /** How many modes are covered. */
  readonly covered: number;
  /** How many points each mode has. */
  readonly counts: readonly number[];
}

/**
 * Counts as Srivastava et al. 2017 (VEEGAN, section 4) do, but for one thing: there a single point covers a mode, here it
 * takes a tenth of its even share, so that a stray point on its way between two modes does not count.
 * @param points [n, 2]
 */
export function countModes(
  points: Float32Array,
  { centers, sigma, within = 3, leastShare = 0.1 }: ModesOptions,
): ModeCount {
  const total = points.length / 2;
  if (total === 0 || !Number.isInteger(total) || centers.length === 0) {
    throw new RangeError(
      `countModes: expected [n, 2] points and at least one mode, got ${points.length} numbers`,
    );
  }
  const counts = centers.map(() => 0);
  for (let i = 0; i < total; i++) {
    const [x, y] = [at(points, 2 * i), at(points, 2 * i + 1)];
    const distances = centers.map(([cx, cy]) => Math.hypot(x - cx, y - cy));
    const nearest = distances.indexOf(Math.min(...distances));
    if (at(distances, nearest) <= within * sigma) counts[nearest] = at(counts, nearest) + 1;
  }
  const needed = Math.max(1, (leastShare * total) / centers.length);
  return {
    inside: counts.reduce((sum, count) => sum + count, 0) / total,
    covered: counts.filter((count) => count >= needed).length,
    counts,
  };
}
