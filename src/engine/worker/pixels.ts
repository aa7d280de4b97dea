// From numbers to colours and back: a picture in [-1, 1] and RGBA bytes.

/**
 * @param values [n, height, width, 3], -1 (dark) to 1 (bright); what lies outside is clipped
 * @returns [n, height, width, 4], opaque
 */
export function toRgba(values: Float32Array): Uint8ClampedArray<ArrayBuffer> {
  const numPixels = values.length / 3;
  if (!Number.isInteger(numPixels)) {
    throw new Error(
      `Expected pictures with 3 channels, got ${values.length} numbers, which 3 doesn't divide.`,
    );
  }
  const rgba = new Uint8ClampedArray(numPixels * 4).fill(255);
  for (let pixel = 0; pixel < numPixels; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      // Uint8ClampedArray rounds and clips, and makes NaN 0.
      rgba[4 * pixel + channel] = ((values[3 * pixel + channel] ?? 0) + 1) * 127.5;
    }
  }
  return rgba;
}

/**
 * The other way round, alpha left out.
 * @param rgba [n, height, width, 4]
 * @returns [n, height, width, 3] in [-1, 1]
 */
export function fromRgba(rgba: Uint8ClampedArray): Float32Array {
  const values = new Float32Array((rgba.length / 4) * 3);
  for (let pixel = 0; 4 * pixel < rgba.length; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      values[3 * pixel + channel] = (rgba[4 * pixel + channel] ?? 0) / 127.5 - 1;
    }
  }
  return values;
}
