// What samplers have in common. All tensors are NHWC; x is [B, H, W, C].
import type * as tf from '@tensorflow/tfjs-core';
import type { SchedulerConfig } from '../config/index.ts';

/**
 * The model: its raw output for x at a timestep, in x's shape. x is the sampler's and only lent. The output must
 * be a tensor of its own; the sampler disposes it.
 */
export type Denoiser = (x: tf.Tensor4D, timestep: number) => tf.Tensor4D | Promise<tf.Tensor4D>;

/** What one step did. Its tensors are lent until the callback's promise settles: clone what you keep. */
export interface StepEvent {
  /** Counts from the start of the schedule, so the first event of a partial run is `startIndex`. */
  readonly index: number;
  /** Length of the whole schedule. */
  readonly total: number;
  /** The timestep that the model was shown. */
  readonly timestep: number;
  /** x after this step. Euler's has variance 1 + sigma^2, the others' about 1. */
  readonly x: tf.Tensor4D;
  /** The picture that the model saw in x before this step (clipped, if the settings say so). */
  readonly predX0: tf.Tensor4D;
  /** The noise that it saw. */
  readonly predNoise: tf.Tensor4D;
}

export type Shape4D = [batch: number, height: number, width: number, channels: number];

export interface SampleOptions {
  /** DDIM only: 0 deterministic (default), 1 as random as DDPM. */
  readonly eta?: number | undefined;
  /** Standard normal noise for step `stepIndex` of the schedule; the sampler disposes it. Needed when random. */
  readonly noise?: ((stepIndex: number, shape: Shape4D) => tf.Tensor4D) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Awaited after every step. */
  readonly onStep?: ((event: StepEvent) => void | Promise<void>) | undefined;
  /** Skips the steps before (image to image). Default 0; the number of timesteps runs none. */
  readonly startIndex?: number | undefined;
  /**
   * predX0 of the steps before `startIndex`, the latest first, borrowed: a solver that looks back goes on as if it had
   * made them. Without it the first step of a partial run is of first order. What a sampler has no use for is left alone.
   */
  readonly history?: readonly tf.Tensor4D[] | undefined;
  /**
   * Replaces x after each step, before onStep sees it (inpainting). It borrows x and returns a new tensor, or x
   * itself to leave it. `nextTimestep` is undefined after the last step.
   */
  readonly afterStep?:
    ((x: tf.Tensor4D, index: number, nextTimestep: number | undefined) => tf.Tensor4D) | undefined;
}

export interface Sampler {
  /** Short name: ddpm, ddim, euler, dpm-solver++, flow-match-euler. */
  readonly name: string;
  /** What the model is shown, step by step. */
  readonly timesteps: readonly number[];
  /** Standard deviation of the noise that sampling starts from: xT = initNoiseSigma * standard normal. */
  readonly initNoiseSigma: number;
  /** Before step i the model is shown x times modelInputScales[i]; 1 for all but Euler. */
  readonly modelInputScales: readonly number[];
  readonly config: SchedulerConfig;
  /** x0 with the noise of a timestep of this schedule (DDPM, DDIM: of any timestep of training). A new tensor. */
  addNoise(x0: tf.Tensor4D, noise: tf.Tensor4D, timestep: number): tf.Tensor4D;
  /** x0 with the noise that x has before step `index`; `timesteps.length` is after the last step. A new tensor. */
  addNoiseAt(x0: tf.Tensor4D, noise: tf.Tensor4D, index: number): tf.Tensor4D;
  /** Runs the schedule from xT (borrowed) and returns the last x, a new tensor. */
  sample(denoiser: Denoiser, xT: tf.Tensor4D, options?: SampleOptions): Promise<tf.Tensor4D>;
}
