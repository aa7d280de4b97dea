// An exponential moving average of the weights (Polyak & Juditsky 1992), with the warm-up of diffusers' EMAModel.
import * as tf from '@tensorflow/tfjs-core';
import { EMA, EMA_MANY, hasFusedKernel, listInputs, runFusedKernels } from '../nn/kernels.ts';
import type { StateDict } from '../weights/safetensors.ts';
import { checkNames, findTensors, readTensors } from './hostTensors.ts';
import type { Parameter } from './types.ts';

export interface EmaOptions {
  /** The largest share of the old average that a step keeps. */
  readonly decay: number;
  /** How slowly that share grows: larger is slower. 1 by default. */
  readonly inverseGamma?: number;
  /** How fast it nears 1. 2/3 by default. */
  readonly power?: number;
}

/** What a checkpoint holds of an average. */
export interface EmaState {
  readonly count: number;
  /** In the library's layout, keys are the parameters' names. */
  readonly tensors: StateDict;
}

/**
 * The share of the old average that a step keeps: `get_decay` of EMAModel with `use_ema_warmup`. It grows with the steps, so
 * that the first weights, which are noise, are soon forgotten.
 * @param count steps, the present one included
 */
export function emaDecay(count: number, { decay, inverseGamma = 1, power = 2 / 3 }: EmaOptions): number {
  const step = count - 1;
  if (step <= 0) return 0;
  return Math.min(1 - (1 + step / inverseGamma) ** -power, decay);
}

export class Ema {
  readonly #parameters: readonly Parameter[];
  readonly #values: readonly tf.Variable[];
  readonly #options: EmaOptions;
  #count = 0;

  /** Begins with the parameters as they are. */
  constructor(parameters: readonly Parameter[], options: EmaOptions) {
    checkNames(parameters);
    this.#parameters = [...parameters];
    this.#options = options;
    // A product makes a copy of its own; a clone would share memory that the optimizer may write into.
    this.#values = tf.tidy(() => parameters.map(({ variable }) => tf.variable(tf.mul(variable, 1), false)));
  }

  get count(): number {
    return this.#count;
  }

  /** The averages, in the order of the parameters: for `readState`. Borrowed, and they change with every step. */
  get values(): readonly tf.Tensor[] {
    return this.#values;
  }

  /** Takes in the parameters as they are now. Call it after each step of the optimizer. */
  step(): void {
    this.#count++;
    const decay = emaDecay(this.#count, this.#options);
    if (hasFusedKernel(EMA_MANY, 0)) {
      const value = this.#parameters.map(({ variable }) => variable);
      runFusedKernels(EMA_MANY, listInputs({ average: this.#values, value }), { decay });
      return;
    }
    this.#values.forEach((average, index) => {
      const value = (this.#parameters[index] as Parameter).variable;
      if (hasFusedKernel(EMA, value.size)) {
        runFusedKernels(EMA, { average, value }, { decay });
      } else {
        tf.tidy(() => {
          average.assign(tf.add(average, tf.mul(tf.sub(value, average), 1 - decay)));
        });
      }
    });
  }

  /** What `restore` needs to go on exactly here. */
  async state(): Promise<EmaState> {
    return { count: this.#count, tensors: new Map(await readTensors(this.#parameters, this.#values, '')) };
  }

  /** @throws Error when the state belongs to other parameters; then nothing has changed */
  restore({ count, tensors }: EmaState): void {
    if (!Number.isSafeInteger(count) || count < 0) {
      throw new Error(`EMA: expected a count of steps, got ${count}. The checkpoint is damaged.`);
    }
    const found = findTensors(this.#parameters, tensors, '');
    this.#count = count;
    tf.tidy(() => {
      found.forEach(({ data }, index) => {
        const value = this.#values[index] as tf.Variable;
        value.assign(tf.tensor(data.slice(), value.shape));
      });
    });
  }

  dispose(): void {
    tf.dispose([...this.#values]);
  }
}
