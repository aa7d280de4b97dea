// Records figure 4.6: from one face to another in pixels and in latents, and how far from faces each way leads.
import { fade, lerp, slerp } from '../../src/components/figures/4.6-between-faces/paths.ts';
import { meanSquaredError, rgbOf } from '@noisebook/ldm/numbers';
import type { StableDiffusionPipeline } from '@noisebook/ldm';
import {
  decodeAll,
  encodeAll,
  quantile,
  rounded,
  spriteOf,
  testFace,
  throughFirstStage,
  type Rgba,
} from '../lib/latentRecording.ts';
import type { RecordContext } from './context.ts';

const [FROM, TO] = [27, 59];
/** Pictures in a strip, both ends included. */
const STOPS = 9;
/** Pairs of test faces (0 and 1, 2 and 3, ...) whose middles are measured. */
const PAIRS = 50;

/** Root mean square difference between each picture and what the autoencoder makes of it, of 255. */
async function offness(pipeline: StableDiffusionPipeline, pictures: readonly Rgba[]): Promise<number[]> {
  const again = await throughFirstStage(pipeline, pictures);
  return pictures.map((picture, i) => Math.sqrt(meanSquaredError(rgbOf(picture), rgbOf(again[i]!))));
}

export async function record({ pipeline, manifestSha256, write }: RecordContext): Promise<void> {
  const parts = Array.from({ length: STOPS }, (_, i) => i / (STOPS - 1));
  const [a, b] = await encodeAll(pipeline, [testFace(FROM), testFace(TO)]);
  const walk = await decodeAll(
    pipeline,
    parts.map((w) => lerp(a!, b!, w)),
  );
  const faded = parts.map((w) => fade(walk[0]!, walk.at(-1)!, w));
  const errors = await offness(pipeline, [...faded, ...walk]);
  write('4-6', 'pictures.webp', await spriteOf([...faded, ...walk], STOPS, 90));

  // The middles of many pairs, so that one pair does not stand for all.
  const faces = Array.from({ length: 2 * PAIRS }, (_, i) => testFace(i));
  const latents = await encodeAll(pipeline, faces);
  const ends = await decodeAll(pipeline, latents);
  const pairs = Array.from({ length: PAIRS }, (_, i) => [2 * i, 2 * i + 1] as const);
  const middles = {
    fade: pairs.map(([i, j]) => fade(ends[i]!, ends[j]!, 0.5)),
    lerp: await decodeAll(
      pipeline,
      pairs.map(([i, j]) => lerp(latents[i]!, latents[j]!, 0.5)),
    ),
    slerp: await decodeAll(
      pipeline,
      pairs.map(([i, j]) => slerp(latents[i]!, latents[j]!, 0.5)),
    ),
  };
  const measured = {
    fade: await offness(pipeline, middles.fade),
    lerp: await offness(pipeline, middles.lerp),
    slerp: await offness(pipeline, middles.slerp),
  };
  const median = (values: readonly number[]): number => Number(quantile(values, 0.5).toFixed(2));
  write('4-6', 'recorded.json', {
    manifestSha256,
    from: `face-${FROM}`,
    to: `face-${TO}`,
    stops: STOPS,
    fadeErrors: rounded(errors.slice(0, STOPS), 3),
    walkErrors: rounded(errors.slice(STOPS), 3),
    /** What the autoencoder does to test faces themselves. */
    faceError: median(await offness(pipeline, faces)),
    study: {
      pairs: PAIRS,
      fade: median(measured.fade),
      lerp: median(measured.lerp),
      slerp: median(measured.slerp),
      lerpBetter: measured.lerp.filter((error, i) => error < measured.fade[i]!).length,
    },
  });
}
