// Records figure 4.9: a face's latents, noise, the face's latents shuffled, and what the diffusion model makes of the noise.
import { channelMoments, neighbourCorrelation, Rng, shuffleCells } from '@noisebook/ldm/numbers';
import {
  decibels,
  decodeAll,
  distanceToFaces,
  encodeAll,
  losslessSprite,
  quantile,
  rounded,
  testFace,
  throughFirstStage,
} from '../lib/latentRecording.ts';
import type { RecordContext } from './context.ts';

const FACE = 9;
const SEED = 6;
const PROMPT = 'a portrait of a person';
/** Test faces, and as many pictures of noise, in the study. */
const COUNT = 64;
/** Training faces that the nearest one is looked for among. */
const TRAINING = 2000;

const noiseOf = (seed: number): Float32Array => new Rng(seed).fork(0).fillNormal(new Float32Array(256));

export async function record(context: RecordContext): Promise<void> {
  const { pipeline, sampling, manifestSha256, write } = context;
  const faces = Array.from({ length: COUNT }, (_, i) => testFace(i));
  const faceLatents = await encodeAll(pipeline, faces);
  const real = faceLatents[FACE]!;
  const sampled = await pipeline.textToImage({
    prompt: PROMPT,
    seed: SEED,
    numImages: 1,
    numInferenceSteps: sampling.numInferenceSteps,
    guidanceScale: sampling.guidanceScale,
  });
  const sample = Float32Array.from(await sampled.data<'float32'>());
  sampled.dispose();
  const shown = [real, noiseOf(SEED), shuffleCells(real, 4, new Rng(SEED)), sample];
  const pictures = await decodeAll(pipeline, shown);
  const again = await throughFirstStage(pipeline, pictures);
  write('4-9', 'pictures.webp', await losslessSprite(pictures, pictures.length));

  // Is noise farther from faces than faces are? Among training faces, so that no test face meets itself.
  const distance = distanceToFaces(TRAINING);
  const noises = await decodeAll(
    pipeline,
    Array.from({ length: COUNT }, (_, seed) => noiseOf(seed)),
  );
  const faceDistances = faces.map(distance);
  const noiseDistances = noises.map(distance);
  const correlations = faceLatents.map((z) => neighbourCorrelation(z, 8, 8, 4));
  const faceImages = await decodeAll(pipeline, faceLatents);
  const facesAgain = await throughFirstStage(pipeline, faceImages);
  const moments = channelMoments(Float32Array.from(faceLatents.flatMap((z) => [...z])), 4);
  const ends = (values: readonly number[]): number[] =>
    rounded([Math.min(...values), Math.max(...values)], 3);
  const spread = (values: readonly number[]): readonly number[] =>
    rounded([Math.min(...values), quantile(values, 0.5), Math.max(...values)], 2);
  write('4-9', 'recorded.json', {
    manifestSha256,
    face: `face-${FACE}`,
    seed: SEED,
    prompt: PROMPT,
    ...sampling,
    latents: shown.map((z) => rounded(z, 3)),
    again: rounded(
      pictures.map((picture, i) => decibels(picture, again[i]!)),
      3,
    ),
    study: {
      count: COUNT,
      training: TRAINING,
      /** Lowest and highest of the channels. */
      means: ends(moments.map(({ mean }) => mean)),
      stds: ends(moments.map(({ std }) => std)),
      /** Lowest, median, highest. */
      faceDistance: spread(faceDistances),
      noiseDistance: spread(noiseDistances),
      faceCorrelation: spread(correlations),
      noiseCorrelation: spread(
        Array.from({ length: COUNT }, (_, seed) => neighbourCorrelation(noiseOf(seed), 8, 8, 4)),
      ),
      faceAgain: spread(faceImages.map((picture, i) => decibels(picture, facesAgain[i]!))),
      noiseAgain: spread(
        (await throughFirstStage(pipeline, noises)).map((picture, i) => decibels(noises[i]!, picture)),
      ),
    },
  });
}
