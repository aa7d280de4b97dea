// The faces that figure 4.3 takes: test faces, new ones drawn from a seed, the reader's own picture.
import { faceIds, OWN } from '../../../userContent/pictures/ids.ts';
import { sampleFace } from '../../../datasets/faceSplits.ts';
import type { Face } from '../../../datasets/faceAttributes.ts';
import { SIZE, type Rgba } from '../../kit/latents/firstStage.ts';

/** Stands in the address for a face that is drawn from the seed. */
export const NEW = 'new';
export const MAX_SEED = 9999;
export const facePictures = [...faceIds, OWN] as const;

/** The facts of new face `seed`: like the test faces, one that no model was trained on. */
export const newFace = (seed: number): Face => sampleFace('test', seed, 'noisebook figure 4.3');

/** New face `seed` as a picture of `size` x `size` pixels, drawn in this browser. */
export async function drawnFace(seed: number, size = SIZE): Promise<Rgba> {
  const { renderFaceInBrowser } = await import('../../../userContent/pictures/renderFace.ts');
  return renderFaceInBrowser(newFace(seed), size);
}
