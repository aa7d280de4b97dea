// MLP: linear layers with SiLU between them. What the toy networks in the plane are made of.
import type * as tf from '@tensorflow/tfjs-core';
import { activate } from '../nn/activations.ts';
import type { FilePart } from '../nn/layouts.ts';
import { linear, readLinear, type LinearParameters } from '../nn/linear.ts';
import { ParameterReader, type CreateOptions, type Parameter, type Trainable } from '../nn/parameters.ts';
import type { StateDict } from '../weights/safetensors.ts';

export interface MLPConfig {
  readonly inFeatures: number;
  readonly outFeatures: number;
  /** Features of each hidden layer. */
  readonly width: number;
  /** Hidden layers, at least 1. */
  readonly depth: number;
}

export class MLP implements Trainable {
  readonly config: MLPConfig;
  readonly #params: ParameterReader;
  readonly #layers: readonly LinearParameters[];

  private constructor(config: MLPConfig, params: ParameterReader) {
    const { inFeatures, outFeatures, width, depth } = config;
    this.config = config;
    this.#params = params;
    this.#layers = Array.from({ length: depth + 1 }, (_, i) =>
      readLinear(
        params.scope(`layers.${i}`),
        i === 0 ? inFeatures : width,
        i === depth ? outFeatures : width,
      ),
    );
    params.finish();
  }

  /** @throws if the weights do not fit the config: every missing, extra or wrongly shaped one is named. */
  static create(config: MLPConfig, state: StateDict, options: CreateOptions = {}): MLP {
    return new MLP(config, ParameterReader.open(state, 'mlp', options));
  }

  /** The names and shapes of the weights that such a network has. */
  static survey(config: MLPConfig): readonly FilePart[] {
    const params = ParameterReader.survey('mlp');
    new MLP(config, params);
    return params.asked;
  }

  get parameters(): readonly Parameter[] {
    return this.#params.parameters;
  }

  readState(values?: readonly tf.Tensor[]): Promise<StateDict> {
    return this.#params.readState(values);
  }

  /** [n, inFeatures] to [n, outFeatures]. The caller (or its tidy) owns the result and what was made on the way. */
  forward(x: tf.Tensor2D): tf.Tensor2D {
    return this.#layers.reduce((h, layer, i) => linear(i === 0 ? h : activate(h, 'silu'), layer), x);
  }

  dispose(): void {
    this.#params.dispose();
  }
}
