// Which noise levels a step trains on, and what they mean for the network and its loss.
import type { PredictionType, SchedulerConfig } from '../config/index.ts';
import type { Rng } from '../base/rng.ts';
import type { NoiseLevel } from '../schedules/forward.ts';
import { levelsOf } from '../schedules/levels.ts';

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
  /**
   * How much signal and noise there are at a timestep.
   * @throws RangeError for one that there isn't, see `levelsOf`
   */
  readonly at: (timestep: number) => NoiseLevel;
  readonly #isFlow: boolean;

  constructor(config: SchedulerConfig) {
    this.prediction = config.predictionType;
    this.numTrainTimesteps = config.numTrainTimesteps;
    this.at = levelsOf(config);
    this.#isFlow = config.className === 'FlowMatchEulerDiscreteScheduler';
  }

  /** Draws the levels of a batch. */
  draw(count: number, rng: Rng): DrawnLevel[] {
    const timesteps = this.#isFlow
      ? logitNormalSigmas(count, rng).map((sigma) => sigma * this.numTrainTimesteps)
      : stratifiedTimesteps(count, this.numTrainTimesteps, rng);
    return timesteps.map((timestep) => ({ timestep, level: this.at(timestep) }));
  }
}
