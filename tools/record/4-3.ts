// Records figure 4.3: one test face through the autoencoder.
import { decibels, drawDifference, losslessSprite, rounded, testFace } from '../lib/latentRecording.ts';
import { decodeAll, encodeAll } from '../lib/latentRecording.ts';
import type { RecordContext } from './context.ts';

/** The face that the page shows first; the same one is poked in figure 4.4. */
const FACE = 3;
/** Differences of this size and beyond get the darkest blue. */
const RANGE = 64;

export async function record({ pipeline, manifestSha256, write }: RecordContext): Promise<void> {
  const input = testFace(FACE);
  const [latents] = await encodeAll(pipeline, [input]);
  const [output] = await decodeAll(pipeline, [latents!]);
  const pictures = [input, output!, drawDifference(input, output!, RANGE)];
  write('4-3', 'pictures.webp', await losslessSprite(pictures, pictures.length));
  write('4-3', 'recorded.json', {
    manifestSha256,
    picture: `face-${FACE}`,
    range: RANGE,
    psnr: Number(decibels(input, output!).toFixed(3)),
    latents: rounded(latents!, 3),
  });
}
