// Fréchet distance between two clouds of features (Heusel et al. 2017, arXiv 1706.08500, section 4), in double precision.
import { symmetricEigen } from './pca.ts';

/** Mean and covariance of a cloud of points. */
export interface Moments {
  /** [d] */
  readonly mean: Float64Array;
  /** [d, d], row by row, over count - 1 */
  readonly covariance: Float64Array;
}

/**
 * @param points rows of one length d, two or more
 * @throws RangeError otherwise
 */
export function moments(points: readonly ArrayLike<number>[]): Moments {
  const d = points[0]?.length ?? 0;
  if (points.length < 2 || d === 0 || points.some((point) => point.length !== d)) {
    throw new RangeError(`moments: expected two rows or more of one length, got ${points.length}.`);
  }
  const mean = new Float64Array(d);
  for (const point of points) for (let i = 0; i < d; i++) mean[i]! += point[i]! / points.length;
  const covariance = new Float64Array(d * d);
  const centred = new Float64Array(d);
  for (const point of points) {
    for (let i = 0; i < d; i++) centred[i] = point[i]! - mean[i]!;
    for (let i = 0; i < d; i++) {
      const value = centred[i]!;
      for (let j = i; j < d; j++) covariance[i * d + j]! += value * centred[j]!;
    }
  }
  for (let i = 0; i < d; i++) {
    for (let j = i; j < d; j++) covariance[j * d + i] = covariance[i * d + j]! /= points.length - 1;
  }
  return { mean, covariance };
}

/** a b of two square matrices, row by row. */
function product(a: Float64Array, b: Float64Array, d: number): Float64Array {
  const out = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let k = 0; k < d; k++) {
      const value = a[i * d + k]!;
      for (let j = 0; j < d; j++) out[i * d + j]! += value * b[k * d + j]!;
    }
  }
  return out;
}

/** The symmetric root of a covariance: [d, d]. Compute it once for a cloud that others are compared with. */
export function rootOf({ covariance, mean }: Moments): Float64Array {
  const d = mean.length;
  const { values, vectors } = symmetricEigen(covariance.slice(), d);
  const root = new Float64Array(d * d);
  for (const [k, vector] of vectors.entries()) {
    const scale = Math.sqrt(Math.max(0, values[k]!));
    for (let i = 0; i < d; i++) {
      const value = scale * vector[i]!;
      for (let j = 0; j < d; j++) root[i * d + j]! += value * vector[j]!;
    }
  }
  return root;
}

const trace = (matrix: Float64Array, d: number): number => {
  let sum = 0;
  for (let i = 0; i < d; i++) sum += matrix[i * d + i]!;
  return sum;
};

/**
 * |m_a - m_b|^2 + tr(C_a + C_b - 2 (C_a^1/2 C_b C_a^1/2)^1/2); 0 for equal clouds.
 * @param root of `a`, see `rootOf`
 * @throws RangeError unless both have one number of dimensions
 */
export function frechetDistance(a: Moments, b: Moments, root: Float64Array = rootOf(a)): number {
  const d = a.mean.length;
  if (b.mean.length !== d) {
    throw new RangeError(`frechetDistance: expected ${d} dimensions in both, got ${b.mean.length}.`);
  }
  const middle = product(product(root, b.covariance, d), root, d);
  const { values } = symmetricEigen(middle, d);
  const cross = values.reduce((sum, value) => sum + Math.sqrt(Math.max(0, value)), 0);
  const shift = a.mean.reduce((sum, value, i) => sum + (value - b.mean[i]!) ** 2, 0);
  return shift + trace(a.covariance, d) + trace(b.covariance, d) - 2 * cross;
}
