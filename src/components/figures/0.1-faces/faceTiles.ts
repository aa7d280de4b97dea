// Which drawing each tile of figure 0.1 shows, and where in it.
import type { FaceCell } from './faceCell.svelte.ts';
import { tileImage } from './faceParts.ts';
import { reached, type FaceRun } from './faceRun.ts';

export interface Tile {
  /** Whether it is of the drawing before: where the first picture was drawn alone, the others are. */
  readonly old: boolean;
  readonly run: FaceRun | undefined;
  readonly position: number;
  /** Undefined while it is still to be computed. */
  readonly image: ImageData | undefined;
}

/** The tiles at the scrubber's position, `count` of them. */
export function tilesOf(
  cell: Pick<FaceCell, 'partial' | 'before' | 'run' | 'view' | 'position' | 'version'>,
  count: number,
): Tile[] {
  return Array.from({ length: count }, (_, i) => {
    const old = cell.partial && i > 0;
    const run = old ? cell.before : cell.run;
    const position = old && run !== undefined ? reached(run, cell.view) : cell.position;
    return { old, run, position, image: tileImage(run, cell.view, position, i, cell.version) };
  });
}
