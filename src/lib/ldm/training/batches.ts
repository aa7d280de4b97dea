// Which pictures a step sees: epoch after epoch, each in an order of its own. The step's number says it all, so a run that
// goes on needs nothing but that number.
import { Rng } from '../base/rng.ts';

export class BatchOrder {
  readonly #count: number;
  readonly #batch: number;
  readonly #rng: Rng;
  #epoch = -1;
  #order: readonly number[] = [];

  /**
   * @param count pictures in the training set
   * @param batch pictures a step; may be more than there are
   */
  constructor(count: number, batch: number, seed: number | string) {
    for (const [name, value] of [
      ['pictures', count],
      ['pictures in a batch', batch],
    ] as const) {
      if (!Number.isSafeInteger(value) || value < 1) {
        throw new RangeError(`batches: expected at least 1 of the ${name}, got ${value}`);
      }
    }
    this.#count = count;
    this.#batch = batch;
    this.#rng = new Rng(seed);
  }

  /**
   * The numbers of the pictures of a step.
   * @param step steps already taken: 0 is the first
   */
  at(step: number): number[] {
    const begin = step * this.#batch;
    return Array.from({ length: this.#batch }, (_, i) => {
      const epoch = Math.floor((begin + i) / this.#count);
      return this.#orderOf(epoch)[(begin + i) % this.#count] as number;
    });
  }

  #orderOf(epoch: number): readonly number[] {
    if (epoch !== this.#epoch) {
      const all = Array.from({ length: this.#count }, (_, i) => i);
      this.#order = this.#rng.fork(`epoch ${epoch}`).shuffle(all);
      this.#epoch = epoch;
    }
    return this.#order;
  }
}
