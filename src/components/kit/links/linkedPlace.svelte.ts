// One place that several pictures of the same thing outline together: a square of latents, and the pixels it stands for.
//
// Whoever shows the pictures makes one `LinkedPlace` and hands it to each: to `Linked` around a picture, to
// `LatentChannels`. Pointing at one of them, or arrow keys on the latents, outlines the same place in all.

/** A square of a grid, counted from 0. */
export interface GridPlace {
  readonly row: number;
  readonly column: number;
}

export class LinkedPlace {
  /** Undefined while nothing is pointed at. */
  place: GridPlace | undefined = $state.raw();
}

/**
 * The square at a place of a picture that `side` x `side` squares cover.
 * @param x @param y from the left and the upper edge, 0 to 1; a place beyond belongs to the square at the edge
 */
export function gridPlace(x: number, y: number, side: number): GridPlace {
  const index = (part: number): number => Math.max(0, Math.min(side - 1, Math.floor(part * side)));
  return { row: index(y), column: index(x) };
}

export const samePlace = (a: GridPlace | undefined, b: GridPlace | undefined): boolean =>
  a?.row === b?.row && a?.column === b?.column;
