// Notices when going on is of no use: numbers that are none, or a loss that runs away.
import { TrainingStoppedError, type Phase } from './types.ts';

/** Share of the smoothed loss that a step replaces. */
const SHARE = 0.05;
/** A smoothed loss above its minimum by this factor ... */
const FACTOR = 10;
/** ... that rises for so many steps on end has exploded. */
const PATIENCE = 10;

export interface StabilityState {
  readonly smoothed: number;
  readonly minimum: number;
  readonly rising: number;
  readonly steps: number;
}

export class Stability {
  readonly #phase: Phase;
  #state: StabilityState = { smoothed: 0, minimum: Number.MAX_VALUE, rising: 0, steps: 0 };

  constructor(phase: Phase, state?: StabilityState) {
    this.#phase = phase;
    if (state !== undefined) this.#state = state;
  }

  get state(): StabilityState {
    return this.#state;
  }

  /**
   * Takes in a step's loss.
   * @throws TrainingStoppedError saying what happened and what to change
   */
  check(loss: number, gradientNorm: number, learningRate: number): void {
    const where = `step ${this.#state.steps + 1} of the ${this.#phase}`;
    const rate = learningRate.toPrecision(2);
    const advice =
      `Go back to the last checkpoint, or begin again, with a lower learning rate: try ` +
      `${(learningRate / 3).toPrecision(1)} instead of ${rate}.`;
    if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) {
      const what = Number.isFinite(loss) ? 'gradient' : 'loss';
      throw new TrainingStoppedError(
        'not-a-number',
        `At ${where} the ${what} is no longer a finite number: the weights have grown beyond what can be computed with. ${advice}`,
      );
    }
    const { smoothed, minimum, rising, steps } = this.#state;
    const next = steps === 0 ? loss : smoothed + SHARE * (loss - smoothed);
    const climbs = next > smoothed && next > FACTOR * minimum;
    this.#state = {
      smoothed: next,
      minimum: Math.min(minimum, next),
      rising: climbs ? rising + 1 : 0,
      steps: steps + 1,
    };
    if (this.#state.rising >= PATIENCE) {
      throw new TrainingStoppedError(
        'exploding',
        `At ${where} the loss has run away: ${next.toPrecision(3)} and rising, ${FACTOR} times its minimum of ` +
          `${minimum.toPrecision(3)}. ${advice}`,
      );
    }
  }
}
