// A denoiser of points in the plane: eps(x, t), or eps(x, t, class), as an MLP.
import * as tf from '@tensorflow/tfjs-core';
import type { FilePart } from '../nn/layouts.ts';
import type { CreateOptions, Parameter, Trainable } from '../nn/parameters.ts';
import { timestepSinusoids } from '../nn/timestepEmbedding.ts';
import type { StateDict } from '../weights/safetensors.ts';
import { MLP, type MLPConfig } from './mlp.ts';

export interface PlaneDenoiserConfig {
  readonly width: number;
  /** Hidden layers, at least 1. */
  readonly depth: number;
  /** Sinusoids of the timestep (Ho et al. 2020, appendix B), an even number. */
  readonly timeFeatures: number;
  /** Classes that it can be asked for; 0 for none. */
  readonly classes: number;
  /** T: timesteps are 0 to T - 1. */
  readonly numTrainTimesteps: number;
}

/** The label of a point without a class: the network is shown no class at all. */
export const NO_CLASS = -1;

/**
 * What points are multiplied with before the first layer. Its first weights are small; with points as they are, it takes
 * long to learn a field that changes within a tenth of a unit, as that of sharp modes does where there is little noise.
 */
const POINT_SCALE = 8;

const mlpOf = ({ width, depth, timeFeatures, classes }: PlaneDenoiserConfig): MLPConfig => ({
  inFeatures: 2 + timeFeatures + classes,
  outFeatures: 2,
  width,
  depth,
});

export class PlaneDenoiser implements Trainable {
  readonly config: PlaneDenoiserConfig;
  readonly #mlp: MLP;
  /** Sinusoids of all timesteps: [T, timeFeatures]. */
  readonly #sinusoids: Float32Array;

  private constructor(config: PlaneDenoiserConfig, mlp: MLP) {
    const { numTrainTimesteps, timeFeatures: dim } = config;
    this.config = config;
    this.#mlp = mlp;
    const timesteps = Array.from({ length: numTrainTimesteps }, (_, t) => t);
    this.#sinusoids = timestepSinusoids(timesteps, { dim, flipSinToCos: true, freqShift: 0 });
  }

  /** @throws if the weights do not fit the config */
  static create(config: PlaneDenoiserConfig, state: StateDict, options: CreateOptions = {}): PlaneDenoiser {
    return new PlaneDenoiser(config, MLP.create(mlpOf(config), state, options));
  }

  /** The names and shapes of the weights that such a network has. */
  static survey(config: PlaneDenoiserConfig): readonly FilePart[] {
    return MLP.survey(mlpOf(config));
  }

  get parameters(): readonly Parameter[] {
    return this.#mlp.parameters;
  }

  readState(values?: readonly tf.Tensor[]): Promise<StateDict> {
    return this.#mlp.readState(values);
  }

  /**
   * The noise that the network sees in each point.
   * @param x [n, 2]
   * @param timesteps one for all, or one a point; whole numbers from 0 to T - 1
   * @param labels one a point, or one for all: 0 to classes - 1, or NO_CLASS, which is the default
   * @returns [n, 2]
   * @throws RangeError for a timestep or class that there isn't
   */
  forward(
    x: tf.Tensor2D,
    timesteps: number | readonly number[],
    labels: number | ArrayLike<number> = NO_CLASS,
  ): tf.Tensor2D {
    return tf.tidy(() =>
      this.#mlp.forward(
        tf.concat2d([tf.mul(x, POINT_SCALE), this.#conditions(x.shape[0], timesteps, labels)], 1),
      ),
    );
  }

  /** Sinusoids of the timesteps, and the classes as one-hot vectors: [n, timeFeatures + classes]. */
  #conditions(
    count: number,
    timesteps: number | readonly number[],
    labels: number | ArrayLike<number>,
  ): tf.Tensor2D {
    const { timeFeatures, classes, numTrainTimesteps } = this.config;
    const columns = timeFeatures + classes;
    const data = new Float32Array(count * columns);
    for (let i = 0; i < count; i++) {
      const t = typeof timesteps === 'number' ? timesteps : timesteps[i];
      if (t === undefined || !Number.isSafeInteger(t) || t < 0 || t >= numTrainTimesteps) {
        throw new RangeError(
          `plane denoiser: expected a timestep from 0 to ${numTrainTimesteps - 1} for point ${i}, got ${t}`,
        );
      }
      data.set(this.#sinusoids.subarray(t * timeFeatures, (t + 1) * timeFeatures), i * columns);
      const label = typeof labels === 'number' ? labels : labels[i];
      if (label === NO_CLASS) continue;
      if (label === undefined || !Number.isSafeInteger(label) || label < 0 || label >= classes) {
        throw new RangeError(
          `plane denoiser: expected a class below ${classes}, or ${NO_CLASS} for none, for point ${i}, got ${label}`,
        );
      }
      data[i * columns + timeFeatures + label] = 1;
    }
    return tf.tensor2d(data, [count, columns]);
  }

  dispose(): void {
    this.#mlp.dispose();
  }
}
