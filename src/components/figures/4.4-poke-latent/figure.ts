// Figure 4.4: change one latent number and see the face change: what it says, and how far it reaches.
import { grouped } from '../../../writing/numbers.ts';
import * as v from 'valibot';
import { channelMoments, differenceMap } from '@noisebook/ldm/numbers';
import { choice, text, whole } from '../../../state/figureAddress.ts';
import { faceIds } from '../../../userContent/pictures/ids.ts';
import { defineFigure, type FigureEngine } from '../../kit/frame/defineFigure.ts';
import { floats, live, picture } from '../../kit/frame/result.ts';
import { columnsOf, latentRows, shipped, type StageModel } from '../../kit/latents/firstStage.ts';
import { placeOf, type LatentGrid } from '../../kit/pictures/latentGrid.ts';
import { magnitudeImage } from '../../kit/pictures/magnitude.ts';

/** Changes by cell, in standard deviations of the cell's channel. */
export type Pokes = ReadonlyMap<number, number>;

/** Largest change, in standard deviations. */
export const MOST = 4;
/** Most numbers that may be changed at a time: an address has an end. */
export const MAX_POKES = 64;
export const MAX_TEXT = 10 * MAX_POKES;
/** More than any model's that a page can use: the last number stands in for those that a model has not. */
const MAX_NUMBERS = 10_000;
/** Row 4, column 4 of channel 2 (from 1): beside an eye. */
const CELL = (3 * 8 + 3) * 4 + 1;
/** A pixel counts as changed when one of its colours moves by more than this, of 255. */
export const THRESHOLD = 8;
/** Differences of this size and beyond, of 255, get the darkest blue. */
export const RANGE = 64;
/** Faces that the spread of a model of the reader's own is measured on. */
const SPREAD_FACES = 16;

/** How a model's latents lie on the page. */
export const latentGridOf = (model: StageModel): LatentGrid => ({
  side: model.side,
  channels: model.channels,
  columns: columnsOf(model),
});

/** "109.30_12.-5": cell 109 by 3 standard deviations, cell 12 by minus a half. What can't be read is left out. */
export function readPokes(
  written: string,
  { numbers }: Pick<StageModel, 'numbers'> = shipped,
): Map<number, number> {
  const pokes = new Map<number, number>();
  for (const part of written.split('_').slice(0, MAX_POKES)) {
    const [, cell, tenths] = /^(\d{1,5})\.(-?\d{1,2})$/.exec(part) ?? [];
    const [at, change] = [Number(cell), Number(tenths) / 10];
    if (at < numbers && change !== 0 && Math.abs(change) <= MOST) pokes.set(at, change);
  }
  return pokes;
}

export const writePokes = (pokes: Pokes): string =>
  [...pokes].map(([cell, change]) => `${cell}.${Math.round(change * 10)}`).join('_');

/** The same with one cell set to `change`; 0 takes it out. */
export function withPoke(pokes: Pokes, cell: number, change: number): Map<number, number> {
  const next = new Map(pokes);
  if (change === 0) next.delete(cell);
  else if (next.has(cell) || next.size < MAX_POKES) next.set(cell, change);
  return next;
}

/**
 * Latents with the changes put in.
 * @param stds standard deviation of each channel over the data
 */
export function poked(
  latents: ArrayLike<number>,
  pokes: Pokes,
  stds: ArrayLike<number>,
): Float32Array<ArrayBuffer> {
  const changed = Float32Array.from(latents);
  for (const [cell, change] of pokes) changed[cell]! += change * (stds[cell % stds.length] ?? 1);
  return changed;
}

export interface Footprint {
  /** Pixels that moved by more than the threshold. */
  readonly changed: number;
  /** Those of them that lie in the changed cells' own squares, and how many pixels these squares have. */
  readonly inside: number;
  readonly own: number;
}

/**
 * Where the pixels that changed lie.
 * @param map how much each pixel changed, 64 x 64 of them with the shipped model
 */
export function footprint(
  map: ArrayLike<number>,
  pokes: Pokes,
  threshold: number,
  model: StageModel = shipped,
): Footprint {
  const { size, side } = model;
  /** Pixels along each side of a cell's own square. */
  const patch = size / side;
  const squares = new Set(
    [...pokes.keys()].map((cell) => {
      const { row, column } = placeOf(cell, latentGridOf(model));
      return row * side + column;
    }),
  );
  let [changed, inside] = [0, 0];
  for (let p = 0; p < map.length; p++) {
    if (map[p]! <= threshold) continue;
    changed++;
    const row = Math.floor(p / size / patch);
    const column = Math.floor((p % size) / patch);
    if (squares.has(row * side + column)) inside++;
  }
  return { changed, inside, own: squares.size * patch ** 2 };
}

/** Standard deviation of each channel of some pictures' latents. */
export async function spread(
  engine: FigureEngine,
  pictures: Parameters<FigureEngine['encode']>[0],
): Promise<number[]> {
  const latents = await engine.encode(pictures);
  const all = Float32Array.from(latents.flatMap((each) => [...each]));
  return channelMoments(all, engine.model.channels).map(({ std }) => std);
}

export default defineFigure({
  number: '4.4',
  title: ({ model }) => `Change one number of ${model.numbers}, and a patch of the face changes its mind`,
  page: 'compression',
  weights: 'faces-64',
  model: 'chosen',
  fields: {
    face: choice<string>(faceIds, 'face-3'),
    number: whole(0, MAX_NUMBERS - 1, CELL),
    change: text(MAX_TEXT, writePokes(new Map([[CELL, 3]]))),
  },
  // Choosing another number computes nothing.
  inputs: ['face', 'change'],
  result: v.object({
    /** Of the face as it is. */
    latents: floats(),
    /** Standard deviation of each channel over faces. */
    stds: floats(),
    before: picture(),
    after: picture(),
    /** How much each pixel changed, in colours. */
    map: picture(),
    reached: v.object({ changed: v.number(), inside: v.number(), own: v.number() }),
  }),
  study: v.object({
    stds: v.array(v.number()),
    /** How many pixels a number reaches that is changed by `change`: all numbers of some faces. */
    faces: v.number(),
    change: v.number(),
    median: v.number(),
    highest: v.number(),
  }),

  async compute({ face, change }, engine, task) {
    const { model } = engine;
    const stds = model.isUserModel
      ? await task.memo('spread', async () =>
          spread(
            engine,
            await Promise.all(faceIds.slice(0, SPREAD_FACES).map(async (id) => engine.picture(id))),
          ),
        )
      : task.study.stds;
    const [latents, before] = await task.memo(`whole ${face}`, async () => {
      const whole = await engine.encode([await engine.picture(face)]);
      return [whole[0]!, (await engine.decode(whole))[0]!] as const;
    });
    const pokes = readPokes(change, model);
    const [after] = await engine.decode([poked(latents, pokes, stds)]);
    const map = differenceMap(before, after!);
    return {
      latents,
      stds,
      before: live(before),
      after: live(after!),
      map: live(magnitudeImage(map, RANGE)),
      reached: footprint(map, pokes, THRESHOLD, model),
    };
  },

  numbers: ({ result }) => ({ changed: grouped(result.reached.changed) }),
  files: {
    png: ({ result }) => [[result.before, result.after, result.map]],
    csv: ({ result, values, model }) =>
      latentRows(poked(result.latents, readPokes(values.change, model), result.stds), model),
  },
  code: [
    'src/components/figures/4.4-poke-latent/figure.ts#poked: changed[cell]! +=',
    'src/lib/ldm/models/autoencoderKL.ts#AutoencoderKL.decode',
    'src/lib/ldm/metrics/pictureDifference.ts#differenceMap',
    'src/components/figures/4.4-poke-latent/figure.ts#footprint',
  ],
});
