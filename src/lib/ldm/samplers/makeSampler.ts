// What the five samplers share, so that each one's file is its algorithm: timesteps, levels, and one step.
import * as tf from '@tensorflow/tfjs-core';
import { at } from '../base/at.ts';
import type { SchedulerConfig } from '../config/index.ts';
import { addNoise } from '../diffusion/prediction.ts';
import type { NoiseLevel } from '../schedules/forward.ts';
import { runLoop, type StepInput, type StepResult } from './loop.ts';
import type { Sampler } from './types.ts';

export interface SamplerParts<C extends SchedulerConfig> {
  readonly name: string;
  readonly config: C;
  /** What the model is shown, step by step. */
  readonly timesteps: readonly number[];
  /** What x holds of picture and noise before step i; one entry more than `timesteps`, for after the last. */
  readonly levels: readonly NoiseLevel[];
  /** The level of a timestep of training. Without it only those that `timesteps` visits have one. */
  readonly levelOf?: (timestep: number) => NoiseLevel;
  /** 1 without it. */
  readonly initNoiseSigma?: number;
  /** Each 1 without it. */
  readonly modelInputScales?: readonly number[];
  /** How many predX0 of earlier steps `step` needs: 0 without it. */
  readonly historyLength?: number;
  /** From x at levels[index] to x at levels[index + 1]. @param eta from 0 to 1, see SampleOptions */
  readonly step: (input: StepInput, eta: number) => StepResult;
}

export function makeSampler<C extends SchedulerConfig>(parts: SamplerParts<C>): Sampler {
  const { name, config, timesteps, levels, step, historyLength = 0 } = parts;
  const modelInputScales = parts.modelInputScales ?? timesteps.map(() => 1);
  const levelOf =
    parts.levelOf ?? ((timestep: number) => at(levels, indexOfTimestep(timesteps, timestep), 'timestep'));
  return {
    name,
    config,
    timesteps,
    modelInputScales,
    initNoiseSigma: parts.initNoiseSigma ?? 1,
    addNoise: (x0, noise, timestep) => addNoise(x0, noise, levelOf(timestep)),
    addNoiseAt: (x0, noise, index) => addNoise(x0, noise, at(levels, index)),
    async sample(denoiser, xT, options = {}) {
      const { eta = 0 } = options;
      if (!(eta >= 0 && eta <= 1)) throw new RangeError(`eta: expected a number from 0 to 1, got ${eta}.`);
      const loop = {
        timesteps,
        modelInputScales,
        historyLength,
        step: (input: StepInput) => step(input, eta),
      };
      return runLoop(loop, denoiser, xT, options);
    },
  };
}

/** The index of a timestep in a schedule. @throws RangeError when the schedule does not visit it. */
function indexOfTimestep(timesteps: readonly number[], timestep: number): number {
  const index = timesteps.indexOf(timestep);
  if (index >= 0) return index;
  throw new RangeError(`timestep: expected one of ${timesteps.join(', ')}, got ${timestep}.`);
}

/** predX0 within the range that the settings clip it to, if they do. */
export function clipped(
  predX0: tf.Tensor4D,
  { clipSample, clipSampleRange: limit }: { readonly clipSample: boolean; readonly clipSampleRange: number },
): tf.Tensor4D {
  return clipSample ? tf.clipByValue(predX0, -limit, limit) : predX0;
}
