// Records figure 4.8: a photograph through an autoencoder that has seen only faces, beside how it does on faces.
import { throughThumbnail } from '../../src/components/figures/4.8-out-of-distribution/outOfDistribution.ts';
import { photoIds } from '../../src/userContent/pictures/ids.ts';
import {
  decibels,
  drawDifference,
  encodeAll,
  losslessSprite,
  quantile,
  rounded,
  testFace,
  throughFirstStage,
} from '../lib/latentRecording.ts';
import { readPicture } from '../lib/pictures.ts';
import type { RecordContext } from './context.ts';

/** Test faces in the histogram. */
const FACES = 200;
const RANGE = 128;
/** A thumbnail of 9 x 9 colours is 243 numbers; 10 x 10 would be more than the latents' 256. */
const THUMBNAIL = 9;

export async function record({ pipeline, manifestSha256, write }: RecordContext): Promise<void> {
  const faces = Array.from({ length: FACES }, (_, i) => testFace(i));
  const again = await throughFirstStage(pipeline, faces);
  const facePsnrs = faces.map((face, i) => decibels(face, again[i]!));
  const thumbnailPsnrs = faces.map((face) => decibels(face, throughThumbnail(face, THUMBNAIL)));

  const inputs = await Promise.all(photoIds.map((id) => readPicture(id, 64)));
  const outputs = await throughFirstStage(pipeline, inputs);
  const thumbnails = inputs.map((picture) => throughThumbnail(picture, THUMBNAIL));
  const [latents] = await encodeAll(pipeline, [inputs[0]!]);
  const pictures = inputs.flatMap((input, i) => [
    input,
    outputs[i]!,
    drawDifference(input, outputs[i]!, RANGE),
    thumbnails[i]!,
  ]);
  write('4-8', 'pictures.webp', await losslessSprite(pictures, 4));
  const each = (values: readonly number[]): Record<string, number> =>
    Object.fromEntries(photoIds.map((name, i) => [name, Number(values[i]!.toFixed(3))]));
  write('4-8', 'recorded.json', {
    manifestSha256,
    range: RANGE,
    thumbnail: THUMBNAIL,
    latents: rounded(latents!, 3),
    psnr: each(inputs.map((picture, i) => decibels(picture, outputs[i]!))),
    thumbnailPsnr: each(inputs.map((picture, i) => decibels(picture, thumbnails[i]!))),
    facePsnrs: rounded(facePsnrs, 2),
    facePsnr: Number(quantile(facePsnrs, 0.5).toFixed(2)),
    faceThumbnailPsnr: Number(quantile(thumbnailPsnrs, 0.5).toFixed(2)),
  });
}
