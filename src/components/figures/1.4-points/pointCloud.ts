// Figure 1.4's numbers: a cloud of points that takes a thousand small steps, and how it is spread after each.
import {
  cloudNames,
  makeCloud,
  strokesToPoints,
  type CloudName,
  type Stroke,
} from '../../../datasets/pointClouds.ts';
import { densities, forwardStep, histogram, moments, type Moments, Rng } from '@noisebook/ldm/numbers';

export const COUNT = 600;
/** The plane that is shown: from -RANGE to RANGE both ways. */
export const RANGE = 3.5;
export const BINS = 28;
/** Points whose way is drawn. */
export const FOLLOWED = 5;

/** What the points can be at the start: a shape, or the reader's own drawing. */
export const SHAPES = [...cloudNames, 'drawn'] as const;
export type Shape = (typeof SHAPES)[number];

/** Where all points are after every step: [betas.length, n, 2]. */
export interface Walk {
  readonly places: Float32Array;
  /** Numbers a step: 2 n. */
  readonly width: number;
}

/** Yields the number of steps that are done. */
export function* walk(x0: Float32Array, betas: Float32Array, seed: number): Generator<number, Walk> {
  const places = new Float32Array(betas.length * x0.length);
  const rng = new Rng(seed).fork('points');
  const x = x0.slice();
  for (const [t, beta] of betas.entries()) {
    places.set(forwardStep(x, beta, rng), t * x.length);
    if (t % 8 === 7) yield t + 1;
  }
  return { places, width: x.length };
}

/** The points after step t. */
export const placesAt = ({ places, width }: Walk, t: number): Float32Array =>
  places.subarray(t * width, (t + 1) * width);

/** One of the followed points from its start to step t, every few steps. */
export function trail(
  x0: Float32Array,
  { places, width }: Walk,
  point: number,
  t: number,
): [number, number][] {
  const from = 2 * point;
  const way: [number, number][] = [[x0[from] ?? 0, x0[from + 1] ?? 0]];
  const every = 3;
  const steps = Math.max(1, Math.ceil(t / every));
  for (let i = 1; i <= steps; i++) {
    const s = Math.min(i * every, t);
    way.push([places[s * width + from] ?? 0, places[s * width + from + 1] ?? 0]);
  }
  return way;
}

/** How the points are spread along one axis (0: x, 1: y). */
export function marginal(points: Float32Array, axis: 0 | 1): Moments & { readonly bars: number[] } {
  const values = points.filter((_, i) => i % 2 === axis);
  const counts = histogram(values, -RANGE, RANGE, new Uint32Array(BINS));
  return { ...moments(values), bars: densities(counts, values.length, (2 * RANGE) / BINS) };
}

/** The points that a name or a drawing stands for; a drawing that can't be read is the first one. */
export function cloudOf(name: CloudName | 'drawn', drawing: string, seed: number): Float32Array {
  if (name !== 'drawn') return makeCloud(name, COUNT, seed);
  const drawn = strokesToPoints(readDrawing(drawing), COUNT, seed);
  return drawn.length > 0 ? drawn : strokesToPoints(readDrawing(FIRST_DRAWING), COUNT, seed);
}

/** Places that a drawing can use, a letter each way: 64 x 64 in a square from -PAD to PAD. */
export const PAD = 2.1;
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** Longest drawing, in characters; two a point and one between strokes. */
export const MAX_DRAWING = 600;

const letter = (value: number): string =>
  LETTERS[Math.min(Math.max(Math.round(((value + PAD) / (2 * PAD)) * 63), 0), 63)] ?? 'A';

/** Strokes as text for the address: two letters a point, a full stop between strokes. */
export function writeDrawing(strokes: readonly Stroke[]): string {
  return strokes.map((stroke) => stroke.map(([x, y]) => letter(x) + letter(y)).join('')).join('.');
}

/** What `writeDrawing` wrote. Anything else gives no points where it is not understood. */
export function readDrawing(text: string): Stroke[] {
  const value = (char: string): number => (LETTERS.indexOf(char) / 63) * 2 * PAD - PAD;
  return text
    .split('.')
    .map((stroke) => stroke.match(/[\w-]{2}/g) ?? [])
    .filter((pairs) => pairs.length > 0)
    .map((pairs) => pairs.map((pair): [number, number] => [value(pair.charAt(0)), value(pair.charAt(1))]));
}

/** What is on the sheet before anybody has drawn: an N. */
export const FIRST_DRAWING = writeDrawing([
  [
    [-1.3, -1.6],
    [-1.3, 1.6],
    [1.3, -1.6],
    [1.3, 1.6],
  ],
]);
