// Places of a grid that lies over a picture or is made of pictures: which one a point belongs to, where arrow keys lead.

/** A cell of a grid, counted from 0. */
export interface GridPlace {
  readonly row: number;
  readonly column: number;
}

export interface GridSize {
  readonly rows: number;
  readonly columns: number;
}

export const samePlace = (a: GridPlace | undefined, b: GridPlace | undefined): boolean =>
  a?.row === b?.row && a?.column === b?.column;

const within = (index: number, count: number): number => Math.max(0, Math.min(count - 1, index));

/**
 * The cell at a place of a picture that the grid covers.
 * @param x @param y from the left and the upper edge, 0 to 1; a place beyond belongs to the cell at the edge
 */
export const gridPlace = (x: number, y: number, { rows, columns }: GridSize): GridPlace => ({
  row: within(Math.floor(y * rows), rows),
  column: within(Math.floor(x * columns), columns),
});

/** The same for a pointer over the element that the grid covers. */
export function pointedPlace(
  { clientX, clientY }: Pick<MouseEvent, 'clientX' | 'clientY'>,
  element: Element,
  size: GridSize,
): GridPlace {
  const { left, top, width, height } = element.getBoundingClientRect();
  return gridPlace((clientX - left) / width, (clientY - top) / height, size);
}

/** The cell that an arrow key (or Home, End: the ends of the row) leads to; undefined for any other key. */
export function placeAfterKey(
  { row, column }: GridPlace,
  key: string,
  { rows, columns }: GridSize,
): GridPlace | undefined {
  const to = (r: number, c: number): GridPlace => ({ row: within(r, rows), column: within(c, columns) });
  switch (key) {
    case 'ArrowLeft':
      return to(row, column - 1);
    case 'ArrowRight':
      return to(row, column + 1);
    case 'ArrowUp':
      return to(row - 1, column);
    case 'ArrowDown':
      return to(row + 1, column);
    case 'Home':
      return to(row, 0);
    case 'End':
      return to(row, columns - 1);
    default:
      return undefined;
  }
}

/** "row 3, column 5": counted from 1, as people do. */
export const describeGridPlace = ({ row, column }: GridPlace): string =>
  `row ${row + 1}, column ${column + 1}`;
