// A GAN of points in the plane (Goodfellow et al. 2014, with the non-saturating loss of section 3): a generator that makes
// points out of noise, and a discriminator that tells them from the data.
import * as tf from '@tensorflow/tfjs-core';
import { Rng } from '../base/rng.ts';
import { MLP } from '../models/mlp.ts';
import { AdamW } from './adamw.ts';
import { gradients } from './gradients.ts';
import { initialMLP } from './initialize.ts';
import { checkPlaneData, drawPoints, planeNoise, type PlaneData } from './planeBatch.ts';
import { TrainingStoppedError } from './types.ts';

export interface PlaneGanOptions {
  readonly seed: number;
  /** Of each hidden layer of both networks; 64 by default. */
  readonly width?: number | undefined;
  /** Hidden layers of both networks; 2 by default. */
  readonly depth?: number | undefined;
  /** Points a step, of each kind; 256 by default. */
  readonly batch?: number | undefined;
  /** Of both networks; 0.003 by default. */
  readonly learningRate?: number | undefined;
  /** Numbers that the generator makes a point of; 2 by default. */
  readonly noiseFeatures?: number | undefined;
}

/** Adam without decay, with the short memory of Radford et al. 2016. */
const ADAM = { betas: [0.5, 0.999], weightDecay: 0 } as const;

/** Mean of -log sigmoid(sign * logits): the binary cross-entropy of a discriminator's logits against one label. */
const crossEntropy = (logits: tf.Tensor, sign: 1 | -1): tf.Scalar =>
  tf.mean<tf.Scalar>(tf.softplus(sign === 1 ? tf.neg(logits) : logits));

export class PlaneGan {
  readonly #data: PlaneData;
  readonly #batch: number;
  readonly #learningRate: number;
  readonly #noiseFeatures: number;
  readonly #generator: MLP;
  readonly #discriminator: MLP;
  readonly #generatorAdam: AdamW;
  readonly #discriminatorAdam: AdamW;
  readonly #rng: Rng;
  #step = 0;

  /** Both networks before their first step, on the present backend. @throws RangeError for data that cannot be learnt from */
  constructor(data: PlaneData, options: PlaneGanOptions) {
    const { seed, width = 64, depth = 2, batch = 256, learningRate = 3e-3, noiseFeatures = 2 } = options;
    checkPlaneData(data);
    this.#data = data;
    this.#batch = batch;
    this.#learningRate = learningRate;
    this.#noiseFeatures = noiseFeatures;
    this.#rng = new Rng(seed).fork('plane/gan');
    const network = (name: string, inFeatures: number, outFeatures: number): MLP => {
      const config = { inFeatures, outFeatures, width, depth };
      return MLP.create(config, initialMLP(config, `${seed}/plane/${name}`), { trainable: true });
    };
    this.#generator = network('generator', noiseFeatures, 2);
    this.#discriminator = network('discriminator', 2, 1);
    this.#generatorAdam = new AdamW(this.#generator.parameters, ADAM);
    this.#discriminatorAdam = new AdamW(this.#discriminator.parameters, ADAM);
  }

  /** Steps done. */
  get step(): number {
    return this.#step;
  }

  /**
   * One step of the discriminator, then one of the generator. D is the probability that a point is of the data.
   * @returns the losses before each: -log D(x) - log(1 - D(G(z))), and -log D(G(z))
   * @throws TrainingStoppedError when a loss is no number any more
   */
  async next(): Promise<{ readonly discriminator: number; readonly generator: number }> {
    const rng = this.#rng.fork(this.#step);
    const size = this.#batch;
    const both = tf.tidy(() => {
      const real = tf.tensor2d(drawPoints(this.#data, size, rng.fork('points')).points, [size, 2]);
      const fake = this.#generator.forward(this.#noise(rng.fork('for the discriminator')));
      const discriminatorLoss = this.#learn(this.#discriminator, this.#discriminatorAdam, () =>
        tf.add<tf.Scalar>(
          crossEntropy(this.#discriminator.forward(real), 1),
          crossEntropy(this.#discriminator.forward(fake), -1),
        ),
      );
      const z = this.#noise(rng.fork('for the generator'));
      const generatorLoss = this.#learn(this.#generator, this.#generatorAdam, () =>
        crossEntropy(this.#discriminator.forward(this.#generator.forward(z)), 1),
      );
      return tf.stack([discriminatorLoss, generatorLoss]);
    });
    try {
      const [discriminator = Number.NaN, generator = Number.NaN] = await both.data<'float32'>();
      if (!Number.isFinite(discriminator) || !Number.isFinite(generator)) {
        throw new TrainingStoppedError(
          'not-a-number',
          `At step ${this.#step + 1} a loss of the GAN is no longer a finite number. Begin again with a learning rate ` +
            `below ${this.#learningRate}.`,
        );
      }
      this.#step++;
      return { discriminator, generator };
    } finally {
      both.dispose();
    }
  }

  /** Points that the generator makes of the noise of a seed: [count, 2]. Point i does not depend on `count`. */
  async sample(count: number, seed: number): Promise<Float32Array<ArrayBuffer>> {
    const features = this.#noiseFeatures;
    const points = tf.tidy(() =>
      this.#generator.forward(tf.tensor2d(planeNoise(seed, count, features), [count, features])),
    );
    try {
      return Float32Array.from(await points.data<'float32'>());
    } finally {
      points.dispose();
    }
  }

  /** D at given points [n, 2], how likely the discriminator finds it that they are of the data: [n], 0 to 1. */
  async field(points: Float32Array): Promise<Float32Array<ArrayBuffer>> {
    const probabilities = tf.tidy(() =>
      tf.sigmoid(this.#discriminator.forward(tf.tensor2d(points, [points.length / 2, 2]))),
    );
    try {
      return Float32Array.from(await probabilities.data<'float32'>());
    } finally {
      probabilities.dispose();
    }
  }

  dispose(): void {
    for (const part of [this.#generatorAdam, this.#discriminatorAdam, this.#generator, this.#discriminator]) {
      part.dispose();
    }
  }

  #noise(rng: Rng): tf.Tensor2D {
    const size = this.#batch * this.#noiseFeatures;
    return tf.tensor2d(rng.fillNormal(new Float32Array(size)), [this.#batch, this.#noiseFeatures]);
  }

  /** One optimizer step of one of the networks. @returns the loss before it */
  #learn(network: MLP, adam: AdamW, lossFunction: () => tf.Scalar): tf.Scalar {
    const { loss, gradients: found } = gradients(network.parameters, () => ({ loss: lossFunction() }));
    adam.step(found, this.#learningRate);
    return loss;
  }
}
