// What both phases do with a loss: gradients, clipping, AdamW, the average of the weights; and what a checkpoint keeps of it.
import * as tf from '@tensorflow/tfjs-core';
import type { StateDict } from '../weights/safetensors.ts';
import { AdamW } from './adamw.ts';
import { clippingScale } from './clipGradients.ts';
import { Ema } from './ema.ts';
import { gradients } from './gradients.ts';
import { traceUpdates, type ParameterUpdate } from './parameterUpdates.ts';
import type { Parameter } from './types.ts';

const LARGEST_NORM = 1;

/**
 * How long the average of the weights remembers: some 200 steps in a short run, 1,000 in a long one. Too long a memory
 * still holds the weights of the beginning, too short a one the noise of the last steps.
 * @param steps of the whole phase
 */
export function averageDecay(steps: number): number {
  const memory = Math.min(1000, Math.max(200, 200 + (800 * (steps - 2000)) / 3000));
  return 1 - 1 / memory;
}

/** How often the optimizer and the average have stepped, and their tensors under `adamw/` and `average/`. */
export interface OptimizerState {
  readonly counts: { readonly adamw: number; readonly average: number };
  readonly tensors: StateDict;
}

/** One step, read back. */
export interface OptimizerStep {
  readonly loss: number;
  readonly gradientNorm: number;
  /** What the loss function gave besides, by name. */
  readonly values: Readonly<Record<string, Float32Array>>;
  readonly updates: readonly ParameterUpdate[];
}

export class Optimizer {
  readonly #parameters: readonly Parameter[];
  readonly #adamw: AdamW;
  readonly #average: Ema;

  /** @param steps of the whole phase */
  constructor(parameters: readonly Parameter[], steps: number) {
    this.#parameters = parameters;
    this.#adamw = new AdamW(parameters);
    this.#average = new Ema(parameters, { decay: averageDecay(steps) });
  }

  /** The averaged weights, in the order of the parameters. Borrowed, and they change with every step. */
  get averages(): readonly tf.Tensor[] {
    return this.#average.values;
  }

  /** On the device: the parameters, their averages and the two moments of AdamW, 32 bits each. */
  get numBytes(): number {
    return 16 * this.#parameters.reduce((sum, { variable }) => sum + variable.size, 0);
  }

  /**
   * One optimizer step. Loss and gradients are read back first: when `check` throws, no weight has changed.
   * @param lossFunction returns the `loss` and other tensors to read back
   * @param options.check sees the loss and the norm of the gradients
   * @param options.updates whether to measure how far the largest parameters move
   */
  async step<A extends { readonly [K in keyof A]: tf.Tensor } & { readonly loss: tf.Scalar }>(
    lossFunction: () => A,
    learningRate: number,
    options: {
      readonly check: (loss: number, gradientNorm: number) => void;
      readonly updates?: boolean | undefined;
    },
  ): Promise<OptimizerStep> {
    const found = gradients(this.#parameters, lossFunction);
    const aux: readonly [string, tf.Tensor][] = Object.entries<tf.Tensor>(found.aux);
    const { norm, scale } = clippingScale(found.gradients, LARGEST_NORM);
    try {
      const [loss, gradientNorm, ...others] = await readTogether([
        found.loss,
        norm,
        ...aux.map(([, tensor]) => tensor),
      ]);
      const numbers = { loss: loss?.[0] ?? Number.NaN, gradientNorm: gradientNorm?.[0] ?? Number.NaN };
      options.check(numbers.loss, numbers.gradientNorm);
      const watch = options.updates === true ? traceUpdates(this.#parameters, found.gradients) : undefined;
      try {
        this.#adamw.step(found.gradients, learningRate, scale);
        this.#average.step();
        const values = Object.fromEntries(aux.map(([name], i) => [name, others[i] as Float32Array]));
        return { ...numbers, values, updates: (await watch?.measure()) ?? [] };
      } finally {
        watch?.dispose();
      }
    } finally {
      tf.dispose([found.loss, norm, scale, ...found.gradients, ...aux.map(([, tensor]) => tensor)]);
    }
  }

  /** Runs `use` with the averaged weights in place of the latest. No step may happen meanwhile. */
  async withAverages<T>(use: () => T | Promise<T>): Promise<T> {
    // Variables only point to their data: nothing is copied.
    const latest = this.#parameters.map(({ variable }) => tf.keep(tf.clone(variable)));
    this.#point(this.averages);
    try {
      return await use();
    } finally {
      this.#point(latest);
      tf.dispose(latest);
    }
  }

  #point(values: readonly tf.Tensor[]): void {
    tf.tidy(() => {
      this.#parameters.forEach(({ variable }, i) => {
        variable.assign(tf.clone(values[i] as tf.Tensor));
      });
    });
  }

  async state(): Promise<OptimizerState> {
    const [adamw, average] = [await this.#adamw.state(), await this.#average.state()];
    const named = (prefix: string, tensors: StateDict) =>
      [...tensors].map(([name, tensor]) => [`${prefix}/${name}`, tensor] as const);
    return {
      counts: { adamw: adamw.count, average: average.count },
      tensors: new Map([...named('adamw', adamw.tensors), ...named('average', average.tensors)]),
    };
  }

  /** @throws Error when the state belongs to other parameters */
  restore({ counts, tensors }: OptimizerState): void {
    const below = (prefix: string): StateDict =>
      new Map(
        [...tensors].flatMap(([name, tensor]) =>
          name.startsWith(`${prefix}/`) ? [[name.slice(prefix.length + 1), tensor] as const] : [],
        ),
      );
    this.#adamw.restore({ count: counts.adamw, tensors: below('adamw') });
    this.#average.restore({ count: counts.average, tensors: below('average') });
  }

  dispose(): void {
    this.#adamw.dispose();
    this.#average.dispose();
  }
}

/** Reads several tensors back at once: one wait for the device. */
async function readTogether(tensors: readonly tf.Tensor[]): Promise<Float32Array[]> {
  const together = tf.tidy(() =>
    tf.concat1d(tensors.map((tensor) => tf.reshape(tensor, [tensor.size]) as tf.Tensor1D)),
  );
  try {
    const all = (await together.data()) as Float32Array;
    let at = 0;
    return tensors.map(({ size }) => all.slice(at, (at += size)));
  } finally {
    together.dispose();
  }
}
