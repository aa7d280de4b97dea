// The map of a small set of points with many dimensions: where each lies along the first two principal components.
import { symmetricEigen } from '@noisebook/ldm/numbers';

/**
 * Two principal coordinates a point, from the products between points instead of those between dimensions: the same
 * numbers (Schölkopf et al. 1997, section 3, linear kernel), and far fewer where points have hundreds of dimensions.
 * @param points [count, dimensions]
 * @returns [count, 2]; zeros where the points do not spread
 */
export function principalCoordinates(points: ArrayLike<number>, count: number): Float32Array<ArrayBuffer> {
  const dimensions = points.length / count;
  const centred = new Float64Array(points.length);
  for (let d = 0; d < dimensions; d++) {
    let mean = 0;
    for (let i = 0; i < count; i++) mean += points[i * dimensions + d]! / count;
    for (let i = 0; i < count; i++) centred[i * dimensions + d] = points[i * dimensions + d]! - mean;
  }
  const products = new Float64Array(count * count);
  for (let i = 0; i < count; i++) {
    for (let j = i; j < count; j++) {
      let sum = 0;
      for (let d = 0; d < dimensions; d++) sum += centred[i * dimensions + d]! * centred[j * dimensions + d]!;
      products[i * count + j] = products[j * count + i] = sum;
    }
  }
  const { values, vectors } = symmetricEigen(products, count);
  const map = new Float32Array(2 * count);
  for (const axis of [0, 1]) {
    const length = Math.sqrt(Math.max(0, values[axis] ?? 0));
    for (let i = 0; i < count; i++) map[2 * i + axis] = length * (vectors[axis]?.[i] ?? 0);
  }
  return map;
}

/** Turns axes around where they run against those of `towards`: maps made one after the other do not flip. */
export function alignSigns(map: Float32Array, towards: Float32Array): void {
  for (const axis of [0, 1]) {
    let sum = 0;
    for (let i = axis; i < map.length; i += 2) sum += map[i]! * towards[i]!;
    if (sum < 0) for (let i = axis; i < map.length; i += 2) map[i] = -map[i]!;
  }
}
