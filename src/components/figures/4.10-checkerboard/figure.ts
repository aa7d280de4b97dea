// Figure 4.10: two decoders that differ only in how they double a picture's side, and the pattern that one of them leaves.
import { decibels, rounded } from '../../../writing/numbers.ts';
import * as v from 'valibot';
import { axisProfile, peakHeight, powerSpectrum, rgbOf, Rng, toDecibels } from '@noisebook/ldm/numbers';
import { choice, whole } from '../../../state/figureAddress.ts';
import { pictureIds } from '../../../userContent/pictures/ids.ts';
import { chartRows, type ChartSeries, type ChartSpec } from '../../kit/charts/chart.ts';
import { defineFigure } from '../../kit/frame/defineFigure.ts';
import { live, picture } from '../../kit/frame/result.ts';
import { NUM_LATENTS, shipped, SIZE, type Rgba, type StageModel } from '../../kit/latents/firstStage.ts';
import { magnitudeImage } from '../../kit/pictures/magnitude.ts';

export { SIZE };
/** Pixels a side of what the loupe sees. */
export const LOUPE = 16;
export const PERIODS = [2, 4, 8] as const;
/** Ends of the colours of spectra, in decibels. */
const RANGE = { low: -70, high: 0 };
/** Where the latents come from. */
const SOURCES = ['picture', 'flat', 'noise'] as const;
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
export const decoders: Readonly<Record<Exclude<Kind, 'real'>, StageModel>> = {
  full: shipped,
  resize: { ...shipped, name: 'faces-up-resize' },
  transpose: { ...shipped, name: 'faces-up-transpose' },
};

/** A picture and what its spectrum says. */
const seen = v.object({
  picture: picture(),
  spectrum: picture(),
  /** Power at 0 ... 32 waves a picture, in decibels, rows and columns taken together. */
  profile: v.array(v.number()),
  /** Height of each of PERIODS over its neighbours, in decibels. */
  peaks: v.array(v.number()),
});
export type Seen = v.InferOutput<typeof seen>;
const spread = v.object({ mean: v.number(), sd: v.number() });
/** Over test faces: mean profile, spread of each of PERIODS, PSNR against the picture. */
const summary = v.object({
  profile: v.array(v.number()),
  peaks: v.array(spread),
  psnr: v.optional(v.number()),
});
const steps = v.array(v.object({ step: v.number(), peaks: v.record(v.string(), spread) }));

/** Puts [0, 0] of a side x side spectrum into the middle. */
export function centred(power: ArrayLike<number>, side: number): Float64Array<ArrayBuffer> {
  const half = side / 2;
  return Float64Array.from({ length: side * side }, (_, i) => {
    const [row, column] = [Math.floor(i / side), i % side];
    return power[((row + half) % side) * side + ((column + half) % side)]!;
  });
}

/** @param rgba [64, 64, 4] bytes */
export function profileOf(rgba: ArrayLike<number>) {
  const values = Float64Array.from(rgbOf(rgba), (byte) => byte / 255);
  const power = powerSpectrum(values, SIZE);
  return { power, profile: axisProfile(power, SIZE) };
}

/** The profile and the peaks of a picture in decibels, and its spectrum, [64, 64], the mean colour in the middle. */
export function spectralOf(rgba: ArrayLike<number>) {
  const { power, profile } = profileOf(rgba);
  return {
    profile: [...toDecibels(profile)],
    peaks: PERIODS.map((period) => peakHeight(profile, period)),
    map: toDecibels(centred(power, SIZE)),
  };
}

/** A spectrum in decibels through the map of magnitudes. @returns RGBA [64, 64, 4] */
export const spectrumImage = (map: ArrayLike<number>): Rgba =>
  magnitudeImage(
    Float64Array.from(map, (value) => value - RANGE.low),
    RANGE.high - RANGE.low,
  );

function see(bytes: Rgba): Seen {
  const { map, ...numbers } = spectralOf(bytes);
  return { picture: live(bytes), spectrum: live(spectrumImage(map)), ...numbers };
}

/** "8.0 dB", "−0.9 dB" */
export const writeHeight = (height: number): string => decibels(height);

/** The loupe's upper left corner, in pixels. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** Moved, on whole even pixels, within the picture. */
export function moveLoupe({ x, y }: Place, dx: number, dy: number): Place {
  const within = (value: number) => Math.max(0, Math.min(SIZE - LOUPE, 2 * Math.round(value / 2)));
  return { x: within(x + dx), y: within(y + dy) };
}

/**
 * Centres of the marks on a spectrum with its mean in the middle, in pixels of its 64 x 64: period 2 is 32 waves
 * away from the middle, at the edges; period 4 is halfway.
 */
export function marksOf(): { x: number; y: number; period: 2 | 4 }[] {
  const middle = SIZE / 2 + 0.5;
  return ([2, 4] as const).flatMap((period) => {
    const away = SIZE / period;
    const places = period === 2 ? [-away] : [-away, away];
    return places.flatMap((at) => [
      { x: middle + at, y: middle, period },
      { x: middle, y: middle + at, period },
    ]);
  });
}

const styles: Readonly<Record<Kind, Pick<ChartSeries, 'color' | 'dashed' | 'strong'>>> = {
  real: { color: 'muted' },
  full: { color: 'muted', dashed: true },
  resize: { color: 'ink' },
  transpose: { color: 'pixel', strong: true },
};

/** Below this many waves all lines are one: the face itself. */
const FIRST = 4;

/** Of what is compared; a kind that is missing has no line. */
type Profiles = Readonly<Partial<Record<Kind, { readonly profile: readonly number[] } | undefined>>>;

export function profileSpec(profiles: Profiles): ChartSpec {
  const kinds = KINDS.filter((kind) => profiles[kind] !== undefined);
  const ends = kinds.flatMap((kind) => profiles[kind]!.profile.slice(FIRST));
  return {
    x: { label: 'waves a picture', domain: [FIRST, SIZE / 2] },
    y: {
      label: 'power',
      unit: 'dB',
      domain: [5 * Math.floor(Math.min(...ends) / 5), 5 * Math.ceil(Math.max(...ends) / 5)],
    },
    series: kinds.map((kind) => ({
      name: KIND_NAMES[kind],
      kind: 'line',
      ...styles[kind],
      points: profiles[kind]!.profile.slice(FIRST).map((y, i) => ({ x: FIRST + i, y: rounded(y, 2) })),
    })),
    rules: [8, 4, 2].map((period) => ({ x: SIZE / period, label: `${period} px` })),
  };
}

/** Mean profiles, or those of what is shown; of the kinds that are shown: flat latents have no picture of their own. */
export const profilesOf = (shown: Profiles, mean: Profiles, view: 'mean' | 'shown'): Profiles =>
  view === 'shown' ? shown : { ...mean, real: shown.real && mean.real };

export default defineFigure({
  number: '4.10',
  title: 'Two decoders, same latents: one way to enlarge leaves a checkerboard',
  page: 'compression',
  weights: 'faces-up-transpose',
  model: 'because it compares two decoders that were trained for it',
  fields: {
    picture: choice<string>(pictureIds, 'face-53'),
    latents: choice(SOURCES, 'picture'),
    seed: whole(0, MAX_SEED, 1),
    /** Whose profiles the chart shows: the means of test faces, or what is shown. */
    view: choice(['mean', 'shown'], 'mean'),
    /** Of the drawing that counts who reaches whom. */
    way: choice(['transpose', 'resize'], 'transpose'),
    kernel: whole(1, MAX_KERNEL, 3),
    stride: whole(1, MAX_STRIDE, 2),
  },
  inputs: ['picture', 'latents', 'seed'],
  keepsRecorded: true,
  follows: false,
  /** The picture is missing where the latents come from nowhere. */
  result: v.object({ real: v.optional(seen), full: seen, resize: seen, transpose: seen }),
  study: v.object({
    /** Test faces. */
    count: v.number(),
    mean: v.object({ real: summary, full: summary, resize: summary, transpose: summary }),
  }),
  data: v.object({ count: v.number(), steps: v.object({ resize: steps, conv_transpose: steps }) }),

  async compute({ picture: id, latents: source, seed }, engine) {
    const real = source === 'picture' ? await engine.picture(id) : undefined;
    const rng = new Rng(seed);
    const [latents] = real
      ? await engine.encode([real])
      : [Float32Array.from({ length: NUM_LATENTS }, () => (source === 'flat' ? 0 : rng.normal()))];
    const through = async (model: StageModel) => see((await engine.decode([latents!], model))[0]!);
    return {
      ...(real && { real: see(real) }),
      full: await through(decoders.full),
      resize: await through(decoders.resize),
      transpose: await through(decoders.transpose),
    };
  },

  numbers: ({ result }) => ({
    transpose: writeHeight(result.transpose.peaks[0]!),
    resize: writeHeight(result.resize.peaks[0]!),
  }),
  files: {
    png: ({ result }) => [KINDS.flatMap((kind) => result[kind]?.picture ?? [])],
    csv: ({ result, study }, { view }) => chartRows(profileSpec(profilesOf(result, study.mean, view))),
  },
  code: [
    'src/lib/ldm/nn/resample.ts#Upsample2d',
    'src/lib/ldm/nn/resample.ts#UpsampleTranspose2d',
    'src/components/figures/4.10-checkerboard/transposedOverlap.ts#transposedTaps',
    'src/lib/ldm/metrics/powerSpectrum.ts#powerSpectrum',
    'src/lib/ldm/metrics/powerSpectrum.ts#peakHeight',
  ],
});
