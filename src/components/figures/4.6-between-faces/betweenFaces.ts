// Figure 4.6: two ways from face to face, and how far from faces each of them leads.
import { fade, lerp, slerp } from './paths.ts';
import { meanSquaredError, rgbOf } from '@noisebook/ldm/numbers';
import type { ChartSpec } from '../../kit/charts/chart.ts';
import type { TaskContext } from '../../kit/frame/cellState.svelte.ts';
import { decode, encode, type Latents, type Rgba, type StageModel } from '../../kit/latents/firstStage.ts';

/** How latents are mixed: on the straight line, or on the arc around zero. */
export type Way = 'lerp' | 'slerp';
export const mixes = { lerp, slerp } as const;

/** Both faces as latents, and as the autoencoder shows them: what both ways begin and end with. */
export interface Ends {
  readonly key: string;
  readonly latents: readonly [Latents, Latents];
  readonly pictures: readonly [Rgba, Rgba];
}

/** The pictures along both ways, evenly spaced. */
export interface Strips {
  readonly key: string;
  /** Pixels a side. */
  readonly size: number;
  readonly fade: readonly Rgba[];
  readonly walk: readonly Rgba[];
}

/** What each picture on both ways loses when it is encoded and decoded once more. */
export interface Errors {
  readonly fadeErrors: readonly number[];
  readonly walkErrors: readonly number[];
}

/** Encodes and decodes the two faces. */
export async function findEnds(
  key: string,
  a: Rgba,
  b: Rgba,
  task: TaskContext,
  model: StageModel,
): Promise<Ends> {
  const { latents } = await encode([a, b], task, model);
  const { pictures } = await decode(latents, task, model);
  return { key, latents: [latents[0]!, latents[1]!], pictures: [pictures[0]!, pictures[1]!] };
}

/**
 * How far a picture is from those that the autoencoder can draw: the root mean square difference between it and what
 * comes back when it is encoded and decoded, of 255.
 */
export const offness = (picture: Rgba, again: Rgba): number =>
  Math.sqrt(meanSquaredError(rgbOf(picture), rgbOf(again)));

/** Both ways at `stops` places. */
export async function walkBoth(
  key: string,
  { latents: [a, b], pictures: [first, last] }: Ends,
  { way, model }: { readonly way: Way; readonly model: StageModel },
  stops: number,
  task: TaskContext,
): Promise<Strips> {
  const places = Array.from({ length: stops }, (_, i) => i / (stops - 1));
  const mixed = places.map((w) => mixes[way](a, b, w));
  const { pictures } = await decode(mixed, task, model);
  return { key, size: model.size, fade: places.map((w) => fade(first, last, w)), walk: pictures };
}

/** What some pictures lose when they are encoded and decoded once more. */
export async function measure(
  pictures: readonly Rgba[],
  task: TaskContext,
  model: StageModel,
): Promise<number[]> {
  const { latents } = await encode(pictures, task, model);
  const { pictures: again } = await decode(latents, task, model);
  return pictures.map((picture, i) => offness(picture, again[i]!));
}

/** The chart of what both ways lose, beside what faces themselves lose. */
export function lossChart({ fadeErrors, walkErrors }: Errors, faceError: number): ChartSpec {
  const points = (errors: readonly number[]) =>
    errors.map((y, i) => ({ x: i / (errors.length - 1), y: Number(y.toFixed(2)) }));
  return {
    x: { label: 'way from A to B', domain: [0, 1] },
    y: { label: 'lost when encoded again, RMSE', unit: 'of 255' },
    series: [
      { name: 'fade', color: 'pixel', kind: 'line', points: points(fadeErrors), strong: true },
      { name: 'walk', color: 'latent', kind: 'line', points: points(walkErrors), strong: true },
      {
        name: 'faces',
        color: 'muted',
        kind: 'line',
        points: points(fadeErrors.map(() => faceError)),
        dashed: true,
      },
    ],
  };
}
