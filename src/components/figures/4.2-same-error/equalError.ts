// Distortions of one picture that all have the same error: how strong must each be?

/** A distortion: RGBA bytes of the picture changed this much. 0 changes nothing; more strength, more change. */
export type Distortion = (strength: number) => Uint8ClampedArray;

/**
 * Root of the mean squared difference of two pictures' red, green and blue.
 * @param a RGBA bytes, alpha ignored
 * @returns 0 to 255
 * @throws RangeError unless both have the same length, above 0
 */
export function rmse(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length || a.length === 0) {
    throw new RangeError(`Expected two pictures of one size, got ${a.length} and ${b.length} bytes.`);
  }
  let sum = 0;
  for (let i = 0; i < a.length; i++) if (i % 4 !== 3) sum += (a[i]! - b[i]!) ** 2;
  return Math.sqrt(sum / ((a.length / 4) * 3));
}

/** The largest error that a distortion reaches, looked for at `tries` strengths up to `most`, and the first of them that has it. */
export function reach(
  original: ArrayLike<number>,
  distort: Distortion,
  most: number,
  tries = 24,
): { readonly error: number; readonly strength: number } {
  let best = { error: 0, strength: 0 };
  for (let i = 1; i <= tries; i++) {
    const strength = (most * i) / tries;
    const error = rmse(original, distort(strength));
    if (error > best.error) best = { error, strength };
  }
  return best;
}

/**
 * The strength at which a distortion has the wanted error, by bisection: between no change, which has too little, and
 * `enough`, which has too much, there is one that fits. Measured on the bytes themselves, after rounding and clipping.
 * @param enough a strength with at least the wanted error
 * @param tolerance share of the wanted error that is near enough
 * @throws RangeError when `enough` is too little
 */
export function strengthFor(
  wanted: number,
  original: ArrayLike<number>,
  distort: Distortion,
  enough: number,
  tolerance = 1e-3,
): { readonly strength: number; readonly error: number; readonly picture: Uint8ClampedArray } {
  let [low, high] = [0, enough];
  let picture = distort(high);
  let found = { strength: high, error: rmse(original, picture), picture };
  if (found.error < wanted * (1 - tolerance)) {
    throw new RangeError(
      `strengthFor: expected a strength that reaches an error of ${wanted}, got ${enough} with ${found.error}.`,
    );
  }
  for (let i = 0; i < 40 && Math.abs(found.error - wanted) > tolerance * wanted; i++) {
    const strength = (low + high) / 2;
    picture = distort(strength);
    const error = rmse(original, picture);
    if (Math.abs(error - wanted) < Math.abs(found.error - wanted)) found = { strength, error, picture };
    if (error < wanted) low = strength;
    else high = strength;
  }
  return found;
}
