// Noise levels by timestep or by step index, with errors for what a schedule does not have.
import type { NoiseLevel } from '../diffusion/prediction.ts';

/** x = sqrt(alpha-bar) x0 + sqrt(1 - alpha-bar) noise. */
export function alphaBarLevel(alphaBar: number): NoiseLevel {
  return { alpha: Math.sqrt(alphaBar), sigma: Math.sqrt(1 - alphaBar) };
}

/** The timestep itself. @throws RangeError unless it is a whole number from 0 to T - 1. */
export function trainingTimestep(timestep: number, numTrainTimesteps: number): number {
  if (Number.isSafeInteger(timestep) && timestep >= 0 && timestep < numTrainTimesteps) return timestep;
  throw new RangeError(
    `timestep: expected a whole number from 0 to ${numTrainTimesteps - 1}, got ${timestep}.`,
  );
}

/** The index of a timestep in a schedule. @throws RangeError when the schedule does not visit it. */
export function indexOfTimestep(timesteps: readonly number[], timestep: number): number {
  const index = timesteps.indexOf(timestep);
  if (index >= 0) return index;
  throw new RangeError(`timestep: expected one of ${timesteps.join(', ')}, got ${timestep}.`);
}

/** @throws RangeError unless the index is one of the schedule's. */
export function indexedLevel(levels: readonly NoiseLevel[], index: number): NoiseLevel {
  const level = levels[index];
  if (level) return level;
  throw new RangeError(`index: expected a whole number from 0 to ${levels.length - 1}, got ${index}.`);
}
