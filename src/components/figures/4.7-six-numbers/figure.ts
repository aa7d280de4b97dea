// Figure 4.7: a whole face in six numbers, with what each of them was measured to move; any picture can be the start.
import { rounded } from '../../../writing/numbers.ts';
import * as v from 'valibot';
import type { Rng } from '@noisebook/ldm/numbers';
import { choice, flag, numbers } from '../../../state/figureAddress.ts';
import { faceIds, USER_PICTURE, photoIds } from '../../../userContent/pictures/ids.ts';
import { defineFigure } from '../../kit/frame/defineFigure.ts';
import { floats, live, picture } from '../../kit/frame/result.ts';
import { decibels, SIZE, writeDecibels, type StageModel } from '../../kit/latents/firstStage.ts';

export const COUNT = 6;
export const six: StageModel = {
  name: 'faces-six',
  isUserModel: false,
  size: SIZE,
  side: 1,
  channels: COUNT,
  numbers: COUNT,
};
/** Sliders end here; of a standard normal number 1 in 370 lies beyond. */
export const LIMIT = 3;
export const STEP = 0.05;
/** Where the strip below a slider shows a face. */
export const STOPS = [-3, -2, -1, 0, 1, 2, 3] as const;

const measured = v.object({
  mean: v.number(),
  sd: v.number(),
  /** KL divergence of its posterior from N(0, 1), in nats, mean over the faces. */
  kl: v.number(),
  /** Faces in equal bins over `histogramEdges`. */
  histogram: v.array(v.number()),
  /** For each attribute the share of this number's variance that it explains (eta squared), 0 to 1. */
  explained: v.record(v.string(), v.number()),
});
export type MeasuredNumber = v.InferOutput<typeof measured>;
/** Over test faces, in decibels. */
const spread = v.object({ mean: v.number(), low: v.number(), high: v.number() });

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
const wordsOf = (attribute: string): string => attributeWords[attribute] ?? attribute;

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
    return rounded(step * STEP, 2) + 0;
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
export function rowsOf(latents: readonly MeasuredNumber[], point: readonly number[]): (string | number)[][] {
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

export default defineFigure({
  number: '4.7',
  title: 'A whole face in six numbers: six sliders that nobody labelled',
  page: 'compression',
  weights: six.name,
  model: 'because it needs a latent of six numbers',
  fields: {
    picture: choice<string>([...faceIds, ...photoIds, USER_PICTURE], 'face-12'),
    /** Whether the reader chose the numbers; else they are those that the encoder finds. */
    moved: flag(false),
    z: numbers(COUNT, -LIMIT, LIMIT, STEP, new Array<number>(COUNT).fill(0)),
  },
  follows: false,
  result: v.object({
    /** For each number faces at STOPS, the others kept. They come later: a row may be missing. */
    strips: v.array(v.array(picture())),
    input: picture(),
    /** What the 256 numbers of faces-64 keep of it. */
    full: picture(),
    fullPsnr: v.number(),
    /** What the encoder of faces-six finds, and how close the decoder comes with that. */
    encoded: floats(),
    encodedPsnr: v.number(),
    /** The face of the point. */
    point: floats(),
    drawn: picture(),
    psnr: v.number(),
  }),
  study: v.object({ count: v.number(), six: spread, full: spread }),
  data: v.object({
    count: v.number(),
    histogramEdges: v.tuple([v.number(), v.number()]),
    latents: v.array(measured),
    /** How many of 1 a classifier still reads right. */
    read: v.object({
      reconstructions: v.object({ perAttribute: v.record(v.string(), v.number()) }),
    }),
  }),

  async compute({ picture: id, moved, z }, engine, task) {
    const start = await task.memo(`both of ${id}`, async () => {
      const input = await engine.picture(id);
      const [encoded] = await engine.encode([input], six);
      const [decoded] = await engine.decode([encoded!], six);
      const [full] = await engine.decode(await engine.encode([input]));
      return {
        input: live(input),
        full: live(full!),
        fullPsnr: decibels(input, full!),
        encoded: encoded!,
        encodedPsnr: decibels(input, decoded!),
      };
    });
    const point = moved ? z : start.encoded;
    const [drawn] = await engine.decode([point], six);
    const psnr = decibels(start.input.bytes, drawn!);
    return { strips: [], ...start, point, drawn: live(drawn!), psnr };
  },

  // Number by number, so that a slider that moves again waits for one strip only.
  async afterwards(result, engine, task) {
    const strips = [];
    for (let k = 0; k < COUNT; k++) {
      strips.push((await engine.decode(traversal(result.point, k), six)).map(live));
      task.show({ ...result, strips: [...strips] });
    }
    return { ...result, strips };
  },

  numbers: ({ result: { psnr, fullPsnr } }) => ({
    psnr: writeDecibels(psnr),
    psnrFull: writeDecibels(fullPsnr),
  }),
  files: {
    png: ({ result: { input, full, drawn } }) => [[input, full, drawn]],
    csv: ({ result, data }) => rowsOf(data.latents, onSliders(result.point)),
  },
  // A row for each strip.
  sheet: { columns: STOPS.length, quality: 90 },
  code: [
    'src/lib/ldm/models/autoencoderKL.ts#AutoencoderKL.encode',
    'src/lib/ldm/models/autoencoderKL.ts#AutoencoderKL.decode',
    'src/components/figures/4.7-six-numbers/figure.ts#traversal',
    'src/components/figures/4.7-six-numbers/figure.ts#randomPoint',
  ],
});
