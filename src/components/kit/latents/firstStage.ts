// A model's first stage, as the latent figures use it: pictures to latents and back, in the page's worker.
import { decibels as writePsnr } from '../../../writing/numbers.ts';
import type { ChosenModel } from '../../../storage/modelChoice.ts';
import { pageEngine } from '../../../engine/page/pageEngine.ts';
import { psnr, rgbOf } from '@noisebook/ldm/numbers';
import type { CellView, TaskContext } from '../frame/cellState.svelte.ts';

/** RGBA bytes of a square picture. */
export type Rgba = Uint8ClampedArray<ArrayBuffer>;
/** Raw latents of one picture, [side, side, channels]; [8, 8, 4] of the shipped model. */
export type Latents = Float32Array<ArrayBuffer>;

export const MODEL = 'faces-64';
/** Pixels along each side of what it takes and gives. */
export const SIZE = 64;
export const CHANNELS = 4;
/** Latent numbers of one picture. */
export const NUM_LATENTS = 256;
/** Latents of this size and beyond get the darkest colours of the map, in every figure of the chapter. */
export const LATENT_RANGE = 3;

/** Whose first stage it is, and its sizes. */
export interface StageModel {
  readonly name: string;
  /** True for a model of the reader's own. */
  readonly isUserModel: boolean;
  /** Pixels along each side of a picture, numbers along each side of its latents. */
  readonly size: number;
  readonly side: number;
  readonly channels: number;
  /** Latent numbers of one picture. */
  readonly numbers: number;
}

export const shipped: StageModel = {
  name: MODEL,
  isUserModel: false,
  size: SIZE,
  side: 8,
  channels: CHANNELS,
  numbers: NUM_LATENTS,
};

/** The first stage of the reader's own model; the shipped one where none was chosen. */
export function stageOf(chosen: Pick<ChosenModel, 'name' | 'image'> | undefined): StageModel {
  if (chosen === undefined) return shipped;
  const { size, latentSize: side, latentChannels: channels } = chosen.image;
  return { name: chosen.name, isUserModel: true, size, side, channels, numbers: side * side * channels };
}

/** Channels in a row, so that many of them make no tower. */
export const columnsOf = ({ channels }: Pick<StageModel, 'channels'>): number =>
  channels <= 4 ? Math.min(2, channels) : channels <= 9 ? 3 : 4;

/** `beside`: names of models that the same work uses in turn, which stay in memory. */
type Calls = Pick<TaskContext, 'signal' | 'onEvent'> & { readonly beside?: readonly string[] };

/** `bytes` cut into `count` pieces of one length. */
function pieces<T extends Rgba | Latents>(all: T, count: number): T[] {
  const length = all.length / count;
  return Array.from({ length: count }, (_, i) => all.slice(i * length, (i + 1) * length) as T);
}

/** Latents of some pictures, and where they were computed. */
export async function encode(
  pictures: readonly Rgba[],
  { signal, onEvent, beside = [] }: Calls,
  { name: model, size }: StageModel = shipped,
): Promise<{ readonly latents: Latents[]; readonly backend: string }> {
  const pixels = new Uint8ClampedArray(pictures.length * size * size * 4);
  pictures.forEach((picture, i) => pixels.set(picture, i * size * size * 4));
  const engine = await pageEngine();
  const count = pictures.length;
  const { latents, backend } = await engine.encode({ model, pixels, count, beside }, { signal, onEvent });
  return { latents: pieces(latents, count), backend: backend.label };
}

/** Pictures of some latents, and where they were computed. */
export async function decode(
  latents: readonly ArrayLike<number>[],
  { signal, onEvent, beside = [] }: Calls,
  { name: model, numbers }: StageModel = shipped,
): Promise<{ readonly pictures: Rgba[]; readonly backend: string }> {
  const all = new Float32Array(latents.length * numbers);
  latents.forEach((each, i) => all.set(each, i * numbers));
  const engine = await pageEngine();
  const count = latents.length;
  const request = { model, latents: all, count, beside };
  const { images, backend } = await engine.decodeLatents(request, { signal, onEvent });
  return { pictures: pieces(images, count), backend: backend.label };
}

/** PSNR of two pictures of bytes, alpha left out. */
export const decibels = (a: Rgba, b: Rgba): number => psnr(rgbOf(a), rgbOf(b), 255);

/** "33.1 dB" */
export const writeDecibels = (value: number): string =>
  Number.isFinite(value) ? writePsnr(value) : 'no error';

/** Latents as rows of a table. */
export function latentRows(
  latents: ArrayLike<number>,
  { side, channels }: Pick<StageModel, 'side' | 'channels'> = shipped,
): (string | number)[][] {
  return [
    ['row', 'column', 'channel', 'value'],
    ...Array.from(latents, (value, i) => [
      Math.floor(i / channels / side) + 1,
      (Math.floor(i / channels) % side) + 1,
      (i % channels) + 1,
      value,
    ]),
  ];
}

/** Whether a result that is not here yet will come by itself: the cell is live, and nothing stopped it. */
export const isAwaited = ({ live, phase }: Pick<CellView, 'live' | 'phase'>): boolean =>
  live && !['error', 'stopped', 'impossible'].includes(phase.kind);
