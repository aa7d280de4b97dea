// Figure 4.8: a cat, or anything else, through an autoencoder that has seen only faces.
import * as v from 'valibot';
import { choice } from '../../../state/figureAddress.ts';
import { faceIds, nameOf, USER_PICTURE, photoIds } from '../../../userContent/pictures/ids.ts';
import { defineFigure } from '../../kit/frame/defineFigure.ts';
import { live, picture } from '../../kit/frame/result.ts';
import { autoencode, through } from '../../kit/latents/autoencode.ts';
import { decibels, writeDecibels } from '../../kit/latents/firstStage.ts';
import { throughThumbnail } from './histogram.ts';

/** Differences of this size and beyond, of 255, get the darkest blue. */
export const RANGE = 128;
/** A thumbnail of 9 x 9 colours is 243 numbers; 10 x 10 would be more than the latents' 256. */
export const THUMBNAIL = 9;

export default defineFigure({
  number: '4.8',
  title: 'An autoencoder that has seen only faces draws a cat with parts of faces',
  page: 'compression',
  weights: 'faces-64',
  model: 'chosen',
  fields: { picture: choice<string>([...photoIds, ...faceIds, USER_PICTURE], 'cat') },
  result: v.object({ ...through.entries, thumbnail: picture(), thumbnailPsnr: v.number() }),
  study: v.object({
    /** PSNR in dB of test faces through the autoencoder, and the medians of both ways. */
    facePsnrs: v.array(v.number()),
    facePsnr: v.number(),
    faceThumbnailPsnr: v.number(),
    /** The same of each photograph. */
    psnr: v.record(v.string(), v.number()),
    thumbnailPsnr: v.record(v.string(), v.number()),
  }),

  async compute({ picture: id }, engine) {
    const input = await engine.picture(id);
    const thumbnail = throughThumbnail(input, THUMBNAIL, engine.model.size);
    return {
      ...(await autoencode(engine, input, RANGE)),
      thumbnail: live(thumbnail),
      thumbnailPsnr: decibels(input, thumbnail),
    };
  },

  numbers: ({ result }) => ({ psnr: writeDecibels(result.psnr) }),
  files: {
    png: ({ result }) => [[result.input, result.output, result.difference, result.thumbnail]],
    csv: ({ result, values, study }) => [
      ['picture', 'PSNR (dB)'],
      [nameOf(values.picture), result.psnr],
      ...study.facePsnrs.map((value, i) => [`test face ${i + 1}`, value]),
    ],
  },
  code: [
    'src/lib/ldm/models/autoencoderKL.ts#AutoencoderKL.encode',
    'src/lib/ldm/models/autoencoderKL.ts#AutoencoderKL.decode',
    'src/lib/ldm/metrics/psnr.ts#psnr',
    'src/userContent/pictures/resize.ts#resizeRgba',
  ],
});
