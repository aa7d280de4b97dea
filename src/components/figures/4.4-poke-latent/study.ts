// Measured for figure 4.4: how far each channel spreads over faces, and how many pixels a changed number reaches.
import { countAbove, differenceMap } from '@noisebook/ldm/numbers';
import type { StudyTools } from '../../kit/frame/study.ts';
import { poked, spread, THRESHOLD } from './figure.ts';

/** Test faces that the channels' spread is measured on. */
const SPREAD_FACES = 200;
/** Test faces of which every number is changed by `CHANGE` standard deviations, one after the other. */
const FACES = 4;
const CHANGE = 2;

export default async function measure({ engine, testFace, quantile }: StudyTools): Promise<unknown> {
  const faces = Array.from({ length: SPREAD_FACES }, (_, i) => testFace(i));
  const stds = await spread(engine, faces);
  const counts: number[] = [];
  for (const latents of await engine.encode(faces.slice(0, FACES))) {
    const changed = Array.from(latents, (_, cell) => poked(latents, new Map([[cell, CHANGE]]), stds));
    const [base, ...pictures] = await engine.decode([latents, ...changed]);
    counts.push(...pictures.map((picture) => countAbove(differenceMap(base!, picture), THRESHOLD)));
  }
  return {
    stds,
    faces: FACES,
    change: CHANGE,
    median: Math.round(quantile(counts, 0.5)),
    highest: Math.max(...counts),
  };
}
