// What can be said of latents by counting: mean and spread of each channel, and whether neighbouring cells agree.
import type { Rng } from '../base/rng.ts';

export interface Moments {
  readonly mean: number;
  /** Standard deviation, of all numbers rather than of a sample of them (divided by n). */
  readonly std: number;
}

/**
 * Mean and standard deviation of each channel.
 * @param latents of one picture or of many, channels last: [..., channels]
 */
export function channelMoments(latents: ArrayLike<number>, channels: number): Moments[] {
  const count = latents.length / channels;
  return Array.from({ length: channels }, (_, c) => {
    let sum = 0;
    for (let i = c; i < latents.length; i += channels) sum += latents[i]!;
    const mean = sum / count;
    let squares = 0;
    for (let i = c; i < latents.length; i += channels) squares += (latents[i]! - mean) ** 2;
    return { mean, std: Math.sqrt(squares / count) };
  });
}

/**
 * How much a cell tells of the one beside or below it: the correlation of neighbours, averaged over the channels.
 * About 0 for independent numbers, 1 at most.
 * @param latents of one picture, [height, width, channels]
 * @returns NaN where all cells are equal
 */
export function neighbourCorrelation(
  latents: ArrayLike<number>,
  height: number,
  width: number,
  channels: number,
): number {
  const moments = channelMoments(latents, channels);
  let total = 0;
  moments.forEach(({ mean, std }, c) => {
    const at = (y: number, x: number): number => latents[(y * width + x) * channels + c]! - mean;
    let sum = 0;
    let pairs = 0;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        if (x + 1 < width) sum += at(y, x) * at(y, x + 1);
        if (y + 1 < height) sum += at(y, x) * at(y + 1, x);
        pairs += Number(x + 1 < width) + Number(y + 1 < height);
      }
    }
    total += sum / pairs / std ** 2;
  });
  return total / channels;
}

/**
 * The same cells in another order: every cell keeps its numbers, so each channel's mean, spread and histogram stay
 * exactly as they were.
 * @param latents of one picture, [height, width, channels]
 */
export function shuffleCells(
  latents: ArrayLike<number>,
  channels: number,
  rng: Rng,
): Float32Array<ArrayBuffer> {
  const cells = latents.length / channels;
  const order = rng.shuffle(Array.from({ length: cells }, (_, i) => i));
  const shuffled = new Float32Array(latents.length);
  order.forEach((from, to) => {
    for (let c = 0; c < channels; c++) shuffled[to * channels + c] = latents[from * channels + c]!;
  });
  return shuffled;
}
