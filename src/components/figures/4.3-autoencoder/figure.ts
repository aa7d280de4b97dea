// Figure 4.3: any face goes in, 256 numbers remain, a face comes out; and where it is not the same.
import * as v from 'valibot';
import { sampleFace } from '../../../datasets/faceSplits.ts';
import type { Face } from '../../../datasets/faceAttributes.ts';
import { choice, whole } from '../../../state/figureAddress.ts';
import { faceIds, USER_PICTURE } from '../../../userContent/pictures/ids.ts';
import { defineFigure } from '../../kit/frame/defineFigure.ts';
import { autoencode, through } from '../../kit/latents/autoencode.ts';
import { latentRows, writeDecibels } from '../../kit/latents/firstStage.ts';

/** Stands in the address for a face that is drawn from the seed. */
export const NEW = 'new';
export const MAX_SEED = 9999;
/** Differences of this size and beyond, of 255, get the darkest blue. */
export const RANGE = 64;

/** The facts of new face `seed`: like the test faces, one that no model was trained on. */
export const newFace = (seed: number): Face => sampleFace('test', seed, 'noisebook figure 4.3');

export default defineFigure({
  number: '4.3',
  title: ({ model }) => `A face goes in, ${model.numbers} numbers remain, a face comes out`,
  page: 'compression',
  weights: 'faces-64',
  model: 'chosen',
  fields: {
    picture: choice<string>([...faceIds, USER_PICTURE, NEW], 'face-3'),
    seed: whole(0, MAX_SEED, 1),
  },
  result: through,
  data: v.object({
    /** Mean PSNR of the notebook's model over test faces, in dB, and how many they are. */
    test: v.object({ psnr: v.number(), count: v.number() }),
  }),

  async compute({ picture, seed }, engine) {
    const face = picture === NEW ? engine.face(newFace(seed)) : engine.picture(picture);
    return autoencode(engine, await face, RANGE);
  },

  numbers: ({ result }) => ({ psnr: writeDecibels(result.psnr) }),
  files: {
    png: ({ result }) => [[result.input, result.output, result.difference]],
    csv: ({ result, model }) => latentRows(result.latents, model),
  },
  code: [
    'src/lib/ldm/models/autoencoderKL.ts#AutoencoderKL.encode',
    'src/lib/ldm/models/autoencoderKL.ts#AutoencoderKL.decode',
    'src/lib/ldm/metrics/psnr.ts#psnr',
    'src/lib/ldm/metrics/pictureDifference.ts#differenceMap',
  ],
});
