// Ways from one picture to another: a fade mixes pixels, a walk mixes latents.

/** The point a part `w` (0 to 1) of the straight way from `a` to `b`. */
export function lerp(a: ArrayLike<number>, b: ArrayLike<number>, w: number): Float32Array<ArrayBuffer> {
  return Float32Array.from(a, (value, i) => value + w * (b[i]! - value));
}

/**
 * The same along the arc around zero (spherical linear interpolation, Shoemake 1985): half way between two points of
 * one length it is as long as they are, where the straight way comes closer to zero.
 */
export function slerp(a: ArrayLike<number>, b: ArrayLike<number>, w: number): Float32Array<ArrayBuffer> {
  let [aa, bb, ab] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    aa += a[i]! ** 2;
    bb += b[i]! ** 2;
    ab += a[i]! * b[i]!;
  }
  const angle = Math.acos(Math.max(-1, Math.min(1, ab / Math.sqrt(aa * bb))));
  const sine = Math.sin(angle);
  // Same direction, opposite direction or no direction: there is no one arc.
  if (!(sine > 1e-6)) return lerp(a, b, w);
  const [fromA, fromB] = [Math.sin((1 - w) * angle) / sine, Math.sin(w * angle) / sine];
  return Float32Array.from(a, (value, i) => fromA * value + fromB * b[i]!);
}

/** A cross-dissolve of two pictures of bytes: each number a mean of the two, weighed by `w`, rounded. */
export function fade(a: ArrayLike<number>, b: ArrayLike<number>, w: number): Uint8ClampedArray<ArrayBuffer> {
  return Uint8ClampedArray.from(a, (value, i) => Math.round(value + w * (b[i]! - value)));
}
