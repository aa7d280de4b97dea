// Structural similarity (SSIM) of two pictures: Wang, Bovik, Sheikh, Simoncelli, IEEE Trans. Image Processing 13(4), 2004.

/** The paper's window: Gaussian, 11 x 11, standard deviation 1.5 pixels. */
const RADIUS = 5;
const SIGMA = 1.5;
/** The paper's constants, which keep the fractions calm where a picture is dark or flat. */
const K1 = 0.01;
const K2 = 0.03;

const weights = ((): readonly number[] => {
  const raw = Array.from({ length: 2 * RADIUS + 1 }, (_, i) =>
    Math.exp(-((i - RADIUS) ** 2) / (2 * SIGMA ** 2)),
  );
  const sum = raw.reduce((a, b) => a + b, 0);
  return raw.map((weight) => weight / sum);
})();

/**
 * How bright RGBA bytes look: 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601), the picture that SSIM is defined on.
 * @param rgba [height, width, 4], alpha is ignored
 * @returns [height, width], 0 to 255
 */
export function luma(rgba: ArrayLike<number>): Float64Array {
  const out = new Float64Array(rgba.length / 4);
  for (let i = 0; i < out.length; i++) {
    out[i] = 0.299 * rgba[4 * i]! + 0.587 * rgba[4 * i + 1]! + 0.114 * rgba[4 * i + 2]!;
  }
  return out;
}

/** The weighted mean below every window that lies inside the picture: [height - 10, width - 10]. */
function blurInside(values: Float64Array, width: number, height: number): Float64Array {
  const inner = width - 2 * RADIUS;
  const rows = new Float64Array(height * inner);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < inner; x++) {
      let sum = 0;
      for (let i = 0; i < weights.length; i++) sum += weights[i]! * values[y * width + x + i]!;
      rows[y * inner + x] = sum;
    }
  }
  const out = new Float64Array((height - 2 * RADIUS) * inner);
  for (let at = 0; at < out.length; at++) {
    let sum = 0;
    for (let i = 0; i < weights.length; i++) sum += weights[i]! * rows[at + i * inner]!;
    out[at] = sum;
  }
  return out;
}

const times = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, i) => value * b[i]!);

/**
 * The index of every window: luminance times contrast times structure (equation 13), 1 where the two are the same.
 * @param a one number a pixel, [height, width]
 * @param b the same
 * @param range the distance from black to white
 * @returns [height - 10, width - 10], -1 to 1
 * @throws RangeError unless both have width * height numbers and no side is below 11
 */
export function ssimMap(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  width: number,
  height: number,
  range = 255,
): Float64Array {
  if (a.length !== width * height || b.length !== width * height) {
    throw new RangeError(
      `SSIM: expected two pictures of ${width} x ${height} numbers, got ${a.length} and ${b.length}.`,
    );
  }
  if (Math.min(width, height) < 2 * RADIUS + 1) {
    throw new RangeError(`SSIM: expected at least 11 x 11 pixels, got ${width} x ${height}.`);
  }
  const [x, y] = [Float64Array.from(a), Float64Array.from(b)];
  const mean = (values: Float64Array): Float64Array => blurInside(values, width, height);
  const [muX, muY, xx, yy, xy] = [mean(x), mean(y), mean(times(x, x)), mean(times(y, y)), mean(times(x, y))];
  const c1 = (K1 * range) ** 2;
  const c2 = (K2 * range) ** 2;
  return muX.map((mx, i) => {
    const my = muY[i]!;
    const varianceX = xx[i]! - mx * mx;
    const varianceY = yy[i]! - my * my;
    const covariance = xy[i]! - mx * my;
    const light = (2 * mx * my + c1) / (mx * mx + my * my + c1);
    return (light * (2 * covariance + c2)) / (varianceX + varianceY + c2);
  });
}

/** The mean of `ssimMap` (equation 17): 1 for equal pictures. Arguments and errors as there. */
export function ssim(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  width: number,
  height: number,
  range = 255,
): number {
  const map = ssimMap(a, b, width, height, range);
  return map.reduce((sum, value) => sum + value, 0) / map.length;
}
