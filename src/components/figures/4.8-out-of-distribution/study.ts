// Measured for figure 4.8: how test faces and the photographs come back from the autoencoder, and from a thumbnail.
import { photoIds } from '../../../userContent/pictures/ids.ts';
import type { StudyTools } from '../../kit/frame/study.ts';
import { decibels } from '../../kit/latents/firstStage.ts';
import { THUMBNAIL } from './figure.ts';
import { throughThumbnail } from './histogram.ts';

/** Test faces in the histogram. */
const FACES = 200;

export default async function measure({ engine, testFace, quantile }: StudyTools): Promise<unknown> {
  const faces = Array.from({ length: FACES }, (_, i) => testFace(i));
  const photos = await Promise.all(photoIds.map(async (id) => engine.picture(id)));
  const all = [...faces, ...photos];
  const again = await engine.decode(await engine.encode(all));
  const psnrs = all.map((picture, i) => decibels(picture, again[i]!));
  const thumbnailPsnrs = all.map((picture) => decibels(picture, throughThumbnail(picture, THUMBNAIL)));
  const ofPhotos = (values: readonly number[]): Record<string, number> =>
    Object.fromEntries(photoIds.map((id, i) => [id, values[FACES + i]!]));
  return {
    facePsnrs: psnrs.slice(0, FACES),
    facePsnr: quantile(psnrs.slice(0, FACES), 0.5),
    faceThumbnailPsnr: quantile(thumbnailPsnrs.slice(0, FACES), 0.5),
    psnr: ofPhotos(psnrs),
    thumbnailPsnr: ofPhotos(thumbnailPsnrs),
  };
}
