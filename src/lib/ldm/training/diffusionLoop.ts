// Phase two: denoiser and text encoder learn together, on latents that the finished autoencoder made once
// (Rombach et al. 2022, section 3.3).
import * as tf from '@tensorflow/tfjs-core';
import { addNoise } from '../diffusion/prediction.ts';
import { at } from '../base/at.ts';
import { CLIPTextModel } from '../models/clipTextModel.ts';
import { UNet2DConditionModel } from '../models/unet2DConditionModel.ts';
import { Rng } from '../base/rng.ts';
import type { StateDict } from '../weights/safetensors.ts';
import type { Architecture } from '../recipe/architecture.ts';
import { BatchOrder } from './batches.ts';
import type { Captions, TokenRows } from './conditioning.ts';
import { diffusionLoss, diffusionTarget, minSnrWeight } from './diffusionLoss.ts';
import { initialClipText, initialUnet } from './initialize.ts';
import { drawLatents, type Latents } from './latentCache.ts';
import { Optimizer, type OptimizerState, type OptimizerStep } from './optimizer.ts';
import { phaseLearningRate } from './phaseLearningRate.ts';
import type { Recipe } from '../recipe/recipe.ts';
import { Stability, type StabilityState } from './stability.ts';
import { TrainingLevels, type DrawnLevel } from './timestepSampling.ts';
import type { UpdateTraceEvent, StepEvent } from './types.ts';

/** Where the loop stands, beside the autoencoder. */
export interface DiffusionState {
  readonly step: number;
  readonly unet: StateDict;
  readonly textEncoder: StateDict;
  readonly optimizer: OptimizerState;
  readonly stability: StabilityState;
}

/** A batch on the device, and what it was made of. */
interface Batch {
  readonly pictures: readonly number[];
  readonly drawn: readonly DrawnLevel[];
  readonly x0: tf.Tensor4D;
  readonly noise: tf.Tensor4D;
  readonly xt: tf.Tensor4D;
  readonly target: tf.Tensor4D;
  readonly ids: tf.Tensor2D;
}

export const idsTensor = ({ ids, count, length }: TokenRows): tf.Tensor2D =>
  tf.tensor2d(ids, [count, length], 'int32');

export class DiffusionLoop {
  readonly unet: UNet2DConditionModel;
  readonly textEncoder: CLIPTextModel;
  readonly levels: TrainingLevels;
  readonly optimizer: Optimizer;
  readonly #recipe: Recipe;
  readonly #captions: Captions;
  readonly #order: BatchOrder;
  readonly #rng: Rng;
  readonly #stability: Stability;
  #step: number;

  constructor(recipe: Recipe, architecture: Architecture, captions: Captions, from?: DiffusionState) {
    const { unet, textEncoder, scheduler } = architecture;
    const { seed } = recipe;
    this.#recipe = recipe;
    this.#captions = captions;
    this.#order = new BatchOrder(recipe.images, recipe.batch, `${seed}/denoiser/order`);
    this.#rng = new Rng(seed).fork('denoiser');
    this.#stability = new Stability('denoiser', from?.stability);
    this.#step = from?.step ?? 0;
    this.levels = new TrainingLevels(scheduler.config);
    const made: { dispose(): void }[] = [];
    const keep = <T extends { dispose(): void }>(part: T): T => (made.push(part), part);
    try {
      const trainable = { trainable: true };
      const unetState = from?.unet ?? initialUnet(unet.config, `${seed}/unet`);
      this.unet = keep(UNet2DConditionModel.create(unet.config, unetState, trainable));
      const textState = from?.textEncoder ?? initialClipText(textEncoder.config, `${seed}/text`);
      this.textEncoder = keep(CLIPTextModel.create(textEncoder.config, textState, trainable));
      this.optimizer = keep(
        new Optimizer([...this.unet.parameters, ...this.textEncoder.parameters], recipe.denoiserSteps),
      );
      if (from !== undefined) this.optimizer.restore(from.optimizer);
    } catch (error) {
      for (const part of made) part.dispose();
      throw error;
    }
  }

  /** Steps done. */
  get step(): number {
    return this.#step;
  }

  /**
   * @param trace whether to show the step's six moves, too
   * @throws TrainingStoppedError when going on is of no use; no weight has changed then
   */
  async next(
    latents: Latents,
    trace = false,
  ): Promise<{ step: StepEvent; trace: UpdateTraceEvent | undefined }> {
    const begin = performance.now();
    const { denoiserSteps: steps, learningRate: base } = this.#recipe;
    const learningRate = phaseLearningRate(this.#step, base, steps);
    const batch = this.#batch(latents);
    const { drawn, ids, xt, target } = batch;
    try {
      const result = await this.optimizer.step(
        () => {
          const timesteps = drawn.map(({ timestep }) => timestep);
          const prediction = this.unet.forward(xt, timesteps, this.textEncoder.forward(ids));
          const { loss, errors } = diffusionLoss(prediction, target, this.#weights(drawn));
          const shown = trace ? { prediction: tf.slice(prediction, 0, 1) } : {};
          return { loss, errors, ...shown };
        },
        learningRate,
        { check: (...numbers) => this.#stability.check(...numbers, learningRate), updates: trace },
      );
      this.#step++;
      const errors = [...(result.values['errors'] ?? [])];
      const { loss, gradientNorm } = result;
      const shown = trace ? await this.#trace(batch, latents, result) : undefined;
      const step: StepEvent = {
        type: 'step',
        phase: 'denoiser',
        step: this.#step,
        steps,
        loss,
        parts: { error: errors.reduce((sum, error) => sum + error, 0) / errors.length },
        gradientNorm,
        learningRate,
        ms: performance.now() - begin,
        timesteps: drawn.map(({ timestep }) => timestep),
        errors,
      };
      return { step, trace: shown };
    } finally {
      tf.dispose([batch.x0, batch.noise, xt, target, ids]);
    }
  }

  #batch(latents: Latents): Batch {
    const { prediction, batch: count, conditionDropout } = this.#recipe;
    const rng = this.#rng.fork(this.#step);
    const pictures = this.#order.at(this.#step);
    const drawn = this.levels.draw(count, rng.fork('levels'));
    const rows = this.#captions.draw(pictures, conditionDropout, rng.fork('captions'));
    const numbers = drawLatents(latents, pictures, rng.fork('latents'));
    const shape: [number, number, number, number] = [count, ...latents.shape];
    const [x0, noise] = [
      tf.tensor4d(numbers, shape),
      tf.tensor4d(rng.fork('noise').fillNormal(new Float32Array(numbers.length)), shape),
    ];
    const noisy = { x0, noise, levels: drawn.map(({ level }) => level) };
    return {
      pictures,
      drawn,
      x0,
      noise,
      xt: addNoise(x0, noise, noisy.levels),
      target: diffusionTarget(prediction, noisy),
      ids: idsTensor(rows),
    };
  }

  #weights(drawn: readonly DrawnLevel[]): number[] | undefined {
    const { minSnrGamma, prediction } = this.#recipe;
    if (minSnrGamma === null) return undefined;
    return drawn.map(({ level }) => minSnrWeight(prediction, level, minSnrGamma));
  }

  /** The first picture of the batch, on its way through the step. */
  async #trace(batch: Batch, { shape }: Latents, result: OptimizerStep): Promise<UpdateTraceEvent> {
    const size = shape[0] * shape[1] * shape[2];
    const firstOf = async (tensor: tf.Tensor): Promise<Float32Array> =>
      ((await tensor.data()) as Float32Array).slice(0, size);
    const { timestep, level } = batch.drawn[0] as DrawnLevel;
    return {
      type: 'update-trace',
      step: this.#step,
      index: batch.pictures[0] as number,
      x0: await firstOf(batch.x0),
      timestep,
      signal: level.alpha,
      sigma: level.sigma,
      noise: await firstOf(batch.noise),
      xt: await firstOf(batch.xt),
      target: await firstOf(batch.target),
      prediction: result.values['prediction'] ?? new Float32Array(size),
      loss: at(result.values['errors'] ?? [], 0),
      updates: result.updates,
    };
  }

  /** The weights of both networks: the averaged ones or the latest. */
  async weights(which: 'averaged' | 'latest'): Promise<{ unet: StateDict; textEncoder: StateDict }> {
    if (which === 'latest') {
      return { unet: await this.unet.readState(), textEncoder: await this.textEncoder.readState() };
    }
    const count = this.unet.parameters.length;
    const averages = this.optimizer.averages;
    return {
      unet: await this.unet.readState(averages.slice(0, count)),
      textEncoder: await this.textEncoder.readState(averages.slice(count)),
    };
  }

  async state(): Promise<DiffusionState> {
    return {
      step: this.#step,
      ...(await this.weights('latest')),
      optimizer: await this.optimizer.state(),
      stability: this.#stability.state,
    };
  }

  dispose(): void {
    this.optimizer.dispose();
    this.unet.dispose();
    this.textEncoder.dispose();
  }
}
