// Which of the T training timesteps a sampler visits, from noise to picture (Lin et al. 2023, table 2).
import { at } from '../base/at.ts';
import type { TimestepSpacing } from '../config/index.ts';
import { countDown, linspace, roundHalfEven } from './numeric.ts';

interface Spacing {
  readonly numTrainTimesteps: number;
  readonly timestepSpacing: TimestepSpacing;
  readonly stepsOffset: number;
}

/** DDPM's and DDIM's: whole numbers, falling. @throws RangeError when one is not below T. */
export function spacedTimesteps(spacing: Spacing, numInferenceSteps: number): number[] {
  const { numTrainTimesteps: count, timestepSpacing, stepsOffset } = spacing;
  checkSteps(numInferenceSteps, count);
  switch (timestepSpacing) {
    case 'linspace':
      return Array.from(linspace(0, count - 1, numInferenceSteps), roundHalfEven).reverse();
    case 'leading': {
      const ratio = Math.floor(count / numInferenceSteps);
      const timesteps = Array.from(
        { length: numInferenceSteps },
        (_, i) => i * ratio + stepsOffset,
      ).reverse();
      return checkFirst(timesteps, count);
    }
    case 'trailing':
      return trailing(count, count / numInferenceSteps);
  }
}

/** Euler's: as above, except that linspace does not round. */
export function eulerTimesteps(spacing: Spacing, numInferenceSteps: number): number[] {
  if (spacing.timestepSpacing !== 'linspace') return spacedTimesteps(spacing, numInferenceSteps);
  checkSteps(numInferenceSteps, spacing.numTrainTimesteps);
  return Array.from(linspace(0, spacing.numTrainTimesteps - 1, numInferenceSteps), Math.fround).reverse();
}

/**
 * DPM-Solver's: one timestep more is spaced out, and the last one left out.
 * @param lastTimestep one more than the greatest timestep in use: T unless lambda is clipped.
 */
export function solverTimesteps(spacing: Spacing, numInferenceSteps: number, lastTimestep: number): number[] {
  const { numTrainTimesteps: count, timestepSpacing, stepsOffset } = spacing;
  checkSteps(numInferenceSteps, count);
  switch (timestepSpacing) {
    case 'linspace':
      return Array.from(linspace(0, lastTimestep - 1, numInferenceSteps + 1), roundHalfEven)
        .reverse()
        .slice(0, -1);
    case 'leading': {
      const ratio = Math.floor(lastTimestep / (numInferenceSteps + 1));
      const timesteps = Array.from({ length: numInferenceSteps + 1 }, (_, i) => i * ratio + stepsOffset);
      return checkFirst(timesteps.reverse().slice(0, -1), count);
    }
    case 'trailing':
      return trailing(lastTimestep, count / numInferenceSteps);
  }
}

/**
 * Image to image: the first step that is run when `strength` (0 to 1) of the noise is added to a picture.
 * Strength 1 runs all steps, 0 none.
 */
export function startIndexFor(numInferenceSteps: number, strength: number): number {
  if (!(strength >= 0 && strength <= 1))
    throw new RangeError(`strength: expected a number from 0 to 1, got ${strength}.`);
  return numInferenceSteps - Math.min(Math.trunc(numInferenceSteps * strength), numInferenceSteps);
}

/** For a few step counts (61, 103, 233 of 1000) rounding gives diffusers one more timestep, -1: left out here. */
function trailing(from: number, step: number): number[] {
  return Array.from(countDown(from, step), (t) => roundHalfEven(t) - 1).filter((t) => t >= 0);
}

function checkFirst(timesteps: number[], count: number): number[] {
  const first = at(timesteps, 0);
  if (first < count) return timesteps;
  throw new RangeError(
    `The first timestep would be ${first}, but the model knows 0 to ${count - 1}. Use fewer steps or a smaller steps_offset.`,
  );
}

/** @throws RangeError unless 1 <= numInferenceSteps <= T. */
export function checkSteps(numInferenceSteps: number, numTrainTimesteps: number): void {
  if (
    !Number.isSafeInteger(numInferenceSteps) ||
    numInferenceSteps < 1 ||
    numInferenceSteps > numTrainTimesteps
  ) {
    throw new RangeError(
      `numInferenceSteps: expected a whole number from 1 to ${numTrainTimesteps} (the timesteps of training), ` +
        `got ${numInferenceSteps}.`,
    );
  }
}
