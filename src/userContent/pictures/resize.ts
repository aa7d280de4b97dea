// Squares of pixels in another size, the same way in every browser and in Node. Pure: RGBA bytes in, RGBA bytes out.

/** For each of `to` places: the first source pixel and the weights of it and of those after it, which sum to 1. */
function taps(from: number, to: number): readonly { readonly first: number; readonly weights: number[] }[] {
  const scale = from / to;
  return Array.from({ length: to }, (_, i) => {
    if (scale >= 1) {
      // The mean of what the new pixel covers.
      const [begin, end] = [i * scale, (i + 1) * scale];
      const first = Math.floor(begin);
      const last = Math.min(from, Math.ceil(end - 1e-9));
      const weights = Array.from({ length: last - first }, (_unused, j) => {
        const pixel = first + j;
        return (Math.min(pixel + 1, end) - Math.max(pixel, begin)) / scale;
      });
      return { first, weights };
    }
    // Between the two nearest middles.
    const at = Math.max(0, Math.min(from - 1, (i + 0.5) * scale - 0.5));
    const first = Math.min(Math.floor(at), Math.max(0, from - 2));
    const weight = at - first;
    return { first, weights: from === 1 ? [1] : [1 - weight, weight] };
  });
}

/**
 * A picture at `size` x `size` pixels: averaged over areas where it shrinks, bilinear where it grows. The values are
 * averaged as they are stored, as PIL and PyTorch do, and as the models saw their pictures.
 * @param rgba [height, width, 4]; transparent parts must have been filled before
 * @returns [size, size, 4], opaque
 */
export function resizeRgba(
  rgba: Uint8ClampedArray,
  { width, height }: { readonly width: number; readonly height: number },
  size: number,
): Uint8ClampedArray<ArrayBuffer> {
  const out = new Uint8ClampedArray(size * size * 4).fill(255);
  const [across, down] = [taps(width, size), taps(height, size)];
  const rows = new Float32Array(height * size * 3);
  for (let y = 0; y < height; y++) {
    across.forEach(({ first, weights }, x) => {
      for (let k = 0; k < 3; k++) {
        let sum = 0;
        for (let j = 0; j < weights.length; j++) sum += weights[j]! * rgba[(y * width + first + j) * 4 + k]!;
        rows[(y * size + x) * 3 + k] = sum;
      }
    });
  }
  down.forEach(({ first, weights }, y) => {
    for (let x = 0; x < size * 3; x++) {
      let sum = 0;
      for (let j = 0; j < weights.length; j++) sum += weights[j]! * rows[(first + j) * size * 3 + x]!;
      out[(y * size + Math.floor(x / 3)) * 4 + (x % 3)] = sum;
    }
  });
  return out;
}

/** Puts a picture on white, in place. Returns whether anything of it was transparent. */
export function fillWhite(rgba: Uint8ClampedArray): boolean {
  let transparent = false;
  for (let i = 0; i < rgba.length; i += 4) {
    const alpha = rgba[i + 3]!;
    if (alpha === 255) continue;
    transparent = true;
    for (let k = 0; k < 3; k++) rgba[i + k] = (rgba[i + k]! * alpha) / 255 + 255 - alpha;
    rgba[i + 3] = 255;
  }
  return transparent;
}
