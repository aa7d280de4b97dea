// The pictures of a run: drawn, fetched or the reader's own, when a run is made.
import { userPictures } from '../../../userContent/datasets/userDataset.svelte.ts';
import { dataKindOf, type DataKind } from '../../../datasets/dataKinds.ts';
import { MAX_DIGITS } from '../../../datasets/digits.ts';
import type { Recipe } from '@noisebook/ldm/numbers';
import type { LabDataset } from '../../../engine/protocol/lab.ts';
import { loadPart } from '../../../loading/loadPart.ts';
import type { Changes } from './recipeField.ts';

export interface MakeOptions {
  readonly signal: AbortSignal;
  /** 0 to 1. */
  readonly onProgress: (share: number) => void;
}

/** The pictures that the recipe asks for. */
export async function makeDataset(recipe: Recipe, { signal, onProgress }: MakeOptions): Promise<LabDataset> {
  const make = await loadPart(
    import('../../../userContent/datasets/index.ts').then((datasets) => datasets.makeDataset),
    'the code that makes training pictures',
  );
  return make(recipe, {
    signal,
    onProgress: ({ done, of }) => onProgress(done / Math.max(1, of)),
  });
}

/** Pictures that there are to train on; undefined: as many as one likes. */
export function available(data: DataKind): number | undefined {
  if (data === 'digits') return MAX_DIGITS;
  return data === 'own' ? userPictures().trainCount : undefined;
}

/**
 * The recipe for the pictures that there are: no more than that, and the reader's own are steered by the names of their
 * folders where they have some, unless the reader chose otherwise.
 */
export function fitted(recipe: Recipe, chosen: Changes): Recipe {
  const most = available(dataKindOf(recipe));
  const images = Math.max(1, recipe.data === 'own' ? (most ?? 1) : Math.min(recipe.images, most ?? Infinity));
  const named = recipe.data === 'own' && userPictures().hasWords;
  const conditioning = chosen.conditioning ?? (named ? 'facts' : recipe.conditioning);
  return { ...recipe, images, conditioning };
}

/** How many pictures of their own the reader has given. */
export const userPictureCount = (): number => userPictures().count;
/** Whether the reader's own pictures have words: they lie in two or more folders. */
export const userPicturesHaveWords = (): boolean => userPictures().hasWords;
