// A sampler from its settings.
import type { SchedulerConfig } from '../config/index.ts';
import { ddimSampler } from './ddim.ts';
import { ddpmSampler } from './ddpm.ts';
import { dpmSolverPlusPlusSampler } from './dpmSolverPlusPlus.ts';
import { eulerSampler } from './euler.ts';
import { flowMatchEulerSampler } from './flowMatchEuler.ts';
import type { Sampler } from './types.ts';

export { startIndexFor } from '../schedules/timesteps.ts';
export type { Denoiser, SampleOptions, Sampler, Shape4D, StepEvent } from './types.ts';

/** @throws RangeError when the schedule does not exist for this number of steps. */
export function createSampler(config: SchedulerConfig, numInferenceSteps: number): Sampler {
  switch (config.className) {
    case 'DDPMScheduler':
      return ddpmSampler(config, numInferenceSteps);
    case 'DDIMScheduler':
      return ddimSampler(config, numInferenceSteps);
    case 'EulerDiscreteScheduler':
      return eulerSampler(config, numInferenceSteps);
    case 'DPMSolverMultistepScheduler':
      return dpmSolverPlusPlusSampler(config, numInferenceSteps);
    case 'FlowMatchEulerDiscreteScheduler':
      return flowMatchEulerSampler(config, numInferenceSteps);
  }
}
