// Measured for figure 4.7: how much of test faces six numbers lose, and 256.
import type { StudyTools } from '../../kit/frame/study.ts';
import { decibels, type Rgba } from '../../kit/latents/firstStage.ts';
import { six } from './figure.ts';

/** Test faces. */
const COUNT = 200;

export default async function measure({ engine, testFace, quantile }: StudyTools): Promise<unknown> {
  const faces = Array.from({ length: COUNT }, (_, i) => testFace(i));
  const spread = (pictures: readonly Rgba[]) => {
    const values = pictures.map((picture, i) => decibels(faces[i]!, picture));
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    return { mean, low: quantile(values, 0.05), high: quantile(values, 0.95) };
  };
  return {
    count: COUNT,
    six: spread(await engine.decode(await engine.encode(faces, six), six)),
    full: spread(await engine.decode(await engine.encode(faces))),
  };
}
