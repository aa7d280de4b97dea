// Figure 4.6: from one face to another, once by fading pixels, once by walking through latents; and how far from faces.
import { fixed, rounded } from '../../../writing/numbers.ts';
import * as v from 'valibot';
import { meanSquaredError, rgbOf } from '@noisebook/ldm/numbers';
import { choice, decimal } from '../../../state/figureAddress.ts';
import { faceIds } from '../../../userContent/pictures/ids.ts';
import { chartRows, type ChartSpec } from '../../kit/charts/chart.ts';
import { defineFigure, type FigureEngine } from '../../kit/frame/defineFigure.ts';
import { live, picture } from '../../kit/frame/result.ts';
import type { Rgba, StageModel } from '../../kit/latents/firstStage.ts';

/** Pictures in a strip, both ends included. */
export const STOPS = 9;
/** The slider goes from 0 to 1 in steps of this. */
export const STEP = 0.025;
export const MIDDLE = (STOPS - 1) / 2;

/** The point a part `w` (0 to 1) of the straight way from `a` to `b`. */
export function lerp(a: ArrayLike<number>, b: ArrayLike<number>, w: number): Float32Array<ArrayBuffer> {
  return Float32Array.from(a, (value, i) => value + w * (b[i]! - value));
}

/**
 * The same along the arc around zero (spherical linear interpolation, Shoemake 1985): half way between two points of
 * one length it is as long as they are, where the straight way comes closer to zero.
 */
export function slerp(a: ArrayLike<number>, b: ArrayLike<number>, w: number): Float32Array<ArrayBuffer> {
  let [aa, bb, ab] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    aa += a[i]! ** 2;
    bb += b[i]! ** 2;
    ab += a[i]! * b[i]!;
  }
  const angle = Math.acos(Math.max(-1, Math.min(1, ab / Math.sqrt(aa * bb))));
  const sine = Math.sin(angle);
  // Same direction, opposite direction or no direction: there is no one arc.
  if (!(sine > 1e-6)) return lerp(a, b, w);
  const [fromA, fromB] = [Math.sin((1 - w) * angle) / sine, Math.sin(w * angle) / sine];
  return Float32Array.from(a, (value, i) => fromA * value + fromB * b[i]!);
}

/** A cross-dissolve of two pictures of bytes: each number a mean of the two, weighed by `w`, rounded. */
export function fade(a: ArrayLike<number>, b: ArrayLike<number>, w: number): Uint8ClampedArray<ArrayBuffer> {
  return Uint8ClampedArray.from(a, (value, i) => Math.round(value + w * (b[i]! - value)));
}

/** How latents are mixed: on the straight line, or on the arc around zero. */
export const mixes = { lerp, slerp } as const;
export type Way = keyof typeof mixes;

/**
 * How far a picture is from those that the autoencoder can draw: the root mean square difference between it and what
 * comes back when it is encoded and decoded, of 255.
 */
export const offness = (picture: Rgba, again: Rgba): number =>
  Math.sqrt(meanSquaredError(rgbOf(picture), rgbOf(again)));

/** What some pictures lose when they are encoded and decoded once more. */
export async function lost(engine: FigureEngine, pictures: readonly Rgba[]): Promise<number[]> {
  const again = await engine.decode(await engine.encode(pictures));
  return pictures.map((picture, i) => offness(picture, again[i]!));
}

/** What each picture on both ways loses. */
const errors = v.object({ fade: v.array(v.number()), walk: v.array(v.number()) });
type Errors = v.InferOutput<typeof errors>;

/** The chart of what both ways lose, beside what faces themselves lose. */
export function lossChart(both: Errors, faceError: number): ChartSpec {
  const points = (values: readonly number[]) =>
    values.map((y, i) => ({ x: i / (values.length - 1), y: rounded(y, 2) }));
  return {
    x: { label: 'way from A to B', domain: [0, 1] },
    y: { label: 'lost when encoded again, RMSE', unit: 'of 255' },
    series: [
      { name: 'fade', color: 'pixel', kind: 'line', points: points(both.fade), strong: true },
      { name: 'walk', color: 'latent', kind: 'line', points: points(both.walk), strong: true },
      {
        name: 'faces',
        color: 'muted',
        kind: 'line',
        points: points(both.fade.map(() => faceError)),
        dashed: true,
      },
    ],
  };
}

/** The pictures along both ways, evenly spaced. */
const strips = v.object({
  /** The faces at its ends, as pairOf says. */
  pair: v.string(),
  way: v.picklist(['lerp', 'slerp']),
  fade: v.array(picture()),
  walk: v.array(picture()),
});

/** What is known of one way: a slider that moves interrupts the work on it, and it goes on afterwards. */
interface Path {
  fade: readonly Rgba[];
  walk: readonly Rgba[];
  readonly errors: Errors;
}

/** Whose pictures they are. */
export const pairOf = ({ name }: StageModel, { a, b }: Record<'a' | 'b', string>): string =>
  `${name} ${a} ${b}`;

export default defineFigure({
  number: '4.6',
  title: 'A fade shows two faces at once; a walk through latents tries to show one',
  page: 'compression',
  weights: 'faces-64',
  model: 'chosen',
  fields: {
    a: choice<string>(faceIds, 'face-27'),
    b: choice<string>(faceIds, 'face-59'),
    at: decimal(0, 1, STEP, 0.5),
    way: choice<Way>(['lerp', 'slerp'], 'lerp'),
  },
  result: v.object({
    strips,
    /** The picture of the walk that the slider is at; that of the fade is drawn from the strip's ends. */
    walked: picture(),
    errors,
  }),
  study: v.object({
    /** What the autoencoder does to test faces themselves, the median. */
    faceError: v.number(),
    /** The medians half way between some pairs of them, and how often the straight walk was closer than the fade. */
    pairs: v.number(),
    fade: v.number(),
    lerp: v.number(),
    slerp: v.number(),
    lerpBetter: v.number(),
  }),
  data: v.object({
    /** The same error of decoded noise (figure 4.9), the median. */
    noiseError: v.number(),
  }),
  sheet: { columns: STOPS, quality: 90 },

  async compute({ a, b, at, way }, engine, task) {
    const pair = pairOf(engine.model, { a, b });
    const latents = await task.memo(pair, async () =>
      engine.encode(await Promise.all([a, b].map(async (id) => engine.picture(id)))),
    );
    const mix = (w: number): Float32Array => mixes[way](latents[0]!, latents[1]!, w);
    const path = await task.memo(`${pair} ${way}`, (): Promise<Path> =>
      Promise.resolve({ fade: [], walk: [], errors: { fade: [], walk: [] } }),
    );
    const { errors: measured } = path;
    const [walked] = await engine.decode([mix(at)]);
    if (path.walk.length === 0) {
      if (task.shown) task.show({ ...task.shown, walked: live(walked!) });
      task.giveWay();
      task.progress(0, STOPS + 1);
      const places = Array.from({ length: STOPS }, (_, i) => i / (STOPS - 1));
      const walk = await engine.decode(places.map(mix));
      path.fade = places.map((w) => fade(walk[0]!, walk.at(-1)!, w));
      path.walk = walk;
    }
    const drawn = {
      strips: { pair, way, fade: path.fade.map(live), walk: path.walk.map(live) },
      walked: live(path.walk[at * (STOPS - 1)] ?? walked!),
    };
    if (task.shown && measured.walk.length < STOPS) task.show({ ...task.shown, ...drawn });
    for (let i = measured.walk.length; i < STOPS; i++) {
      task.progress(i + 1, STOPS + 1);
      task.giveWay();
      const [ofFade, ofWalk] = await lost(engine, [path.fade[i]!, path.walk[i]!]);
      measured.fade.push(ofFade!);
      measured.walk.push(ofWalk!);
    }
    return { ...drawn, errors: measured };
  },

  numbers: ({ result }) => ({
    fade: fixed(result.errors.fade[MIDDLE]!, 1),
    walk: fixed(result.errors.walk[MIDDLE]!, 1),
  }),
  files: {
    png: ({ result }) => [result.strips.fade, result.strips.walk],
    csv: ({ result, study }) => chartRows(lossChart(result.errors, study.faceError)),
  },
  code: [
    'src/components/figures/4.6-between-faces/figure.ts#fade: value + w *',
    'src/components/figures/4.6-between-faces/figure.ts#lerp: value + w *',
    'src/components/figures/4.6-between-faces/figure.ts#slerp',
    'src/components/figures/4.6-between-faces/figure.ts#offness',
    'src/lib/ldm/metrics/psnr.ts#meanSquaredError',
  ],
});
