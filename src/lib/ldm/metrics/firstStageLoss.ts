// The reconstruction loss that the shipped first stage was trained with (training/train_autoencoder.py).

/** Where the drawings have eyes and mouth, as shares of the side, and how much more an error there weighs. */
export const FEATURES = { left: 0.27, top: 0.26, right: 0.73, bottom: 0.64, weight: 2.5 } as const;

/** The weight of every pixel, [size, size]: more inside the box of the features, 1 on average. */
export function featureWeights(size: number): Float64Array {
  const { left, top, right, bottom, weight } = FEATURES;
  const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = [left, top, right, bottom].map((share) =>
    Math.round(share * size),
  );
  const inside = (x1 - x0) * (y1 - y0);
  const mean = 1 + ((weight - 1) * inside) / (size * size);
  const weights = new Float64Array(size * size).fill(1 / mean);
  for (let y = y0; y < y1; y++) weights.fill(weight / mean, y * size + x0, y * size + x1);
  return weights;
}

/**
 * Mean |d| + 2 mean d^2 + 0.5 (mean |d's difference to the right| + mean |to below|), every pixel with its weight: an
 * edge that is lost or made up counts once more than its pixels do.
 * @param reconstruction RGBA bytes [size, size, 4], alpha ignored
 * @returns 0 for equal pictures; differences are those of numbers in [-1, 1]
 * @throws RangeError unless both pictures have size * size pixels
 */
export function reconstructionLoss(
  reconstruction: ArrayLike<number>,
  original: ArrayLike<number>,
  size: number,
): number {
  if (reconstruction.length !== size * size * 4 || original.length !== size * size * 4) {
    throw new RangeError(
      `reconstructionLoss: expected two pictures of ${size * size * 4} bytes, got ${reconstruction.length} and ${original.length}.`,
    );
  }
  const weights = featureWeights(size);
  /** d at pixel `i` and channel `c`; 255 bytes are a distance of 2. */
  const d = (i: number, c: number): number => (reconstruction[4 * i + c]! - original[4 * i + c]!) / 127.5;
  const sums = { absolute: 0, squared: 0, right: 0, below: 0 };
  for (let i = 0; i < size * size; i++) {
    for (let c = 0; c < 3; c++) {
      const here = d(i, c);
      sums.absolute += Math.abs(here) * weights[i]!;
      sums.squared += here * here * weights[i]!;
      if ((i + 1) % size !== 0) sums.right += Math.abs(d(i + 1, c) - here) * weights[i + 1]!;
      if (i + size < size * size) sums.below += Math.abs(d(i + size, c) - here) * weights[i + size]!;
    }
  }
  const all = size * size * 3;
  const pairs = size * (size - 1) * 3;
  return (sums.absolute + 2 * sums.squared) / all + (0.5 * (sums.right + sums.below)) / pairs;
}
