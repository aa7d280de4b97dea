// Measured for figure 4.9: a sample of the diffusion model; test faces and noises, how far from faces, how they come back.
import { channelMoments, neighbourCorrelation } from '@noisebook/ldm/numbers';
import type { StudyTools } from '../../kit/frame/study.ts';
import { decibels, type Rgba } from '../../kit/latents/firstStage.ts';
import { live } from '../../kit/frame/result.ts';
import { noiseLatents, SEED } from './figure.ts';

const PROMPT = 'a portrait of a person';
const COUNT = 64;
const TRAINING = 2000;

export default async function measure(tools: StudyTools): Promise<unknown> {
  const { engine, testFace, quantile, sample, distanceToFaces } = tools;
  const again = async (pictures: readonly Rgba[]): Promise<number[]> => {
    const back = await engine.decode(await engine.encode(pictures));
    return pictures.map((picture, i) => decibels(picture, back[i]!));
  };
  const { latents, ...sampling } = await sample(PROMPT, SEED);
  const sampled = await engine.decode([latents]);

  const faces = Array.from({ length: COUNT }, (_, i) => testFace(i));
  const faceLatents = await engine.encode(faces);
  const moments = channelMoments(Float32Array.from(faceLatents.flatMap((z) => [...z])), 4);
  const noiseOf = Array.from({ length: COUNT }, (_, seed) => noiseLatents(seed, 1));
  const noises = await engine.decode(noiseOf);
  // Is noise farther from faces than faces are? Among training faces, so that no test face meets itself.
  const distance = distanceToFaces(TRAINING);
  const correlation = (z: ArrayLike<number>): number => neighbourCorrelation(z, 8, 8, 4);
  const ends = (values: readonly number[]) => [Math.min(...values), Math.max(...values)];
  const spread = (values: readonly number[]) => [
    Math.min(...values),
    quantile(values, 0.5),
    Math.max(...values),
  ];
  return {
    sample: { latents, picture: live(sampled[0]!), again: (await again(sampled))[0]! },
    prompt: PROMPT,
    ...sampling,
    count: COUNT,
    training: TRAINING,
    means: ends(moments.map(({ mean }) => mean)),
    stds: ends(moments.map(({ std }) => std)),
    faceDistance: spread(faces.map(distance)),
    noiseDistance: spread(noises.map(distance)),
    faceCorrelation: spread(faceLatents.map(correlation)),
    noiseCorrelation: spread(noiseOf.map(correlation)),
    faceAgain: spread(await again(await engine.decode(faceLatents))),
    noiseAgain: spread(await again(noises)),
  };
}
