// Figure 4.10's arithmetic: which decoders, which latents, and what stands out of their pictures' spectra. No drawing here.
import { magnitudeImage } from '../../kit/pictures/magnitude.ts';
import { offeredIds, pictureIds } from '../../../userContent/pictures/ids.ts';
import { axisProfile, peakHeight, powerSpectrum, rgbOf, toDecibels } from '@noisebook/ldm/numbers';

/** Pixels a side of every picture here. */
export const SIZE = 64;
/** Pixels a side of what the loupe sees. */
export const LOUPE = 16;
export const PERIODS = [2, 4, 8] as const;
export const pictures: readonly string[] = pictureIds;
/** What the picker shows: faces, for which the decoders were made, and one picture that is none. */
export const offered = offeredIds.filter((id) => id.startsWith('face') || id === 'cat');
/** Where the latents come from. */
export const SOURCES = ['picture', 'flat', 'noise'] as const;
export type Source = (typeof SOURCES)[number];

/** Whose profiles the chart shows: the means of test faces, or what is shown. */
export const VIEWS = ['mean', 'shown'] as const;
export type View = (typeof VIEWS)[number];
/** Ways to enlarge, for the drawing of taps. */
export const WAYS = ['transpose', 'resize'] as const;
export type Way = (typeof WAYS)[number];
export const MAX_KERNEL = 6;
export const MAX_STRIDE = 4;
export const MAX_SEED = 9999;

/** What is compared, left to right: the picture itself, then three decoders of the same latents. */
export const KINDS = ['real', 'full', 'resize', 'transpose'] as const;
export type Kind = (typeof KINDS)[number];

export const KIND_NAMES: Readonly<Record<Kind, string>> = {
  real: 'the picture',
  full: 'faces-64',
  resize: 'resize, then convolve',
  transpose: 'transposed convolution',
};

/** The models behind them; the picture has none. */
export const MODELS = {
  full: 'faces-64',
  resize: 'faces-up-resize',
  transpose: 'faces-up-transpose',
} as const satisfies Partial<Record<Kind, string>>;

/** What the spectrum of one picture says. */
export interface Spectral {
  /** Power at 0 ... 32 waves a picture, in decibels, rows and columns taken together. */
  readonly profile: readonly number[];
  /** Height of each of PERIODS over its neighbours, in decibels. */
  readonly peaks: readonly number[];
  /** [64, 64] decibels, the mean of the picture in the middle. */
  readonly map: Float64Array;
}

/** Puts [0, 0] of a side x side spectrum into the middle. */
export function centred(power: ArrayLike<number>, side: number): Float64Array<ArrayBuffer> {
  const half = side / 2;
  return Float64Array.from({ length: side * side }, (_, i) => {
    const [row, column] = [Math.floor(i / side), i % side];
    return power[((row + half) % side) * side + ((column + half) % side)]!;
  });
}

/** @param rgba [64, 64, 4] bytes */
export function spectralOf(rgba: ArrayLike<number>): Spectral {
  const values = Float64Array.from(rgbOf(rgba), (byte) => byte / 255);
  const power = powerSpectrum(values, SIZE);
  const profile = axisProfile(power, SIZE);
  return {
    profile: [...toDecibels(profile)],
    peaks: PERIODS.map((period) => peakHeight(profile, period)),
    map: toDecibels(centred(power, SIZE)),
  };
}

/** A spread over pictures, in decibels. */
export interface Spread {
  readonly mean: number;
  readonly sd: number;
}

/** What tools/record/4-10.ts stores. */
export interface RecordedCheckerboard {
  readonly picture: string;
  /** Test faces that the means are over. */
  readonly count: number;
  /** Of `picture`: the recorded state. */
  readonly shown: Readonly<
    Record<Kind, { readonly profile: readonly number[]; readonly peaks: readonly number[] }>
  >;
  /** Over `count` test faces: mean profile in decibels, spread of each of PERIODS, PSNR against the picture. */
  readonly mean: Readonly<
    Record<
      Kind,
      { readonly profile: readonly number[]; readonly peaks: readonly Spread[]; readonly psnr?: number }
    >
  >;
  /** Colours of the spectra run from `low` to `high` decibels. */
  readonly range: { readonly low: number; readonly high: number };
}

/** What training/measure_upsampling.py found at one of the steps. */
export interface StepRow {
  readonly step: number;
  readonly psnr: number;
  readonly peaks: Readonly<Record<string, Spread>>;
  readonly flat: Readonly<Record<string, number>>;
}
export interface UpsamplingMetrics {
  readonly count: number;
  readonly steps: Readonly<Record<'resize' | 'conv_transpose', readonly StepRow[]>>;
}

/** "8.0 dB", "−0.9 dB" */
export const writeHeight = (decibels: number): string => `${decibels.toFixed(1).replace('-', '−')} dB`;

/** A spectrum in decibels through the map of magnitudes. @returns RGBA [64, 64, 4] */
export const spectrumImage = (
  map: ArrayLike<number>,
  { low, high }: { readonly low: number; readonly high: number },
): Uint8ClampedArray<ArrayBuffer> =>
  magnitudeImage(
    Float64Array.from(map, (value) => value - low),
    high - low,
  );
