// AdamW (Loshchilov & Hutter 2019, algorithm 2, with a constant schedule multiplier), as torch.optim.AdamW computes it.
import * as tf from '@tensorflow/tfjs-core';
import { ADAMW, ADAMW_MANY, hasFusedKernel, listInputs, runFusedKernels } from '../nn/kernels.ts';
import type { StateDict } from '../weights/safetensors.ts';
import { checkNames, findTensors, readTensors } from './hostTensors.ts';
import type { Parameter } from './types.ts';

export interface AdamWOptions {
  /** How much of the old averages a step keeps: of the gradient, of its square. */
  readonly betas?: readonly [number, number];
  readonly epsilon?: number;
  readonly weightDecay?: number;
}

/** What a checkpoint holds of an optimizer. */
export interface AdamWState {
  /** Steps taken. */
  readonly count: number;
  /** First and second moments, in the library's layout: keys `m.` and `v.` and the parameter's names. */
  readonly tensors: StateDict;
}

interface StepNumbers {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** 1 - beta^t, t = 1 at the first step. */
  readonly correction1: number;
  readonly correction2: number;
}

/** One parameter's step. p: the parameter, g: its gradient, m and v: the moving averages of g and of its square. */
function update(p: tf.Variable, m: tf.Variable, v: tf.Variable, g: tf.Tensor, numbers: StepNumbers): void {
  const { learningRate, beta1, beta2, epsilon, weightDecay, correction1, correction2 } = numbers;
  m.assign(tf.add(tf.mul(m, beta1), tf.mul(g, 1 - beta1)));
  v.assign(tf.add(tf.mul(v, beta2), tf.mul(tf.square(g), 1 - beta2)));
  const denominator = tf.add(tf.div(tf.sqrt(v), Math.sqrt(correction2)), epsilon);
  const decayed = tf.mul(p, 1 - learningRate * weightDecay);
  p.assign(tf.sub(decayed, tf.mul(tf.div(m, denominator), learningRate / correction1)));
}

export class AdamW {
  readonly #parameters: readonly Parameter[];
  readonly #first: readonly tf.Variable[];
  readonly #second: readonly tf.Variable[];
  readonly #options: Required<AdamWOptions>;
  #count = 0;

  constructor(
    parameters: readonly Parameter[],
    { betas = [0.9, 0.99], epsilon = 1e-8, weightDecay = 0.01 }: AdamWOptions = {},
  ) {
    checkNames(parameters);
    this.#parameters = [...parameters];
    this.#options = { betas, epsilon, weightDecay };
    const zeros = (): tf.Variable[] =>
      tf.tidy(() => parameters.map(({ variable }) => tf.variable(tf.zeros(variable.shape), false)));
    this.#first = zeros();
    this.#second = zeros();
  }

  /** Steps taken. */
  get count(): number {
    return this.#count;
  }

  /**
   * One step: changes every parameter.
   * @param gradients one a parameter, in their order; the caller disposes them
   * @param scale what every gradient is multiplied with first (see `clippingScale`)
   */
  step(gradients: readonly tf.Tensor[], learningRate: number, scale?: tf.Scalar): void {
    if (gradients.length !== this.#parameters.length) {
      throw new Error(
        `AdamW: expected ${this.#parameters.length} gradients, one a parameter, got ${gradients.length}`,
      );
    }
    this.#count++;
    const { betas, epsilon, weightDecay } = this.#options;
    const [beta1, beta2] = betas;
    const numbers: StepNumbers = {
      learningRate,
      beta1,
      beta2,
      epsilon,
      weightDecay,
      // The averages began at zero: divided by what they have seen.
      correction1: 1 - beta1 ** this.#count,
      correction2: 1 - beta2 ** this.#count,
    };
    if (hasFusedKernel(ADAMW_MANY, 0)) {
      const p = this.#parameters.map(({ variable }) => variable);
      const lists = listInputs({ g: gradients, p, m: this.#first, v: this.#second });
      const inputs = scale === undefined ? lists : { ...lists, scale };
      runFusedKernels(ADAMW_MANY, inputs, { ...numbers, gradientScale: 1 });
      return;
    }
    gradients.forEach((g, index) => {
      const p = (this.#parameters[index] as Parameter).variable;
      const m = this.#first[index] as tf.Variable;
      const v = this.#second[index] as tf.Variable;
      if (hasFusedKernel(ADAMW, p.size)) {
        const inputs = scale === undefined ? { g, p, m, v } : { g, p, m, v, scale };
        runFusedKernels(ADAMW, inputs, { ...numbers, gradientScale: 1 });
      } else {
        tf.tidy(() => {
          update(p, m, v, scale === undefined ? g : tf.mul(g, scale), numbers);
        });
      }
    });
  }

  /** What `restore` needs to go on exactly here. */
  async state(): Promise<AdamWState> {
    const count = this.#count;
    const tensors = new Map([
      ...(await readTensors(this.#parameters, this.#first, 'm.')),
      ...(await readTensors(this.#parameters, this.#second, 'v.')),
    ]);
    return { count, tensors };
  }

  /** @throws Error when the state belongs to other parameters; then nothing has changed */
  restore({ count, tensors }: AdamWState): void {
    if (!Number.isSafeInteger(count) || count < 0) {
      throw new Error(`AdamW: expected a count of steps, got ${count}. The checkpoint is damaged.`);
    }
    const first = findTensors(this.#parameters, tensors, 'm.');
    const second = findTensors(this.#parameters, tensors, 'v.');
    this.#count = count;
    tf.tidy(() => {
      for (const [variables, values] of [
        [this.#first, first],
        [this.#second, second],
      ] as const) {
        variables.forEach((variable, i) => {
          variable.assign(tf.tensor((values[i] as (typeof values)[number]).data.slice(), variable.shape));
        });
      }
    });
  }

  dispose(): void {
    tf.dispose([...this.#first, ...this.#second]);
  }
}
