// What the frames of a generation look like: images for tiles and a filmstrip, and the words for a place in them.
import { fixed } from '../../../writing/numbers.ts';
import type { Meaning } from '../marks/meaning.ts';
import { latentAt, latentImage, pickImage } from '../pictures/draw.ts';
import { reached, type Generation, type View } from './generation.ts';
import type { Player } from './player.svelte.ts';

export const views: readonly { readonly value: View; readonly label: string; readonly meaning: Meaning }[] = [
  { value: 'latents', label: 'Latent channels', meaning: 'latent' },
  { value: 'decoded', label: 'Decoded latents', meaning: 'pixel' },
  { value: 'predicted', label: 'Predicted result', meaning: 'prediction' },
];

/** What the images show, for screen readers. */
export const viewText = (view: View, position: number): string =>
  `${views.find(({ value }) => value === view)!.label} after step ${position}`;

/** Images made once and kept as long as the numbers they are made from. */
const made = new WeakMap<object, Map<number, ImageData>>();

function once(source: object, key: number, make: () => ImageData): ImageData {
  const known = made.get(source) ?? new Map<number, ImageData>();
  made.set(source, known);
  const image = known.get(key) ?? make();
  known.set(key, image);
  return image;
}

/**
 * Image `index` at `position`, or undefined while it is still to be computed.
 * `_version` is there so that a caller's `$derived` sees that a run has grown.
 */
function imageAt(
  run: Generation | undefined,
  view: View,
  position: number,
  index: number,
  _version: number,
  columns?: number,
): ImageData | undefined {
  const frame = run?.frames[position];
  if (run === undefined || frame === undefined) return undefined;
  const { sizes, range } = run;
  if (view === 'latents') {
    const { latents } = frame;
    if (latents === undefined) return undefined;
    const wide = columns ?? sizes.latentChannels;
    return once(latents, wide * 1000 + index, () => latentImage(latents, index, sizes, range, wide));
  }
  const rgba = frame[view]?.rgba;
  return rgba && once(rgba, index, () => pickImage(rgba, index, sizes));
}

/**
 * How many channels of an image's latents stand in a row: all of them where there are four images, whose four strips
 * fill the room of four squares; else they are a block, as large as the picture.
 */
export const channelsInRow = (numImages: number, channels: number): number =>
  numImages === 4 ? channels : Math.ceil(Math.sqrt(channels));

export interface Tile {
  /** Whether it is of the generation before: where the first images were drawn alone, the others are. */
  readonly old: boolean;
  readonly run: Generation | undefined;
  readonly position: number;
  /** Channels in a row, where latents are shown. */
  readonly columns: number;
  /** Undefined while it is still to be computed. */
  readonly image: ImageData | undefined;
}

/** A tile for each image of a whole generation, at the scrubber's position. */
export function tilesOf(player: Player): Tile[] {
  const { before, view, version } = player;
  const drawn = player.run?.request.numImages ?? player.numImages;
  return Array.from({ length: player.numImages }, (_, i) => {
    const old = i >= drawn;
    const run = old ? before : player.run;
    const position = old && run !== undefined ? reached(run, view) : player.position;
    const columns = channelsInRow(player.numImages, run?.sizes.latentChannels ?? 1);
    return { old, run, position, columns, image: imageAt(run, view, position, i, version, columns) };
  });
}

/** The first image at every position 0 to `total`, for the filmstrip; latents as a block of two by two channels. */
export const stripOf = ({ strip, view, version }: Player, total: number): (ImageData | undefined)[] =>
  Array.from({ length: total + 1 }, (_, k) => imageAt(strip, view, k, 0, version, 2));

/** "5 of 12, t = 583": where the scrubber is, and how noisy the model takes it to be. */
export function positionText(run: Generation | undefined, position: number, total: number): string {
  const timestep = run?.timesteps[position];
  return `${position} of ${total}${timestep === undefined ? '' : `, t = ${Math.round(timestep)}`}`;
}

/** "Image 2, channel 3, row 5, column 1: −1.24": one number of the latents in words; empty between the channels. */
export function probeText(
  { run, position, columns }: Pick<Tile, 'run' | 'position' | 'columns'>,
  index: number,
  pixel: { readonly x: number; readonly y: number },
): string {
  const latents = run?.frames[position]?.latents;
  const found = run && latents && latentAt(latents, index, run.sizes, pixel, columns);
  if (found === undefined) return '';
  const { channel, row, column, value } = found;
  const number = fixed(value, 2);
  return `Image ${index + 1}, channel ${channel}, row ${row}, column ${column}: ${number}`;
}
