// Figure 4.2: six harms to a face, all with one and the same error, and what three measures say of each.
import { fixed } from '../../../writing/numbers.ts';
import * as v from 'valibot';
import { luma, rankCorrelation, reconstructionLoss, ssim } from '@noisebook/ldm/numbers';
import { choice, decimal, flag, text } from '../../../state/figureAddress.ts';
import { defineFigure } from '../../kit/frame/defineFigure.ts';
import { live, picture } from '../../kit/frame/result.ts';
import { distortionsOf, KIND_NAMES, KINDS, type Kind, type LayeredFace } from './distortions.ts';
import { rmse, strengthFor, type Distortion } from './equalError.ts';

/** Faces of the test split whose eye has room to move: no glasses, no beard, wide eyes or hearts. */
export const FACES = ['6', '352', '163', '177', '59', '181'] as const;
/** Pixels a side. */
export const SIZE = 128;
/** The slider of the error, in bytes. */
export const ERROR = { min: 2, max: 20, step: 0.5, start: 12 } as const;
/** Share of the wanted error that a picture's own may be off. */
export const TOLERANCE = 1e-3;

const faceChoice = v.object({
  /** What it looks like. */
  description: v.string(),
  /** The largest error that all six distortions reach, in bytes; a multiple of the slider's step. */
  most: v.number(),
  /** The distortion that reaches no further. */
  limit: v.picklist(KINDS),
  /** A strength of each distortion that gives at least that error. */
  enough: v.object(v.entriesFromList(KINDS, v.number())),
  layers: v.object({ whole: picture(), below: picture(), eye: picture(), over: picture() }),
});

const measurement = v.object({
  kind: v.picklist(KINDS),
  /** Root of the mean squared error, 0 to 255. */
  error: v.number(),
  ssim: v.number(),
  /** What the first stage's training would have made of it. */
  loss: v.number(),
});
export type Measured = v.InferOutput<typeof measurement>;

/** The error that is looked for: what the reader wants, as far as all six distortions of this face reach it. */
export const wantedError = (asked: number, { most }: { readonly most: number }): number =>
  Math.min(asked, most);

/**
 * One distortion at the wanted error, its bytes and what is measured on them.
 * @param distortion that of `kind`, from `distortionsOf(face)`
 */
export function solve(
  { whole, size }: LayeredFace,
  kind: Kind,
  distortion: Distortion,
  wanted: number,
  enough: number,
): { readonly picture: Uint8ClampedArray; readonly measured: Measured } {
  const { picture: harmed } = strengthFor(wanted, whole, distortion, enough, TOLERANCE);
  const measured = {
    kind,
    error: rmse(whole, harmed),
    ssim: ssim(luma(whole), luma(harmed), size, size),
    loss: reconstructionLoss(harmed, whole, size),
  };
  return { picture: harmed, measured };
}

/** The reader's order, worst first, as it stands in the address: one digit a distortion. Nonsense is left out. */
export function readOrder(text: string): Kind[] {
  const kinds = (text.match(/\d/g) ?? []).map((digit) => KINDS[Number(digit)]);
  return [...new Set(kinds)].filter((kind) => kind !== undefined);
}
export const writeOrder = (order: readonly Kind[]): string =>
  order.map((kind) => KINDS.indexOf(kind)).join('');

/** The order with `kind` added at its end, or taken out. */
export const toggled = (order: readonly Kind[], kind: Kind): Kind[] =>
  order.includes(kind) ? order.filter((other) => other !== kind) : [...order, kind];

/** How the reader's order agrees with what SSIM and the loss say of the same pictures; undefined below three. */
export function agreementWith(
  order: readonly Kind[],
  measured: readonly Measured[],
): { readonly ssim: number; readonly loss: number } | undefined {
  const placed = measured.filter(({ kind }) => order.includes(kind));
  if (placed.length < 3) return undefined;
  const harm = placed.map(({ kind }) => -order.indexOf(kind));
  const ssimAgrees = rankCorrelation(
    harm,
    placed.map((each) => -each.ssim),
  );
  const lossAgrees = rankCorrelation(
    harm,
    placed.map((each) => each.loss),
  );
  if (ssimAgrees === undefined || lossAgrees === undefined) return undefined;
  return { ssim: ssimAgrees, loss: lossAgrees };
}

export default defineFigure({
  number: '4.2',
  title: 'Six harms, one and the same error: squared differences can’t tell them apart',
  page: 'compression',
  fields: {
    face: choice(FACES, '6'),
    error: decimal(ERROR.min, ERROR.max, ERROR.step, ERROR.start),
    order: text(KINDS.length, ''),
    measures: flag(false),
  },
  inputs: ['face', 'error'],
  result: v.object({
    original: picture(),
    /** In the order of KINDS. */
    pictures: v.array(picture()),
    measured: v.array(measurement),
  }),
  study: v.object({ faces: v.object(v.entriesFromList(FACES, faceChoice)) }),

  async compute({ face, error }, engine, task) {
    const about = task.study.faces[face];
    const { whole, below, eye, over } = about.layers;
    const [all, before, left, after] = await Promise.all(
      [whole, below, eye, over].map(async (layer) => engine.bytes(layer)),
    );
    const layers = { size: SIZE, whole: all!, below: before!, eye: left!, over: after! };
    const distortions = distortionsOf(layers);
    const wanted = wantedError(error, about);
    const solved = [];
    for (const kind of KINDS) {
      solved.push(solve(layers, kind, distortions[kind], wanted, about.enough[kind]));
      // Yield to the page between two of them.
      await new Promise((resume) => setTimeout(resume));
      task.signal.throwIfAborted();
    }
    return {
      original: live(layers.whole),
      pictures: solved.map((each) => live(new Uint8ClampedArray(each.picture))),
      measured: solved.map(({ measured }) => measured),
    };
  },

  numbers: ({ result: { measured } }) => ({
    error: fixed(measured[0]!.error, 1),
    ...Object.fromEntries(measured.map(({ kind, ssim: alike }) => [`ssim.${kind}`, fixed(alike, 3)])),
    ...Object.fromEntries(measured.map(({ kind, loss }) => [`loss.${kind}`, fixed(loss, 3)])),
  }),
  files: {
    png: ({ result }) => [[result.original, ...result.pictures]],
    csv: ({ result, values }) => [
      ['distortion', 'RMSE', 'SSIM', 'loss', 'your place'],
      ...result.measured.map(({ kind, error, ssim: alike, loss }) => [
        KIND_NAMES[kind],
        error,
        alike,
        loss,
        readOrder(values.order).indexOf(kind) + 1 || '',
      ]),
    ],
  },
  code: [
    'src/components/figures/4.2-same-error/equalError.ts#rmse',
    'src/components/figures/4.2-same-error/equalError.ts#strengthFor',
    'src/lib/ldm/metrics/ssim.ts#ssimMap',
    'src/lib/ldm/metrics/firstStageLoss.ts#reconstructionLoss',
  ],
});
