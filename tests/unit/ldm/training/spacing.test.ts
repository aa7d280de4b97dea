// Models that predict noise begin where the noise still says something about the picture.
import { expect, test } from 'vitest';
import { forLatentPipeline } from '../../../../src/lib/ldm/config/index.ts';
import { createSampler } from '../../../../src/lib/ldm/samplers/index.ts';
import { typicalTextSize } from '../../../../src/datasets/dataKinds.ts';
import { architectureOf } from '../../../../src/lib/ldm/recipe/architecture.ts';
import { presetRecipe } from '../../../../src/lab/presets.ts';
import { PREDICTIONS } from '../../../../src/lib/ldm/recipe/recipe.ts';
import { TrainingLevels } from '../../../../src/lib/ldm/training/timestepSampling.ts';

test.each(PREDICTIONS)('%s: an error of the first call is not blown up', (prediction) => {
  const recipe = { ...presetRecipe('five', 'faces'), prediction };
  const { config } = architectureOf(recipe, typicalTextSize(recipe)).scheduler;
  const first = createSampler(forLatentPipeline(config), 10).timesteps[0] ?? Number.NaN;
  const { alpha } = new TrainingLevels(config).at(first);
  expect(first).toBeGreaterThan(850);
  // x0 = (x - sigma noise) / alpha
  if (prediction === 'epsilon') expect(1 / alpha).toBeLessThan(10);
});
