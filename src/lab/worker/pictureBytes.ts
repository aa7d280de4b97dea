// RGB bytes, as training keeps them, to RGBA, as pages draw them, and back.

/** @param rgb [n, h, w, 3] @returns [n, h, w, 4], opaque */
export function rgbToRgba(rgb: Uint8Array): Uint8ClampedArray<ArrayBuffer> {
  const rgba = new Uint8ClampedArray((4 * rgb.length) / 3).fill(255);
  for (let i = 0; 3 * i < rgb.length; i++) rgba.set(rgb.subarray(3 * i, 3 * i + 3), 4 * i);
  return rgba;
}

/** @param rgba [n, h, w, 4] @returns [n, h, w, 3] */
export const rgbOf = (rgba: Uint8ClampedArray): Uint8ClampedArray => rgba.filter((_, i) => i % 4 !== 3);

/** The same bytes in memory that may be stored: not shared. */
export const own = (bytes: Uint8ClampedArray): Uint8ClampedArray<ArrayBuffer> => new Uint8ClampedArray(bytes);
