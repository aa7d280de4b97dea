// What figure 4.2 computes: six pictures with one error, and what three measures say of each.
import { rmse, strengthFor, type Distortion } from './equalError.ts';
import { luma, rankCorrelation, reconstructionLoss, ssim } from '@noisebook/ldm/numbers';
import { KINDS, type Kind, type LayeredFace } from './distortions.ts';

/** A face that the reader can choose; made by tools/record/4-2.ts. */
export interface FaceChoice {
  /** Its number in the test split, as text. */
  readonly id: string;
  /** What it looks like. */
  readonly description: string;
  /** The largest error that all six distortions reach, in bytes; a multiple of STEP. */
  readonly most: number;
  /** The distortion that reaches no further. */
  readonly limit: Kind;
  /** A strength of each distortion that gives at least that error. */
  readonly enough: Readonly<Record<Kind, number>>;
}

export interface Measured {
  readonly kind: Kind;
  /** Root of the mean squared error, 0 to 255. */
  readonly error: number;
  readonly ssim: number;
  /** What the first stage's training would have made of it. */
  readonly loss: number;
}

/** What public/recorded/4-2/recorded.json says. */
export interface RecordedSameError {
  /** No model was used. */
  readonly manifests: Readonly<Record<string, never>>;
  /** Pixels a side. */
  readonly size: number;
  readonly face: string;
  readonly error: number;
  readonly faces: readonly FaceChoice[];
  readonly measured: readonly Measured[];
  /** `faces`: a column a face; whole, below its left eye, that eye, over it. `tiles`: the original and the six. */
  readonly files: { readonly faces: string; readonly tiles: string };
}

/** The slider of the error, in bytes. */
export const ERROR = { min: 2, max: 20, step: 0.5, start: 12 } as const;
/** Share of the wanted error that a picture's own may be off. */
export const TOLERANCE = 1e-3;

/** The error that is looked for: what the reader wants, as far as all six distortions of this face reach it. */
export const wantedError = (asked: number, { most }: Pick<FaceChoice, 'most'>): number =>
  Math.min(asked, most);

/**
 * One distortion at the wanted error, its bytes and what is measured on them.
 * @param distortion that of `kind`, from `distortionsOf(face)`
 */
export function solve(
  face: LayeredFace,
  kind: Kind,
  distortion: Distortion,
  wanted: number,
  enough: number,
): { readonly picture: Uint8ClampedArray; readonly measured: Measured } {
  const { picture } = strengthFor(wanted, face.whole, distortion, enough, TOLERANCE);
  return { picture, measured: measure(kind, face.whole, picture, face.size) };
}

/** What the three measures say, from the bytes that are shown. */
export function measure(
  kind: Kind,
  original: Uint8ClampedArray,
  picture: Uint8ClampedArray,
  size: number,
): Measured {
  return {
    kind,
    error: rmse(original, picture),
    ssim: ssim(luma(original), luma(picture), size, size),
    loss: reconstructionLoss(picture, original, size),
  };
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
