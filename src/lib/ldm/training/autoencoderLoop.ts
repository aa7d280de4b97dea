// Phase one: the autoencoder learns to reproduce pictures through a small Gaussian in between.
import * as tf from '@tensorflow/tfjs-core';
import { at } from '../base/at.ts';
import { AutoencoderKL } from '../models/autoencoderKL.ts';
import { Rng } from '../base/rng.ts';
import type { StateDict } from '../weights/safetensors.ts';
import type { Architecture } from '../recipe/architecture.ts';
import { autoencoderLoss } from './autoencoderLoss.ts';
import { BatchOrder } from './batches.ts';
import { initialVae } from './initialize.ts';
import { Optimizer, type OptimizerState } from './optimizer.ts';
import { phaseLearningRate } from './phaseLearningRate.ts';
import type { Recipe } from '../recipe/recipe.ts';
import { Stability, type StabilityState } from './stability.ts';
import { picturesTensor, type TrainingData } from './trainingData.ts';
import type { StepEvent } from './types.ts';

/** The first posteriors' log variance: little noise, so that the decoder has something to go by. */
const LOG_VARIANCE = -6;

/** Where the loop stands, beside its weights. */
export interface AutoencoderState {
  readonly step: number;
  readonly vae: StateDict;
  readonly optimizer: OptimizerState;
  readonly stability: StabilityState;
}

export class AutoencoderLoop {
  readonly model: AutoencoderKL;
  readonly optimizer: Optimizer;
  readonly #recipe: Recipe;
  readonly #data: TrainingData;
  readonly #order: BatchOrder;
  readonly #rng: Rng;
  readonly #stability: Stability;
  #step: number;

  constructor(recipe: Recipe, { vae }: Architecture, data: TrainingData, from?: AutoencoderState) {
    const rng = new Rng(recipe.seed).fork('autoencoder');
    this.#recipe = recipe;
    this.#data = data;
    this.#rng = rng.fork('noise');
    this.#order = new BatchOrder(recipe.images, recipe.autoencoderBatch, `${recipe.seed}/autoencoder/order`);
    this.#stability = new Stability('autoencoder', from?.stability);
    this.#step = from?.step ?? 0;
    this.model = AutoencoderKL.create(
      vae.config,
      from?.vae ?? initialVae(vae.config, `${recipe.seed}/vae`, { logVariance: LOG_VARIANCE }),
      {
        trainable: true,
      },
    );
    this.optimizer = new Optimizer(this.model.parameters, recipe.autoencoderSteps);
    if (from === undefined) return;
    try {
      this.optimizer.restore(from.optimizer);
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /** Steps done. */
  get step(): number {
    return this.#step;
  }

  /** @throws TrainingStoppedError when going on is of no use; no weight has changed then */
  async next(): Promise<StepEvent> {
    const begin = performance.now();
    const { klWeight, autoencoderSteps: steps, autoencoderLearningRate } = this.#recipe;
    const { downsamplingFactor, latentChannels } = this.model.config;
    const pictures = this.#order.at(this.#step);
    const side = this.#data.size / downsamplingFactor;
    const shape = [pictures.length, side, side, latentChannels] as const;
    const numbers = this.#rng.fork(this.#step).fillNormal(new Float32Array(shape.reduce((a, b) => a * b)));
    const learningRate = phaseLearningRate(this.#step, autoencoderLearningRate, steps);
    const x = picturesTensor(this.#data, pictures);
    const noise = tf.tensor4d(numbers, [...shape]);
    try {
      const { loss, gradientNorm, values } = await this.optimizer.step(
        () => ({ ...autoencoderLoss(this.model, x, noise, { kl: klWeight }) }),
        learningRate,
        { check: (...numbers) => this.#stability.check(...numbers, learningRate) },
      );
      this.#step++;
      const parts = { reconstruction: at(values['reconstruction'] ?? [], 0), kl: at(values['kl'] ?? [], 0) };
      const ms = performance.now() - begin;
      return {
        type: 'step',
        phase: 'autoencoder',
        step: this.#step,
        steps,
        loss,
        parts,
        gradientNorm,
        learningRate,
        ms,
      };
    } finally {
      tf.dispose([x, noise]);
    }
  }

  async state(): Promise<AutoencoderState> {
    return {
      step: this.#step,
      vae: await this.model.readState(),
      optimizer: await this.optimizer.state(),
      stability: this.#stability.state,
    };
  }

  dispose(): void {
    this.optimizer.dispose();
    this.model.dispose();
  }
}
