// What the recorded run of figure 8.1 shows, as numbers: the chapter and its lesson say nothing of it that is not computed here.
import sharp from 'sharp';
import type { RecordedMoment, RecordedRun, Sheet } from './recordedRun.ts';
import { readRecording } from '../../../siteData/recordings.ts';

/** @throws when a sentence is about a moment that the recording does not have */
export function momentAt<T extends { readonly step: number }>(moments: readonly T[], step: number): T {
  const found = moments.find((moment) => moment.step === step);
  if (found !== undefined) return found;
  const steps = moments.map((moment) => moment.step).join(', ');
  throw new RangeError(
    `Expected a recorded moment after step ${step}, got ${steps}: look at it and rewrite chapter 8.`,
  );
}

export const readTraining = (): RecordedRun => readRecording('8-1') as RecordedRun;

const phaseOne = ({ moments }: RecordedRun): readonly RecordedMoment[] =>
  moments.filter(({ phase }) => phase === 'autoencoder');

/** Red, green and blue as brightness and two differences of colour (JPEG's), all in levels of 255. */
const CHANNELS = [
  [0.299, 0.587, 0.114],
  [-0.1687, -0.3313, 0.5],
  [0.5, -0.4187, -0.0813],
] as const;

/** Every picture of a sheet as bytes [size, size, 3], row by row of the sheet. */
async function picturesOf({ file, columns, rows, size }: Sheet): Promise<Uint8Array[][]> {
  const path = `${process.cwd()}/public/recorded/8-1/${file}`;
  const cut = async (column: number, row: number): Promise<Uint8Array> =>
    sharp(path)
      .extract({ left: column * size, top: row * size, width: size, height: size })
      .removeAlpha()
      .raw()
      .toBuffer();
  return Promise.all(
    Array.from({ length: rows }, (_, row) =>
      Promise.all(Array.from({ length: columns }, (__, column) => cut(column, row))),
    ),
  );
}

/** One of CHANNELS, of all pixels of some pictures. */
function channelOf(pictures: readonly Uint8Array[], [r, g, b]: readonly [number, number, number]): number[] {
  return pictures.flatMap((picture) =>
    Array.from(
      { length: picture.length / 3 },
      (_, i) => r * picture[3 * i]! + g * picture[3 * i + 1]! + b * picture[3 * i + 2]!,
    ),
  );
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const squares = (values: readonly number[]): number => values.reduce((a, b) => a + b * b, 0);

/** 1 minus squared error over squared distance from each channel's mean: 1 is right, 0 no better than one colour. */
function shareRight(
  found: readonly Uint8Array[],
  wanted: readonly Uint8Array[],
  channels: readonly (readonly [number, number, number])[],
): number {
  let [error, spread] = [0, 0];
  for (const channel of channels) {
    const [a, b] = [channelOf(found, channel), channelOf(wanted, channel)];
    const middle = mean(b);
    error += squares(b.map((value, i) => value - a[i]!));
    spread += squares(b.map((value) => value - middle));
  }
  return 1 - error / spread;
}

/** Root mean square distance of the pictures' values from their mean picture, in levels of 255. */
function spreadOf(pictures: readonly Uint8Array[]): number {
  const length = pictures[0]?.length ?? 0;
  const variances = Array.from({ length }, (_, i) => {
    const values = pictures.map((picture) => picture[i]!);
    const middle = mean(values);
    return mean(values.map((value) => (value - middle) ** 2));
  });
  return Math.sqrt(mean(variances));
}

export interface Look {
  readonly step: number;
  /** Of the variance over all pixels, the share that the reconstructions have right. */
  readonly brightness: number;
  readonly colour: number;
  /** How far the reconstructions of different faces are apart, in levels of 255. */
  readonly apart: number;
}

/** What the reconstructions have right at each moment of phase one. */
export async function reconstructionLooks(run: RecordedRun): Promise<readonly Look[]> {
  const [[originals = []], rows] = await Promise.all([
    picturesOf(run.sheets.originals).then((sheet) => [sheet[0]]),
    picturesOf(run.sheets.reconstructions),
  ]);
  const [light, ...colours] = CHANNELS;
  return phaseOne(run).map(({ step }, i) => ({
    step,
    brightness: shareRight(rows[i] ?? [], originals, [light]),
    colour: shareRight(rows[i] ?? [], originals, colours),
    apart: spreadOf(rows[i] ?? []),
  }));
}

export type CurvePoint = readonly [step: number, loss: number];

/** The stretch of `points` intervals, begun before step `until`, over which a curve falls by the smallest share. */
export function flattest(
  curve: readonly CurvePoint[],
  points: number,
  until: number,
): readonly [CurvePoint, CurvePoint] {
  const pairs = curve.slice(0, -points).flatMap((from, i) => {
    const to = curve[i + points];
    return to === undefined || to[0] > until ? [] : [[from, to] as const];
  });
  const first = pairs[0];
  if (first === undefined)
    throw new RangeError(`flattest: expected more than ${points} points up to step ${until}.`);
  return pairs.reduce(
    (best, pair) => (pair[1][1] / pair[0][1] > best[1][1] / best[0][1] ? pair : best),
    first,
  );
}

/** The error over t: each of the bins is `width` timesteps wide. */
export function errorOverT({ byTimestep }: RecordedRun) {
  const width = 1000 / byTimestep.length;
  const errors = byTimestep.map(({ y }) => y);
  const middle = byTimestep.filter(({ x }) => x > 450 && x < 850).map(({ y }) => y);
  return {
    bins: byTimestep.length,
    width,
    first: errors[0] ?? 0,
    last: errors.at(-1) ?? 0,
    middle: [Math.min(...middle), Math.max(...middle)] as const,
    lowest: Math.min(...errors),
    /** What the first two bins add to the mean of all, as a share of it. */
    firstTwo: ((errors[0] ?? 0) + (errors[1] ?? 0)) / errors.reduce((a, b) => a + b, 0),
  };
}
