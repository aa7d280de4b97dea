// How a model's makers want it sampled: the steps and the guidance in its manifest.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface RecommendedSampling {
  readonly numInferenceSteps: number;
  readonly guidanceScale: number;
}

/** What a folder without a manifest gets. */
const USUAL: RecommendedSampling = { numInferenceSteps: 12, guidanceScale: 3 };

/** @param folder of a model; other people's have no manifest.json, which is fine */
export function recommendedSampling(folder: string): RecommendedSampling {
  const file = join(folder, 'manifest.json');
  if (!existsSync(file)) return USUAL;
  const { sampling } = JSON.parse(readFileSync(file, 'utf8')) as { sampling?: Partial<RecommendedSampling> };
  return {
    numInferenceSteps: sampling?.numInferenceSteps ?? USUAL.numInferenceSteps,
    guidanceScale: sampling?.guidanceScale ?? USUAL.guidanceScale,
  };
}
