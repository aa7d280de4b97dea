// DPM-Solver++: multistep solver of order 1 to 3 for the ODE of the data prediction, in lambda = log(alpha / sigma)
// (Lu et al. 2022, "DPM-Solver++", algorithm 2 for the second order).
import type { DpmSolverConfig } from '../config/index.ts';
import { weightedSum, type Term } from '../diffusion/combine.ts';
import { addNoise, convertPrediction, type NoiseLevel } from '../diffusion/prediction.ts';
import { dpmSolverSchedule } from '../schedules/sigmas.ts';
import { alphaSigma } from '../schedules/snr.ts';
import { indexedLevel, indexOfTimestep } from './levels.ts';
import { runLoop, type StepInput, type StepResult } from './loop.ts';
import type { Sampler } from './types.ts';

export function dpmSolverPlusPlusSampler(config: DpmSolverConfig, numInferenceSteps: number): Sampler {
  const { timesteps, sigmas } = dpmSolverSchedule(config, numInferenceSteps);
  const modelInputScales = timesteps.map(() => 1);
  const levels: NoiseLevel[] = Array.from(sigmas, alphaSigma);

  function step({ index, x, output, history }: StepInput): StepResult {
    const prediction = convertPrediction(config.predictionType, x, output, indexedLevel(levels, index));
    const order = Math.min(history.length + 1, highestOrder(config, index, timesteps.length));
    const weights = stepWeights(levels, index, order, config.solverType);
    // m0, m1, m2: the data predictions of this step and the ones before.
    const predictions = [prediction.predX0, ...history];
    const terms = predictions.slice(0, order).map((m, i): Term => [weights.predictions[i] ?? 0, m]);
    return { ...prediction, next: weightedSum([weights.x, x], ...terms) };
  }

  return {
    name: 'dpm-solver++',
    timesteps,
    initNoiseSigma: 1,
    modelInputScales,
    config,
    addNoise: (x0, noise, timestep) =>
      addNoise(x0, noise, indexedLevel(levels, indexOfTimestep(timesteps, timestep))),
    addNoiseAt: (x0, noise, index) => addNoise(x0, noise, indexedLevel(levels, index)),
    sample: (denoiser, xT, options = {}) =>
      runLoop(
        { timesteps, modelInputScales, step, historyLength: config.solverOrder - 1 },
        denoiser,
        xT,
        options,
      ),
  };
}

/** Few steps are steadier when the last ones are of lower order; the step to sigma = 0 must be of order 1. */
function highestOrder(config: DpmSolverConfig, index: number, total: number): number {
  const isShort = config.lowerOrderFinal && total < 15;
  if (index === total - 1 && (config.eulerAtFinal || isShort || config.finalSigmasType === 'zero')) return 1;
  if (index === total - 2 && isShort) return Math.min(config.solverOrder, 2);
  return config.solverOrder;
}

/** x_t as a weighted sum of x_s and the data predictions m0, m1, m2. */
function stepWeights(
  levels: readonly NoiseLevel[],
  index: number,
  order: number,
  solverType: DpmSolverConfig['solverType'],
): { readonly x: number; readonly predictions: readonly number[] } {
  const level = (i: number): NoiseLevel => indexedLevel(levels, i);
  const lambda = (i: number): number => Math.log(level(i).alpha) - Math.log(level(i).sigma);
  const { alpha, sigma } = level(index + 1);
  const x = sigma / level(index).sigma;
  const h = lambda(index + 1) - lambda(index);
  const phi1 = Math.expm1(-h); // exp(-h) - 1
  if (order === 1) return { x, predictions: [-alpha * phi1] };

  // D0 = m0, D1_0 = (m0 - m1) / r0, D1_1 = (m1 - m2) / r1, each as weights of [m0, m1, m2].
  const r0 = (lambda(index) - lambda(index - 1)) / h;
  const d10 = [1 / r0, -1 / r0, 0];
  const phi2 = phi1 / h + 1;
  if (order === 2) {
    const ofD1 = solverType === 'midpoint' ? -0.5 * alpha * phi1 : alpha * phi2;
    return { x, predictions: sum([-alpha * phi1, [1, 0]], [ofD1, d10]).slice(0, 2) };
  }
  const r1 = (lambda(index - 1) - lambda(index - 2)) / h;
  const d11 = [0, 1 / r1, -1 / r1];
  const share = 1 / (r0 + r1);
  const d1 = sum([1 + r0 * share, d10], [-r0 * share, d11]);
  const d2 = sum([share, d10], [-share, d11]);
  const phi3 = (phi1 + h) / (h * h) - 0.5;
  return { x, predictions: sum([-alpha * phi1, [1, 0, 0]], [alpha * phi2, d1], [-alpha * phi3, d2]) };
}

function sum(...terms: readonly (readonly [number, readonly number[]])[]): number[] {
  return [0, 1, 2].map((i) =>
    terms.reduce((total, [weight, values]) => total + weight * (values[i] ?? 0), 0),
  );
}
