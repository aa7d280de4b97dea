// The channels of one picture's latents as grids side by side: which number is where, and how arrow keys move.
import { signed } from '../../../writing/numbers.ts';
import { describeGridPlace, placeAfterKey } from '../gestures/grid.ts';

/** How the channels lie. A cell is the place of a number in [side, side, channels]. */
export interface LatentGrid {
  /** Cells along each side of a channel. */
  readonly side: number;
  readonly channels: number;
  /** Channels in a row. */
  readonly columns: number;
}

export interface Place {
  readonly channel: number;
  readonly row: number;
  readonly column: number;
}

/** Channel, row and column of a cell, all from 0. */
export function placeOf(cell: number, { side, channels }: LatentGrid): Place {
  const place = Math.floor(cell / channels);
  return { channel: cell % channels, row: Math.floor(place / side), column: place % side };
}

export function cellOf({ channel, row, column }: Place, { side, channels }: LatentGrid): number {
  return (row * side + column) * channels + channel;
}

/** "channel 2, row 3, column 5": counted from 1, as people do. */
export function describePlace(cell: number, grid: LatentGrid): string {
  const place = placeOf(cell, grid);
  return `channel ${place.channel + 1}, ${describeGridPlace(place)}`;
}

/** The most numbers that are written beside each other. */
const FEW = 4;

/** "row 3, column 5: +0.8 −1.2 +0.3 −0.1": a place with the numbers of all channels, where they are few. */
export function describeSquare(
  latents: ArrayLike<number>,
  { row, column }: Pick<Place, 'row' | 'column'>,
  grid: LatentGrid,
): string {
  const place = describeGridPlace({ row, column });
  if (grid.channels > FEW) return place;
  const numbers = Array.from({ length: grid.channels }, (_, channel) =>
    signed(latents[cellOf({ channel, row, column }, grid)] ?? 0, 1),
  );
  return `${place}: ${numbers.join(' ')}`;
}

/** The cell that an arrow key (or Home, End: ends of the row) leads to; undefined for any other key. */
export function cellAfterKey(cell: number, key: string, grid: LatentGrid): number | undefined {
  const { side, channels, columns } = grid;
  const { channel, row, column } = placeOf(cell, grid);
  // All channels are one large grid.
  const size = { rows: Math.ceil(channels / columns) * side, columns: columns * side };
  const from = {
    row: Math.floor(channel / columns) * side + row,
    column: (channel % columns) * side + column,
  };
  const next = placeAfterKey(from, key, size);
  if (next === undefined) return undefined;
  const { row: y, column: x } = next;
  const to = Math.floor(y / side) * columns + Math.floor(x / side);
  if (to >= channels) return cell;
  return cellOf({ channel: to, row: y % side, column: x % side }, grid);
}
