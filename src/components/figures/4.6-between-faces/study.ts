// Measured for figure 4.6: the middles of many pairs of faces, so that one pair does not stand for all.
import { rounded } from '../../../writing/numbers.ts';
import type { StudyTools } from '../../kit/frame/study.ts';
import { fade, lerp, lost, slerp } from './figure.ts';

/** Pairs of test faces: 0 and 1, 2 and 3, ... */
const PAIRS = 50;

export default async function measure({ engine, testFace, quantile }: StudyTools): Promise<unknown> {
  const faces = Array.from({ length: 2 * PAIRS }, (_, i) => testFace(i));
  const latents = await engine.encode(faces);
  const ends = await engine.decode(latents);
  const pairs = Array.from({ length: PAIRS }, (_, i) => [2 * i, 2 * i + 1] as const);
  const walked = async (mix: typeof lerp): Promise<number[]> =>
    lost(engine, await engine.decode(pairs.map(([i, j]) => mix(latents[i]!, latents[j]!, 0.5))));
  const fades = await lost(
    engine,
    pairs.map(([i, j]) => fade(ends[i]!, ends[j]!, 0.5)),
  );
  const straight = await walked(lerp);
  const median = (values: readonly number[]): number => rounded(quantile(values, 0.5), 2);
  return {
    faceError: median(await lost(engine, faces)),
    pairs: PAIRS,
    fade: median(fades),
    lerp: median(straight),
    slerp: median(await walked(slerp)),
    lerpBetter: straight.filter((error, i) => error < fades[i]!).length,
  };
}
