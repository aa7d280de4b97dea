// Principal component analysis: the few directions in which a cloud of points spreads most (Pearson 1901, Hotelling 1933).

export interface Pca {
  /** The middle of the cloud: [dimensions]. */
  readonly mean: Float64Array;
  /** Directions of unit length, perpendicular to each other, the one with the largest spread first. */
  readonly components: readonly Float64Array[];
  /** Share of the cloud's whole variance that lies along each component, 0 to 1. */
  readonly varianceShares: readonly number[];
}

/** Sum of the products of two lists of numbers. */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/**
 * Eigenvalues and eigenvectors of a symmetric matrix by Jacobi's rotations: each turns two axes so that the entry
 * between them becomes zero, until all are (Golub and Van Loan, Matrix Computations, section 8.5).
 * @param matrix [n, n], row by row; it is used up
 * @returns values and unit vectors, largest value first
 */
export function symmetricEigen(
  matrix: Float64Array,
  n: number,
): { readonly values: number[]; readonly vectors: Float64Array[] } {
  const vectors = Array.from({ length: n }, (_, i) =>
    Float64Array.from({ length: n }, (__, j) => +(i === j)),
  );
  const scale = Math.sqrt(dot(matrix, matrix));
  for (let sweep = 0; sweep < 30; sweep++) {
    let rest = 0;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rest += 2 * matrix[p * n + q]! ** 2;
    if (Math.sqrt(rest) <= 1e-12 * scale) break;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        const between = matrix[p * n + q]!;
        if (between === 0) continue;
        const tau = (matrix[q * n + q]! - matrix[p * n + p]!) / (2 * between);
        const tangent = (tau < 0 ? -1 : 1) / (Math.abs(tau) + Math.sqrt(1 + tau * tau));
        const cos = 1 / Math.sqrt(1 + tangent * tangent);
        const sin = tangent * cos;
        for (let k = 0; k < n; k++) {
          const [kp, kq] = [matrix[k * n + p]!, matrix[k * n + q]!];
          matrix[k * n + p] = cos * kp - sin * kq;
          matrix[k * n + q] = sin * kp + cos * kq;
        }
        const [vp, vq] = [vectors[p]!, vectors[q]!];
        for (let k = 0; k < n; k++) {
          const [pk, qk] = [matrix[p * n + k]!, matrix[q * n + k]!];
          matrix[p * n + k] = cos * pk - sin * qk;
          matrix[q * n + k] = sin * pk + cos * qk;
          const [a, b] = [vp[k]!, vq[k]!];
          vp[k] = cos * a - sin * b;
          vq[k] = sin * a + cos * b;
        }
      }
    }
  }
  const order = [...vectors.keys()].sort((a, b) => matrix[b * n + b]! - matrix[a * n + a]!);
  return { values: order.map((i) => matrix[i * n + i]!), vectors: order.map((i) => vectors[i]!) };
}

/**
 * The principal components of `count` points.
 * @param points [count, dimensions], row by row
 * @param keep how many components to return, at most `dimensions`
 * @returns each component's sign is such that its largest entry is positive
 * @throws RangeError unless there are at least two points, all of one length
 */
export function pca(points: ArrayLike<number>, count: number, keep: number): Pca {
  const n = points.length / count;
  if (count < 2 || !Number.isInteger(n) || n < 1 || keep > n) {
    throw new RangeError(
      `pca: expected two points or more with ${keep} numbers or more each, got ${count} and ${points.length} numbers.`,
    );
  }
  const mean = new Float64Array(n);
  for (let i = 0; i < points.length; i++) mean[i % n]! += points[i]! / count;
  const covariance = new Float64Array(n * n);
  const centred = new Float64Array(n);
  for (let row = 0; row < count; row++) {
    for (let i = 0; i < n; i++) centred[i] = points[row * n + i]! - mean[i]!;
    for (let i = 0; i < n; i++)
      for (let j = i; j < n; j++) covariance[i * n + j]! += centred[i]! * centred[j]!;
  }
  for (let i = 0; i < n; i++) {
    for (let j = i; j < n; j++) covariance[j * n + i] = covariance[i * n + j]! /= count - 1;
  }
  const { values, vectors } = symmetricEigen(covariance, n);
  const whole = values.reduce((sum, value) => sum + value, 0);
  const components = vectors.slice(0, keep).map((vector) => {
    const largest = vector.reduce((most, x) => (Math.abs(x) > Math.abs(most) ? x : most), 0);
    return largest < 0 ? vector.map((x) => -x) : vector;
  });
  return { mean, components, varianceShares: values.slice(0, keep).map((value) => value / whole) };
}

/** Where a point lies along each component. */
export function project(
  { mean, components }: Pick<Pca, 'mean' | 'components'>,
  point: ArrayLike<number>,
): number[] {
  const centred = Float64Array.from(mean, (middle, i) => point[i]! - middle);
  return components.map((component) => dot(component, centred));
}
