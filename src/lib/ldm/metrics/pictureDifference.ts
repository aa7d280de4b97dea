// Where two pictures differ, and by how much: numbers a person can look at.

/** RGBA bytes without their alpha: [height, width, 3]. */
export function rgbOf(rgba: ArrayLike<number>): Uint8ClampedArray<ArrayBuffer> {
  const rgb = new Uint8ClampedArray((rgba.length / 4) * 3);
  for (let i = 0, j = 0; j < rgb.length; i += 4, j += 3) {
    rgb[j] = rgba[i]!;
    rgb[j + 1] = rgba[i + 1]!;
    rgb[j + 2] = rgba[i + 2]!;
  }
  return rgb;
}

/**
 * For each pixel the largest absolute difference of its red, green and blue, 0 to 255; alpha is not looked at.
 * @param a RGBA bytes of one picture
 * @param b of another of the same size
 * @returns one number a pixel, row by row
 * @throws RangeError for pictures of different sizes
 */
export function differenceMap(a: ArrayLike<number>, b: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  if (a.length !== b.length || a.length % 4 !== 0) {
    throw new RangeError(`Expected RGBA bytes of two pictures of one size, got ${a.length} and ${b.length}.`);
  }
  const map = new Uint8Array(a.length / 4);
  for (let p = 0; p < map.length; p++) {
    const i = p * 4;
    map[p] = Math.max(
      Math.abs(a[i]! - b[i]!),
      Math.abs(a[i + 1]! - b[i + 1]!),
      Math.abs(a[i + 2]! - b[i + 2]!),
    );
  }
  return map;
}

/** How many numbers of `map` are larger than `threshold`. */
export function countAbove(map: Iterable<number>, threshold: number): number {
  let count = 0;
  for (const value of map) if (value > threshold) count++;
  return count;
}
