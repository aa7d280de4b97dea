// Figure 4.7's arithmetic: points in the space of six numbers, and what was measured about each of them. No drawing here.
import { faceIds, OWN, photoIds } from '../../../userContent/pictures/ids.ts';
import type { Rng } from '@noisebook/ldm/numbers';

export const MODEL = 'faces-six';
export const COUNT = 6;
/** Sliders end here; of a standard normal number 1 in 370 lies beyond. */
export const LIMIT = 3;
export const STEP = 0.05;
/** Where the strip beside a slider shows a face. */
export const STOPS = [-3, -2, -1, 0, 1, 2, 3] as const;
export const pictures = [...faceIds, ...photoIds, OWN] as const;

/** What training/measure_six.py found out about one of the numbers. */
export interface MeasuredNumber {
  readonly mean: number;
  readonly sd: number;
  /** KL divergence of its posterior from N(0, 1), in nats, mean over the faces. */
  readonly kl: number;
  /** Faces in equal bins over `histogramEdges`. */
  readonly histogram: readonly number[];
  /** For each attribute the share of this number's variance that it explains (eta squared), 0 to 1. */
  readonly explained: Readonly<Record<string, number>>;
}

/** The part of the manifest's metrics that the figure shows. */
export interface SixMetrics {
  readonly count: number;
  readonly psnr: number;
  readonly histogramEdges: readonly [number, number];
  readonly latents: readonly MeasuredNumber[];
  readonly read: { readonly reconstructions: { readonly perAttribute: Readonly<Record<string, number>> } };
}

/** What tools/record/4-7.ts stores. */
export interface RecordedSix {
  readonly picture: string;
  readonly latents: readonly number[];
  /** Of the picture itself: through six numbers, and through the 256 of faces-64. In decibels. */
  readonly psnr: { readonly six: number; readonly full: number };
  /** Over test faces. */
  readonly test: Readonly<
    Record<'six' | 'full', { readonly mean: number; readonly low: number; readonly high: number }>
  > & { readonly count: number };
}

const attributeWords: Readonly<Record<string, string>> = {
  skin: 'skin',
  top: 'hair style or hat',
  hairColor: 'hair colour',
  hatColor: 'hat colour',
  glasses: 'glasses',
  beard: 'beard',
  mouth: 'mouth',
  eyes: 'eyes',
  clothes: 'clothes',
  clothesColor: 'colour of clothes',
  background: 'background',
};

/** An attribute in words. */
export const wordsOf = (attribute: string): string => attributeWords[attribute] ?? attribute;

/** The facts that explain most of a number's variance, the strongest first; none that explains less than a tenth. */
export function labelOf({ explained }: MeasuredNumber, most = 2): { word: string; share: number }[] {
  return Object.entries(explained)
    .filter(([, share]) => share >= 0.1)
    .sort(([, a], [, b]) => b - a)
    .slice(0, most)
    .map(([attribute, share]) => ({ word: wordsOf(attribute), share }));
}

/** A point that the sliders can show: each number on a step, none beyond the limits. */
export function onSliders(point: ArrayLike<number>): number[] {
  return Array.from(point, (value) => {
    const step = Math.round(Math.max(-LIMIT, Math.min(LIMIT, value)) / STEP);
    return Number((step * STEP).toFixed(2)) + 0;
  });
}

/** Six numbers from N(0, 1), as the first stage was taught to expect them. */
export const randomPoint = (rng: Rng): number[] =>
  onSliders(Array.from({ length: COUNT }, () => rng.normal()));

/** The point with number `k` at each of the stops, all others kept. */
export const traversal = (point: ArrayLike<number>, k: number): number[][] =>
  STOPS.map((stop) => Array.from(point, (value, i) => (i === k ? stop : value)));

/** Heights from 0 to 1 of a histogram's bars between -LIMIT and LIMIT, with their left ends and widths from 0 to 1. */
export function barsWithin(
  counts: readonly number[],
  [from, to]: readonly [number, number],
): { x: number; width: number; height: number }[] {
  const size = (to - from) / counts.length;
  const highest = Math.max(...counts);
  return counts.flatMap((count, i) => {
    const left = from + i * size;
    if (left < -LIMIT - 1e-9 || left + size > LIMIT + 1e-9) return [];
    return [{ x: (left + LIMIT) / (2 * LIMIT), width: size / (2 * LIMIT), height: count / highest }];
  });
}

/** Everything that was measured about the numbers, as a table with their present values. */
export function rowsOf({ latents }: SixMetrics, point: readonly number[]): (string | number)[][] {
  const facts = Object.keys(latents[0]?.explained ?? {});
  return [
    ['number', 'value', 'mean of test faces', 'deviation', 'KL (nats)', ...facts],
    ...latents.map(({ mean, sd, kl, explained }, k) => [
      k + 1,
      point[k] ?? '',
      mean,
      sd,
      kl,
      ...facts.map((fact) => explained[fact] ?? ''),
    ]),
  ];
}
