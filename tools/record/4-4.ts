// Records figure 4.4: one latent number changed, and how many pixels such a change reaches.
import { channelMoments, countAbove, differenceMap } from '@noisebook/ldm/numbers';
import { footprint } from '../../src/components/figures/4.4-poke-latent/pokeLatent.ts';
import { decodeAll, encodeAll, testFace } from '../lib/latentRecording.ts';
import { drawDifference, losslessSprite, quantile, rounded } from '../lib/latentRecording.ts';
import type { RecordContext } from './context.ts';

const FACE = 3;
/** Row 4, column 4 of channel 2 (from 1): beside an eye. In standard deviations of its channel. */
const CELL = (3 * 8 + 3) * 4 + 1;
const CHANGE = 3;
/** A pixel counts as changed when one of its colours moves by more than this, of 255. */
const THRESHOLD = 8;
const RANGE = 64;
/** Test faces that the channels' spread is measured on. */
const FACES = 200;
/** Test faces of which every number is changed by `STUDY_CHANGE`. */
const STUDY_FACES = 4;
const STUDY_CHANGE = 2;

export async function record({ pipeline, manifestSha256, write }: RecordContext): Promise<void> {
  const { latentChannels: channels } = pipeline;
  const faces = Array.from({ length: FACES }, (_, i) => testFace(i));
  const all = await encodeAll(pipeline, faces);
  const stds = channelMoments(Float32Array.from(all.flatMap((z) => [...z])), channels).map(({ std }) => std);
  const poke = (latents: Float32Array, cell: number, change: number): Float32Array =>
    latents.map((value, i) => (i === cell ? value + change * stds[cell % channels]! : value));

  // How many pixels does one number reach? Every number of some faces, one after the other.
  const counts: number[][] = Array.from({ length: channels }, () => []);
  for (const latents of all.slice(0, STUDY_FACES)) {
    const cells = Array.from(latents, (_, cell) => cell);
    const [base, ...poked] = await decodeAll(pipeline, [
      latents,
      ...cells.map((cell) => poke(latents, cell, STUDY_CHANGE)),
    ]);
    poked.forEach((picture, cell) => {
      counts[cell % channels]!.push(countAbove(differenceMap(base!, picture), THRESHOLD));
    });
  }

  const latents = all[FACE]!;
  const [before, after] = await decodeAll(pipeline, [latents, poke(latents, CELL, CHANGE)]);
  const map = differenceMap(before!, after!);
  const reached = footprint(map, new Map([[CELL, CHANGE]]), THRESHOLD);
  const pictures = [before!, after!, drawDifference(before!, after!, RANGE)];
  write('4-4', 'pictures.webp', await losslessSprite(pictures, pictures.length));
  write('4-4', 'recorded.json', {
    manifestSha256,
    face: `face-${FACE}`,
    cell: CELL,
    change: CHANGE,
    threshold: THRESHOLD,
    range: RANGE,
    changedPixels: reached.changed,
    insidePixels: reached.inside,
    latents: rounded(latents, 3),
    stds: rounded(stds, 4),
    stdFaces: FACES,
    study: {
      faces: STUDY_FACES,
      change: STUDY_CHANGE,
      medianByChannel: counts.map((each) => Math.round(quantile(each, 0.5))),
      median: Math.round(quantile(counts.flat(), 0.5)),
      highest: Math.max(...counts.flat()),
    },
  });
}
