// A mask over a picture, one byte a cell, 1 where it is painted: strokes of a brush, and the line around what is painted.
import type { GridPlace, GridSize } from '../gestures/grid.ts';

export type Mask = Uint8Array<ArrayBuffer>;

/** A place of the mask in cells from its upper left corner: (0.5, 0.5) is the middle of the first cell. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

export const emptyMask = ({ rows, columns }: GridSize): Mask => new Uint8Array(rows * columns);

export const middleOf = ({ row, column }: GridPlace): Point => ({ x: column + 0.5, y: row + 0.5 });

export const countPainted = (mask: Mask): number => mask.reduce((sum, cell) => sum + cell, 0);

/**
 * The mask after a straight stroke: every cell that the stroke goes through, and those whose middle the brush covers.
 * @param width of the brush, in cells
 * @param value 1 paints, 0 erases
 * @returns a new mask; places beyond its edges are left out
 */
export function stroked(
  mask: Mask,
  { rows, columns }: GridSize,
  {
    from,
    to,
    width,
    value,
  }: { readonly from: Point; readonly to: Point; readonly width: number; readonly value: 0 | 1 },
): Mask {
  const next = mask.slice();
  const set = (row: number, column: number): void => {
    if (row >= 0 && column >= 0 && row < rows && column < columns) next[row * columns + column] = value;
  };
  const radius = width / 2;
  // Half a cell from one dab to the next: none is left out between them.
  const dabs = Math.ceil(2 * Math.max(Math.abs(to.x - from.x), Math.abs(to.y - from.y)));
  for (let i = 0; i <= dabs; i++) {
    const part = dabs === 0 ? 0 : i / dabs;
    const [x, y] = [from.x + part * (to.x - from.x), from.y + part * (to.y - from.y)];
    set(Math.floor(y), Math.floor(x));
    for (let row = Math.floor(y - radius); row <= y + radius; row++) {
      for (let column = Math.floor(x - radius); column <= x + radius; column++) {
        if (Math.hypot(column + 0.5 - x, row + 0.5 - y) <= radius) set(row, column);
      }
    }
  }
  return next;
}

/** The edges between painted cells and others, and those of the mask itself, as an SVG path in units of cells. */
export function outlineOf(mask: Mask, { rows, columns }: GridSize): string {
  const on = (row: number, column: number): boolean =>
    row >= 0 && column >= 0 && row < rows && column < columns && mask[row * columns + column] === 1;
  let path = '';
  for (let row = 0; row <= rows; row++) {
    for (let column = 0; column <= columns; column++) {
      if (on(row, column) !== on(row - 1, column)) path += `M${column} ${row}h1`;
      if (on(row, column) !== on(row, column - 1)) path += `M${column} ${row}v1`;
    }
  }
  return path;
}

/** The painted cells as an SVG path to be filled: a rectangle for each run in a row. */
export function areaOf(mask: Mask, { rows, columns }: GridSize): string {
  let path = '';
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const start = column;
      while (column < columns && mask[row * columns + column] === 1) column++;
      if (column > start) path += `M${start} ${row}h${column - start}v1h${start - column}z`;
    }
  }
  return path;
}
