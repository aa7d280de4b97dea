// How much of a picture repeats with which period: the discrete Fourier transform's power, and lines that stand out of it.

/** Powers below this count as this: the logarithm of an empty line. */
const FLOOR = 1e-12;

/** In place: the discrete Fourier transform of re + i im. @throws RangeError unless the length is a power of two */
export function fft(re: Float64Array, im: Float64Array): void {
  const n = re.length;
  if (n === 0 || (n & (n - 1)) !== 0 || im.length !== n) {
    throw new RangeError(`Expected a power of two of numbers, twice; got ${n} and ${im.length}.`);
  }
  // Entries change places with the one whose index has their bits in reverse (Cooley and Tukey 1965).
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; (j & bit) !== 0; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      [re[i], re[j]] = [re[j]!, re[i]!];
      [im[i], im[j]] = [im[j]!, im[i]!];
    }
  }
  for (let size = 2; size <= n; size *= 2) {
    for (let k = 0; k < size / 2; k++) {
      const angle = (-2 * Math.PI * k) / size;
      const [c, s] = [Math.cos(angle), Math.sin(angle)];
      for (let i = k; i < n; i += size) {
        const j = i + size / 2;
        const [x, y] = [re[j]! * c - im[j]! * s, re[j]! * s + im[j]! * c];
        re[j] = re[i]! - x;
        im[j] = im[i]! - y;
        re[i] = re[i]! + x;
        im[i] = im[i]! + y;
      }
    }
  }
}

/** Transforms all rows of a side x side array, or all columns. */
function fftLines(re: Float64Array, im: Float64Array, side: number, along: 'rows' | 'columns'): void {
  const [step, start] = along === 'rows' ? [1, side] : [side, 1];
  const a = new Float64Array(side);
  const b = new Float64Array(side);
  for (let line = 0; line < side; line++) {
    for (let i = 0; i < side; i++) {
      a[i] = re[line * start + i * step]!;
      b[i] = im[line * start + i * step]!;
    }
    fft(a, b);
    for (let i = 0; i < side; i++) {
      re[line * start + i * step] = a[i]!;
      im[line * start + i * step] = b[i]!;
    }
  }
}

/**
 * |DFT|^2 / side^2, mean of the channels. No window: a picture of side 64 holds whole periods of 2, 4 and 8 pixels.
 * @param pixels [side, side, channels], any range; a power of two of pixels a side
 * @returns [side, side]; entry [v, u] is the power of u waves across and v down, [0, 0] that of the mean
 */
export function powerSpectrum(
  pixels: ArrayLike<number>,
  side: number,
  channels = 3,
): Float64Array<ArrayBuffer> {
  const area = side * side;
  if (pixels.length !== area * channels) {
    throw new RangeError(`Expected ${area * channels} numbers, got ${pixels.length}.`);
  }
  const power = new Float64Array(area);
  for (let c = 0; c < channels; c++) {
    const re = Float64Array.from({ length: area }, (_, i) => pixels[i * channels + c]!);
    const im = new Float64Array(area);
    fftLines(re, im, side, 'rows');
    fftLines(re, im, side, 'columns');
    for (let i = 0; i < area; i++) power[i]! += (re[i]! ** 2 + im[i]! ** 2) / (area * channels);
  }
  return power;
}

/** Power at 0 ... side / 2 waves a picture, rows and columns taken together. @returns side / 2 + 1 numbers */
export function axisProfile(power: ArrayLike<number>, side: number): Float64Array<ArrayBuffer> {
  const profile = new Float64Array(side / 2 + 1);
  for (let wave = 0; wave < profile.length; wave++) {
    let sum = 0;
    for (let i = 0; i < side; i++) sum += power[i * side + wave]! + power[wave * side + i]!;
    profile[wave] = sum / (2 * side);
  }
  return profile;
}

/** 10 log10, at least that of 1e-12. */
export function toDecibels(values: ArrayLike<number>): Float64Array<ArrayBuffer> {
  return Float64Array.from({ length: values.length }, (_, i) => 10 * Math.log10(Math.max(values[i]!, FLOOR)));
}

/**
 * How far a period stands out: decibels at side / period waves, over the mean decibels of the lines 2 to 4 away.
 * @param profile side / 2 + 1 powers, see `axisProfile`
 * @param period in pixels: 2, 4, 8
 */
export function peakHeight(profile: ArrayLike<number>, period: number): number {
  const db = toDecibels(profile);
  const line = (2 * (profile.length - 1)) / period;
  let sum = 0;
  let count = 0;
  for (let distance = 2; distance <= 4; distance++) {
    for (const near of [line - distance, line + distance]) {
      if (near < 0 || near >= db.length) continue;
      sum += db[near]!;
      count++;
    }
  }
  return db[line]! - sum / count;
}
