// Between bytes of a picture (0 to 255) and the values that diffusion works on ([-1, 1], three a pixel).
import { Rng } from '@noisebook/ldm/numbers';

/** RGBA bytes as values: 0 becomes -1, 255 becomes 1; alpha is dropped. [n, 4] to [n, 3] */
export function valuesOf(rgba: Uint8ClampedArray): Float32Array<ArrayBuffer> {
  const pixels = rgba.length / 4;
  const values = new Float32Array(3 * pixels);
  for (let i = 0; i < pixels; i++) {
    for (let c = 0; c < 3; c++) values[3 * i + c] = (rgba[4 * i + c] ?? 0) / 127.5 - 1;
  }
  return values;
}

/** Values as opaque RGBA bytes, multiplied by `gain` first. What leaves [-1, 1] is shown as black or white. */
export function writeBytes(values: Float32Array, out: Uint8ClampedArray, gain = 1): void {
  const pixels = values.length / 3;
  for (let i = 0; i < pixels; i++) {
    // The array rounds and clips by itself.
    for (let c = 0; c < 3; c++) out[4 * i + c] = ((values[3 * i + c] ?? 0) * gain + 1) * 127.5;
    out[4 * i + 3] = 255;
  }
}

/** As much noise as a picture has values. The same seed gives the same noise. */
export function noiseFor(length: number, seed: number): Float32Array {
  return new Rng(seed).fillNormal(new Float32Array(length));
}

/**
 * Values as opaque RGBA, multiplied by `gain` first.
 * @param room bytes to write into: what comes back is another view of them, nothing is made while a slider moves
 */
export function rgbaOf(
  values: Float32Array,
  gain = 1,
  room = new Uint8ClampedArray((values.length / 3) * 4),
): Uint8ClampedArray<ArrayBuffer> {
  writeBytes(values, room, gain);
  return room.subarray();
}
