// A map of sizes over a picture: its colours, where it is largest, and the words for both.
import { describeGridPlace, type GridPlace, type GridSize } from '../gestures/grid.ts';
import { bitmapUrl } from '../pictures/bitmap.ts';
import { magnitudeColor } from '../pictures/magnitude.ts';

/** Sizes from 0 up, [rows, columns], and the scale they are shown on. */
export interface HeatMapData extends GridSize {
  readonly values: ArrayLike<number>;
  /** Values of this size and beyond get the darkest colour; the same in all maps that are compared. */
  readonly range: number;
}

export const heatAt = ({ values, columns }: HeatMapData, { row, column }: GridPlace): number =>
  values[row * columns + column] ?? 0;

/** The address of the map as a bitmap, a pixel for each cell. */
export const heatUrl = (map: HeatMapData): string =>
  bitmapUrl(map.columns, map.rows, (column, row) => magnitudeColor(heatAt(map, { row, column }), map.range));

/** The cell with the largest value; the first of them. */
export function hottest({ values, rows, columns }: HeatMapData): GridPlace {
  let best = 0;
  for (let i = 1; i < rows * columns; i++) if ((values[i] ?? 0) > (values[best] ?? 0)) best = i;
  return { row: Math.floor(best / columns), column: best % columns };
}

/** "row 3, column 5: 0.34" */
export const sayHeat = (map: HeatMapData, place: GridPlace, write: (value: number) => string): string =>
  `${describeGridPlace(place)}: ${write(heatAt(map, place))}`;
