// A sweep: pictures for every value of one setting, or of two; the words for each of its cells.
import type { Picture } from '../frame/result.ts';
import type { GridPlace, GridSize } from '../gestures/grid.ts';

/** A setting, and the values that it goes through, as they are written. */
export interface SweepAxis {
  readonly name: string;
  readonly values: readonly string[];
}

export interface SweepCell {
  /** Undefined while it is still to be computed. */
  readonly picture: Picture | undefined;
  /** What was measured of it, with its unit: "31.2 dB". */
  readonly number?: string | undefined;
}

export interface SweepData {
  /** The setting that changes from left to right. */
  readonly columns: SweepAxis;
  /** The one that changes from row to row, where there are two. */
  readonly rows?: SweepAxis | undefined;
  /** Row after row. */
  readonly cells: readonly SweepCell[];
}

export const sizeOf = ({ columns, rows }: SweepData): GridSize => ({
  rows: rows?.values.length ?? 1,
  columns: columns.values.length,
});

export const placeOfCell = (cell: number, { columns }: GridSize): GridPlace => ({
  row: Math.floor(cell / columns),
  column: cell % columns,
});

/** "guidance 3, steps 12": the values that a cell was made with. */
export function settingsOf(sweep: SweepData, cell: number): string {
  const { row, column } = placeOfCell(cell, sizeOf(sweep));
  const { columns, rows } = sweep;
  const across = `${columns.name} ${columns.values[column] ?? ''}`;
  return rows === undefined ? across : `${across}, ${rows.name} ${rows.values[row] ?? ''}`;
}

/** The same with what was measured, or that it is still to come. */
export function sayCell(sweep: SweepData, cell: number): string {
  const { picture, number } = sweep.cells[cell] ?? { picture: undefined };
  const rest = picture === undefined ? ': not there yet' : number === undefined ? '' : `: ${number}`;
  return settingsOf(sweep, cell) + rest;
}
