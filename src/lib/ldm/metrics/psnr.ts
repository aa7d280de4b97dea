// Peak signal-to-noise ratio: how close two pictures are, in decibels.

/** Mean of the squared differences. @throws RangeError unless both have the same length, above 0. */
export function meanSquaredError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length || a.length === 0) {
    throw new RangeError(`Expected two pictures of one size, got ${a.length} and ${b.length} numbers.`);
  }
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2;
  return sum / a.length;
}

/**
 * 10 log10(range^2 / mean squared error); Infinity for equal pictures.
 * @param range the distance from black to white: 2 for numbers in [-1, 1] (default), 255 for bytes
 */
export function psnr(a: ArrayLike<number>, b: ArrayLike<number>, range = 2): number {
  return 10 * Math.log10((range * range) / meanSquaredError(a, b));
}
