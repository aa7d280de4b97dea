// Noise levels and timesteps of the samplers that step through sigma: Euler, DPM-Solver++, flow-matching Euler.
import { at, last } from '../base/at.ts';
import type { DpmSolverConfig, EulerConfig, FlowMatchEulerConfig } from '../config/index.ts';
import { makeSigmas, makeSolverAlphas } from './alphas.ts';
import { interpolate, linspace, linspaceFloat32, roundHalfEven } from './numeric.ts';
import { respacedSigmas, sigmaToTimestep } from './sigmaSpacings.ts';
import { halfLogSnr } from './snr.ts';
import { checkSteps, eulerTimesteps, solverTimesteps } from './timesteps.ts';

/** Step i goes from sigmas[i] to sigmas[i + 1], and shows the model timesteps[i]. */
export interface SigmaSchedule {
  readonly timesteps: readonly number[];
  /** At least one entry more than timesteps. */
  readonly sigmas: Float32Array;
}

/** EulerDiscreteScheduler. sigma is noise per unit of signal; the sample is x0 + sigma noise. */
export function eulerSchedule(config: EulerConfig, numInferenceSteps: number): SigmaSchedule {
  const trained = makeSigmas(config);
  const logSigmas = trained.map(Math.log);
  let timesteps = eulerTimesteps(config, numInferenceSteps);
  const count = timesteps.length;
  let sigmas: Float64Array | Float32Array =
    config.interpolationType === 'linear'
      ? Float64Array.from(timesteps, (t) => interpolate(t, trained))
      : linspaceFloat32(last(logSigmas), at(logSigmas, 0), numInferenceSteps + 1).map(Math.exp);
  const max = config.sigmaMax ?? at(sigmas, 0);
  const min = config.sigmaMin ?? last(sigmas);
  const respaced = respacedSigmas(config, max, min, count);
  if (respaced) {
    sigmas = respaced;
    timesteps = Array.from(respaced, (sigma) => sigmaToTimestep(sigma, logSigmas));
  }
  const all = withLast(sigmas, config.finalSigmasType === 'zero' ? 0 : at(trained, 0));
  if (config.timestepType === 'continuous' && config.predictionType === 'v_prediction') {
    timesteps = Array.from(all.subarray(0, -1), (sigma) => 0.25 * Math.log(sigma));
  }
  return { timesteps: timesteps.map(Math.fround), sigmas: all };
}

/** DPMSolverMultistepScheduler. sigma is noise per unit of signal; the sample itself keeps unit variance. */
export function dpmSolverSchedule(config: DpmSolverConfig, numInferenceSteps: number): SigmaSchedule {
  const trained = makeSigmas(config);
  const logSigmas = trained.map(Math.log);
  // Noise levels that are clipped are the last ones, since lambda falls with t.
  const clipped = makeSolverAlphas(config).filter(
    (alphaBar) => halfLogSnr(alphaBar) < config.lambdaMinClipped,
  ).length;
  let timesteps = solverTimesteps(config, numInferenceSteps, config.numTrainTimesteps - clipped);
  const [max, min] = [last(trained), at(trained, 0)];
  let sigmas: ArrayLike<number> = timesteps.map((t) => at(trained, t, 'timestep'));
  const respaced =
    respacedSigmas(config, max, min, numInferenceSteps) ??
    (config.useLuLambdas
      ? linspace(last(logSigmas), at(logSigmas, 0), numInferenceSteps).map(Math.exp)
      : undefined);
  if (respaced) {
    sigmas = respaced;
    const rounds =
      (config.useKarrasSigmas || config.useLuLambdas) && config.betaSchedule !== 'squaredcos_cap_v2';
    const exact = Array.from(respaced, (sigma) => sigmaToTimestep(sigma, logSigmas));
    timesteps = exact.map((t) => (rounds ? roundHalfEven(t) : Math.trunc(t)));
  }
  return { timesteps, sigmas: withLast(sigmas, config.finalSigmasType === 'zero' ? 0 : min) };
}

/** FlowMatchEulerDiscreteScheduler. The sample is (1 - sigma) x0 + sigma noise; timestep = sigma T. */
export function flowMatchSchedule(config: FlowMatchEulerConfig, numInferenceSteps: number): SigmaSchedule {
  const { numTrainTimesteps: count, shift, shiftTerminal } = config;
  const { fround } = Math;
  checkSteps(numInferenceSteps, count);
  const shifted = (sigma: number): number => (shift * sigma) / (1 + (shift - 1) * sigma);
  // The smallest sigma of training is shifted already, and is shifted again below: so does diffusers.
  const smallest = fround(1 / count);
  const min = fround(fround(shift * smallest) / fround(1 + fround(fround(shift - 1) * smallest)));
  let sigmas: Float64Array = linspace(count, min * count, numInferenceSteps).map((t) => shifted(t / count));
  if (shiftTerminal) {
    const scale = (1 - last(sigmas)) / (1 - shiftTerminal);
    sigmas = sigmas.map((sigma) => 1 - (1 - sigma) / scale);
  }
  sigmas = respacedSigmas(config, at(sigmas, 0), last(sigmas), numInferenceSteps) ?? sigmas;
  const all = withLast(sigmas, 0);
  return { timesteps: Array.from(all.subarray(0, -1), (sigma) => fround(sigma * count)), sigmas: all };
}

function withLast(sigmas: ArrayLike<number>, last: number): Float32Array {
  const all = new Float32Array(sigmas.length + 1);
  all.set(sigmas);
  all[sigmas.length] = last;
  return all;
}
