// A diffusion model of points in the plane, trained as the large ones are (Ho et al. 2020, algorithm 1): noise, a timestep,
// and the squared error of the noise that the network sees.
import * as tf from '@tensorflow/tfjs-core';
import { Rng } from '../base/rng.ts';
import { addNoise } from '../diffusion/prediction.ts';
import { NO_CLASS, PlaneDenoiser, type PlaneDenoiserConfig } from '../models/planeDenoiser.ts';
import {
  planeField,
  planeScheduler,
  samplePlane,
  type PlaneGuidance,
  type PlaneSampleOptions,
} from '../samplers/plane.ts';
import type { StateDict } from '../weights/safetensors.ts';
import { diffusionLoss } from './diffusionLoss.ts';
import { initialPlaneDenoiser } from './initialize.ts';
import { Optimizer } from './optimizer.ts';
import { phaseLearningRate } from './phaseLearningRate.ts';
import { checkPlaneData, drawPoints, planeNoise, type PlaneData } from './planeBatch.ts';
import { Stability } from './stability.ts';
import { TrainingLevels } from './timestepSampling.ts';

export interface PlaneDiffusionOptions {
  readonly seed: number;
  /** Of the whole training: the learning rate falls to its end. */
  readonly steps: number;
  /** Of each hidden layer; 64 by default. */
  readonly width?: number | undefined;
  /** Hidden layers; 3 by default. */
  readonly depth?: number | undefined;
  /** Points a step; 512 by default. */
  readonly batch?: number | undefined;
  /** At its peak; 0.01 by default. */
  readonly learningRate?: number | undefined;
  /** How often a point's class is kept from the network, so that it can be guided; 0.1 by default. */
  readonly conditionDropout?: number | undefined;
}

const TIME_FEATURES = 32;

export class PlaneDiffusion {
  readonly denoiser: PlaneDenoiser;
  readonly steps: number;
  readonly #data: PlaneData;
  readonly #options: Required<{ [K in keyof PlaneDiffusionOptions]: number }>;
  readonly #levels: TrainingLevels;
  readonly #optimizer: Optimizer;
  readonly #stability = new Stability('denoiser');
  readonly #rng: Rng;
  #step = 0;

  /** The network before its first step, on the present backend. @throws RangeError for data that cannot be learnt from */
  constructor(data: PlaneData, options: PlaneDiffusionOptions) {
    const { seed, steps, width = 64, depth = 3, batch = 512 } = options;
    const { learningRate = 0.01, conditionDropout = 0.1 } = options;
    const classes = checkPlaneData(data);
    const scheduler = planeScheduler();
    const { numTrainTimesteps } = scheduler;
    const config: PlaneDenoiserConfig = {
      ...{ width, depth, classes, numTrainTimesteps },
      timeFeatures: TIME_FEATURES,
    };
    this.steps = steps;
    this.#data = data;
    this.#options = { seed, steps, width, depth, batch, learningRate, conditionDropout };
    this.#levels = new TrainingLevels(scheduler);
    this.#rng = new Rng(seed).fork('plane/diffusion');
    const state = initialPlaneDenoiser(config, `${seed}/plane/diffusion`);
    this.denoiser = PlaneDenoiser.create(config, state, { trainable: true });
    this.#optimizer = new Optimizer(this.denoiser.parameters, steps);
  }

  /** Steps done. */
  get step(): number {
    return this.#step;
  }

  /**
   * One optimizer step.
   * @returns the mean squared error of the noise, before the step
   * @throws TrainingStoppedError when going on is of no use
   */
  async next(): Promise<{ readonly loss: number }> {
    const { steps, batch, learningRate: base, conditionDropout } = this.#options;
    const rng = this.#rng.fork(this.#step);
    const learningRate = phaseLearningRate(this.#step, base, steps);
    const drawn = this.#levels.draw(batch, rng.fork('levels'));
    const { points, labels } = drawPoints(this.#data, batch, rng.fork('points'));
    const dropout = rng.fork('dropout');
    const shown = labels.map((label) => (dropout.uniform() < conditionDropout ? NO_CLASS : label));
    const shape: [number, number, number, number] = [batch, 1, 1, 2];
    const x0 = tf.tensor4d(points, shape);
    const noise = tf.tensor4d(rng.fork('noise').fillNormal(new Float32Array(points.length)), shape);
    const xt = addNoise(
      x0,
      noise,
      drawn.map(({ level }) => level),
    );
    try {
      const { loss } = await this.#optimizer.step(
        () => {
          const timesteps = drawn.map(({ timestep }) => timestep);
          const seen = this.denoiser.forward(tf.reshape(xt, [batch, 2]) as tf.Tensor2D, timesteps, shown);
          return { loss: diffusionLoss(tf.reshape(seen, shape) as tf.Tensor4D, noise).loss };
        },
        learningRate,
        { check: (...numbers) => this.#stability.check(...numbers, learningRate) },
      );
      this.#step++;
      return { loss };
    } finally {
      tf.dispose([x0, noise, xt]);
    }
  }

  /** Points from the noise of a seed, with the averaged weights: [count, 2]. Point i does not depend on `count`. */
  sample(count: number, seed: number, options: PlaneSampleOptions = {}): Promise<Float32Array<ArrayBuffer>> {
    return this.#optimizer.withAverages(() => samplePlane(this.denoiser, planeNoise(seed, count), options));
  }

  /** The noise that the network (averaged weights) sees at given points [n, 2]: [n, 2]. */
  field(
    points: Float32Array,
    timestep: number,
    guidance: PlaneGuidance = {},
  ): Promise<Float32Array<ArrayBuffer>> {
    return this.#optimizer.withAverages(() => planeField(this.denoiser, points, timestep, guidance));
  }

  /** The averaged weights: with `denoiser.config` they make the network again. */
  weights(): Promise<StateDict> {
    return this.denoiser.readState(this.#optimizer.averages);
  }

  dispose(): void {
    this.#optimizer.dispose();
    this.denoiser.dispose();
  }
}
