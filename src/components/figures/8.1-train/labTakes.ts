// What a recipe takes: parameters and bytes from arithmetic, time from a probe on this machine.
import { typicalTextSize } from '../../../datasets/dataKinds.ts';
import { loadPart } from '../../../loading/loadPart.ts';
import type { Estimate, Recipe } from '@noisebook/ldm/numbers';
import type { LabProbeResult } from '../../../engine/protocol/lab.ts';

export type EstimateFrom = (recipe: Recipe) => Estimate;

/** The arithmetic, fetched once the lab is looked at. @throws {LoadError} */
export async function loadEstimate(): Promise<EstimateFrom> {
  const ofRecipe = await loadPart(
    import('@noisebook/ldm/recipe').then(({ estimate }) => estimate),
    'the arithmetic of what a run takes',
  );
  return (recipe) => ofRecipe(recipe, typicalTextSize(recipe));
}

export interface Takes {
  readonly parameters?: number;
  readonly memoryBytes?: number;
  readonly storageBytes?: number;
  /** Milliseconds from the first step to the last; undefined before a few steps were timed. */
  readonly ms?: number;
}

/** Arithmetic before a probe, what the probe says after it; nothing for a recipe that can't be built. */
export function takes(
  recipe: Recipe,
  from: EstimateFrom | undefined,
  probed: LabProbeResult | undefined,
): Takes {
  if (probed === undefined) return from === undefined ? {} : arithmetic(recipe, from);
  return {
    ...sizes(probed),
    ms:
      recipe.autoencoderSteps * probed.msPerAutoencoderStep +
      probed.msEncodeAll +
      recipe.denoiserSteps * probed.msPerDenoiserStep,
  };
}

function arithmetic(recipe: Recipe, from: EstimateFrom): Takes {
  try {
    return sizes(from(recipe));
  } catch {
    // Choices that do not go together: the sentences below the choices say which.
    return {};
  }
}

const sizes = ({
  parameters: { vae, unet, textEncoder },
  memoryBytes,
  storageBytes,
}: Pick<Estimate, 'parameters' | 'memoryBytes' | 'storageBytes'>): Takes => ({
  parameters: vae + unet + textEncoder,
  memoryBytes,
  storageBytes,
});
