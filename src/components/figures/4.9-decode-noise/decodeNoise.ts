// Figure 4.9's four grids of numbers: a face's latents, noise, the face's latents shuffled, a sample of the diffusion model.
import {
  channelMoments,
  type ChannelMoments as Moments,
  neighbourCorrelation,
  Rng,
  shuffleCells,
} from '@noisebook/ldm/numbers';
import { shipped, type Rgba, type StageModel } from '../../kit/latents/firstStage.ts';

export const kinds = ['face', 'noise', 'shuffled', 'sample'] as const;
export type Kind = (typeof kinds)[number];

/** Largest seed and temperature. */
export const MAX_SEED = 9999;
export const MAX_TEMPERATURE = 2;

/** One grid of latents, its picture, and how well that survives another turn through the autoencoder. */
export interface Decoded {
  /** What it was made from: the same key is the same picture. */
  readonly key: string;
  /** Whose latents they are. */
  readonly model: StageModel;
  readonly latents: ArrayLike<number>;
  readonly picture: Rgba | undefined;
  /** PSNR of the picture encoded and decoded again, in decibels; undefined while it is being computed. */
  readonly again: number | undefined;
}

/** Independent standard normal numbers times `temperature`: for seed s those that a generation with seed s starts from. */
export function noiseLatents(
  seed: number,
  temperature: number,
  { numbers }: Pick<StageModel, 'numbers'> = shipped,
): Float32Array<ArrayBuffer> {
  const noise = new Rng(seed).fork(0).fillNormal(new Float32Array(numbers));
  return Float32Array.from(noise, (value) => value * temperature);
}

export const shuffledLatents = (
  latents: ArrayLike<number>,
  seed: number,
  { channels }: Pick<StageModel, 'channels'> = shipped,
): Float32Array<ArrayBuffer> => shuffleCells(latents, channels, new Rng(seed));

/** What can be counted about a grid: each channel by itself, and how much neighbouring cells agree. */
export function statistics(
  latents: ArrayLike<number>,
  { side, channels }: Pick<StageModel, 'side' | 'channels'> = shipped,
): {
  readonly channels: readonly Moments[];
  readonly neighbours: number;
} {
  return {
    channels: channelMoments(latents, channels),
    neighbours: neighbourCorrelation(latents, side, side, channels),
  };
}
