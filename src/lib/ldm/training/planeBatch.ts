// Batches of points in the plane.
import { Rng } from '../base/rng.ts';
import { NO_CLASS } from '../models/planeDenoiser.ts';

/** What a network in the plane learns from. */
export interface PlaneData {
  /** [n, 2] */
  readonly points: Float32Array;
  /** The class of each point, from 0; left out, there are none. */
  readonly labels?: ArrayLike<number> | undefined;
}

/** @returns how many classes there are @throws RangeError when there is nothing to learn from, or labels are missing */
export function checkPlaneData({ points, labels }: PlaneData): number {
  const count = points.length / 2;
  if (count === 0 || !Number.isInteger(count) || !points.every(Number.isFinite)) {
    throw new RangeError(
      `points: expected [n, 2] finite numbers, at least one point, got ${points.length} numbers`,
    );
  }
  if (labels === undefined) return 0;
  const all = Array.from(labels);
  if (all.length !== count || !all.every((label) => Number.isSafeInteger(label) && label >= 0)) {
    throw new RangeError(`labels: expected ${count} whole numbers from 0, one a point, got ${all.length}`);
  }
  return Math.max(...new Set(all)) + 1;
}

/** Points of the data, drawn with replacement, and their classes. */
export function drawPoints(
  { points, labels }: PlaneData,
  count: number,
  rng: Rng,
): { readonly points: Float32Array<ArrayBuffer>; readonly labels: number[] } {
  const drawn = new Float32Array(2 * count);
  const classes: number[] = [];
  for (let i = 0; i < count; i++) {
    const index = rng.int(points.length / 2);
    drawn.set(points.subarray(2 * index, 2 * index + 2), 2 * i);
    classes.push(labels?.[index] ?? NO_CLASS);
  }
  return { points: drawn, labels: classes };
}

/** The standard normal numbers that samples of a seed start from: point i has a stream of its own. */
export function planeNoise(seed: number, count: number, features = 2): Float32Array<ArrayBuffer> {
  const noise = new Float32Array(features * count);
  const rng = new Rng(seed);
  for (let i = 0; i < count; i++) {
    rng.fork(i).fillNormal(noise.subarray(features * i, features * (i + 1)));
  }
  return noise;
}
