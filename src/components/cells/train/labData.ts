// The pictures of a run: drawn, fetched or the reader's own, when a run is made.
import type { Recipe } from '../../../lib/ldm/training/recipe.ts';
import type { LabDataset } from '../../../protocol/lab.ts';

export interface MakeOptions {
  readonly signal: AbortSignal;
  /** 0 to 1. */
  readonly onProgress: (share: number) => void;
}

/** The pictures that the recipe asks for. */
export async function makeDataset(recipe: Recipe, options: MakeOptions): Promise<LabDataset> {
  const watched = {
    signal: options.signal,
    onProgress: ({ done, of }: { readonly done: number; readonly of: number }) =>
      options.onProgress(done / Math.max(1, of)),
  };
  switch (recipe.data) {
    case 'faces':
      return (await import('../../../client/datasets/faces.ts')).facesDataset(recipe, watched);
    case 'digits':
    case 'own':
      throw new Error('not yet');
  }
}

export function ownPictures(): readonly unknown[] {
  return [];
}
