// What x_t holds of picture and noise at each timestep of training, for every kind of schedule.
import { at } from '../base/at.ts';
import type { SchedulerConfig } from '../config/index.ts';
import { makeAlphasCumprod } from './alphas.ts';
import { signalAndNoise, type NoiseLevel } from './forward.ts';

/**
 * The noise level of a timestep, in the scale that the network is shown.
 * @returns takes a whole timestep from 0 to T - 1, for flow matching any number from 0 to T; throws RangeError for others
 */
export function levelsOf(config: SchedulerConfig): (timestep: number) => NoiseLevel {
  if (config.className !== 'FlowMatchEulerDiscreteScheduler') {
    const alphasCumprod = makeAlphasCumprod(config);
    return (timestep) => signalAndNoise(at(alphasCumprod, timestep, 'timestep'));
  }
  const { numTrainTimesteps } = config;
  return (timestep) => {
    const sigma = timestep / numTrainTimesteps;
    if (sigma >= 0 && sigma <= 1) return { alpha: 1 - sigma, sigma };
    throw new RangeError(`timestep: expected a number from 0 to ${numTrainTimesteps}, got ${timestep}.`);
  };
}
