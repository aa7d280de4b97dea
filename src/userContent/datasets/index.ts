// Pictures to train on: drawn here, fetched, or the reader's own.
import { dataKindOf } from '../../datasets/dataKinds.ts';
import type { Recipe } from '@noisebook/ldm/numbers';
import type { LabDataset } from '../../engine/protocol/lab.ts';
import { digitsDataset } from './digits.ts';
import { facesDataset } from './faces.ts';
import { heldOutOf, userCaptions, takenPictures } from './userDataset.svelte.ts';
import { userDataset } from './makeDataset.ts';
import type { DatasetOptions } from './progress.ts';

export {
  addPictures,
  cancelAdding,
  clearPictures,
  userPictures,
  takenPictures,
  type UserPictures,
} from './userDataset.svelte.ts';
export { chosenSources, droppedSources } from './pictureSources.ts';
export type { DatasetOptions } from './progress.ts';

/**
 * The pictures that a recipe asks for, `images` of them to train on and some that are held out at the end.
 * @throws PictureError with a sentence for the reader; the signal's reason when it is aborted
 */
export function makeDataset(recipe: Recipe, options: DatasetOptions = {}): Promise<LabDataset> {
  switch (dataKindOf(recipe)) {
    case 'faces':
      return facesDataset(recipe, options);
    case 'digits':
      return digitsDataset(recipe, options);
    case 'own': {
      const pictures = takenPictures();
      const spare = Math.max(0, pictures.length - recipe.images);
      const heldOut = Math.min(heldOutOf(pictures.length), spare);
      return userDataset(pictures, userCaptions(), heldOut, recipe, options);
    }
  }
}
