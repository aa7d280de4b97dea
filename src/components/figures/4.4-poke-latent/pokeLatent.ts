// Figure 4.4's bookkeeping: which latent numbers were changed by how much, and which pixels that reaches.
import { placeOf, type LatentGrid } from '../../kit/pictures/latentGrid.ts';
import { columnsOf, shipped, type StageModel } from '../../kit/latents/firstStage.ts';

/** Changes by cell, in standard deviations of the cell's channel. */
export type Pokes = ReadonlyMap<number, number>;

/** Largest change, in standard deviations. */
export const MOST = 4;
/** Most numbers that may be changed at a time: an address has an end. */
export const MAX_POKES = 64;
export const MAX_TEXT = 10 * MAX_POKES;
/** How a model's latents lie on the page. */
export const latentGridOf = (model: StageModel): LatentGrid => ({
  side: model.side,
  channels: model.channels,
  columns: columnsOf(model),
});

/** "109.30_12.-5": cell 109 by 3 standard deviations, cell 12 by minus a half. What can't be read is left out. */
export function readPokes(
  text: string,
  { numbers }: Pick<StageModel, 'numbers'> = shipped,
): Map<number, number> {
  const pokes = new Map<number, number>();
  for (const part of text.split('_').slice(0, MAX_POKES)) {
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
  stds: readonly number[],
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
