// Which noise levels a step trains on, and what they mean for the network and its loss.
import { at } from '../base/at.ts';
import type { PredictionType, SchedulerConfig } from '../config/index.ts';
import type { Rng } from '../base/rng.ts';
import { makeAlphasCumprod } from '../schedules/alphas.ts';
import { signalAndNoise, type NoiseLevel } from '../schedules/forward.ts';

/** The noise of one picture of a batch. */
export interface DrawnLevel {
  /** What the network is shown. Whole, except for flow matching: sigma times T. */
  readonly timestep: number;
  readonly level: NoiseLevel;
}

/**
 * Whole timesteps, one from each of `count` equal parts of 0 ... T - 1, in random order: every batch sees all noise levels,
 * which makes its loss less of a lottery (stratified sampling; cf. Kingma et al. 2021, appendix I.1).
 */
export function stratifiedTimesteps(count: number, numTrainTimesteps: number, rng: Rng): number[] {
  const drawn = Array.from({ length: count }, (_, i) =>
    Math.floor(((i + rng.uniform()) / count) * numTrainTimesteps),
  );
  return rng.shuffle(drawn);
}

/** sigma = 1 / (1 + exp(-n)), n standard normal: the middle more often than the ends (Esser et al. 2024, section 3.1). */
export function logitNormalSigmas(count: number, rng: Rng): number[] {
  return Array.from({ length: count }, () => Math.fround(1 / (1 + Math.exp(-rng.normal()))));
}

/** The noise levels of a model's schedule, for training. */
export class TrainingLevels {
  readonly prediction: PredictionType;
  readonly numTrainTimesteps: number;
  readonly #alphasCumprod: Float32Array | undefined;

  constructor(config: SchedulerConfig) {
    this.prediction = config.predictionType;
    this.numTrainTimesteps = config.numTrainTimesteps;
    this.#alphasCumprod =
      config.className === 'FlowMatchEulerDiscreteScheduler' ? undefined : makeAlphasCumprod(config);
  }

  /**
   * How much signal and noise there are at a timestep.
   * @param timestep whole, from 0 to T - 1; for flow matching from 0 to T
   * @throws RangeError for another one
   */
  at(timestep: number): NoiseLevel {
    if (this.#alphasCumprod === undefined) {
      const sigma = timestep / this.numTrainTimesteps;
      if (sigma >= 0 && sigma <= 1) return { alpha: 1 - sigma, sigma };
      throw new RangeError(
        `timestep: expected a number from 0 to ${this.numTrainTimesteps}, got ${timestep}`,
      );
    }
    return signalAndNoise(at(this.#alphasCumprod, timestep, 'timestep'));
  }

  /** Draws the levels of a batch. */
  draw(count: number, rng: Rng): DrawnLevel[] {
    const timesteps =
      this.#alphasCumprod === undefined
        ? logitNormalSigmas(count, rng).map((sigma) => sigma * this.numTrainTimesteps)
        : stratifiedTimesteps(count, this.numTrainTimesteps, rng);
    return timesteps.map((timestep) => ({ timestep, level: this.at(timestep) }));
  }
}
