// What a generation can be asked for, and the checks on it.
import type * as tf from '@tensorflow/tfjs-core';
import { DEFAULT_SAMPLING, type SamplerSettings, type SchedulerClassName } from '../config/index.ts';
import type { Taps } from '../models/unetTaps.ts';
import type { StepEvent } from '../samplers/index.ts';

/** The beginning of a generation: what the first step will start from. Tensors are borrowed. */
export interface StartEvent {
  /** Number of the first step; the ones before are left out. */
  readonly startIndex: number;
  /** The timesteps to come, the noisiest first. */
  readonly timesteps: readonly number[];
  /** x before that step, [n, h, w, C], in the scale of the sampler. */
  readonly latents: tf.Tensor4D;
}

export interface GenerationOptions {
  readonly prompt: string;
  /** What to steer away from; '' by default. Only with guidance. */
  readonly negativePrompt?: string;
  /** Image i of a seed has its own stream of random numbers: it does not depend on how many images there are. */
  readonly seed: number;
  /** 1 or less switches guidance off. 3 by default. */
  readonly guidanceScale?: number;
  /** 12 by default. */
  readonly numInferenceSteps?: number;
  /** 1 by default. */
  readonly numImages?: number;
  /** Another sampler than the model's own, with the model's noise schedule. */
  readonly sampler?: SchedulerClassName;
  /** Settings of the sampler in place of the model's own. */
  readonly samplerSettings?: SamplerSettings;
  /** Fresh noise in DDIM's steps: 0 none, 1 as much as DDPM. 0 by default, and with the other samplers always. */
  readonly eta?: number;
  /** Stops between two denoiser calls; the promise rejects with its reason and everything is freed. */
  readonly signal?: AbortSignal;
  readonly onStart?: (event: StartEvent) => void | Promise<void>;
  readonly onStep?: (event: StepEvent) => void | Promise<void>;
  /** What to hand out of the denoiser: its `onTap` hears a step's tensors before `onStep` hears of that step. */
  readonly taps?: Taps | undefined;
}

export interface TextToImageOptions extends GenerationOptions {
  /** In pixels, multiples of the first stage's factor; the model's own size by default. */
  readonly height?: number;
  readonly width?: number;
  /**
   * [numImages, h, w, C], borrowed. Without `startIndex` the noise to start from instead of the seed's, standard normal;
   * with it, x as `onStart` or `onStep` handed it out: what step `startIndex` begins with.
   */
  readonly latents?: tf.Tensor4D;
  /**
   * The first step to run, 0 to `numInferenceSteps` (which runs none), from `latents` on. With the settings of the run that they
   * come from, the result is that run's: fresh noise depends on seed, image and step alone. Only DPM-Solver++ looks at
   * steps before; without `history` it begins in first order, as at any start.
   */
  readonly startIndex?: number;
  /**
   * predX0 of the steps before `startIndex`, the latest first, borrowed: as many as DPM-Solver++ looks at, which is one
   * less than its order. Leave it out where prompt or guidance change: it belongs to the path before.
   */
  readonly history?: readonly tf.Tensor4D[];
}

export interface ImageToImageOptions extends GenerationOptions {
  /** [1 or n, H, W, 3] in [-1, 1], borrowed. */
  readonly image: tf.Tensor4D;
  /** 0 keeps the image, 1 starts from pure noise. 0.8 by default: the first N - int(N strength) steps are skipped. */
  readonly strength?: number;
}

export interface InpaintOptions extends ImageToImageOptions {
  /** [1 or n, H, W, 1], borrowed; 1 where to paint anew, 0 where to keep. Rounded at one half; a marked pixel marks its latent. */
  readonly mask: tf.Tensor4D;
}

/** A generation of any kind: what is given to start from says which. */
export interface GenerateOptions
  extends TextToImageOptions, Partial<Pick<InpaintOptions, 'image' | 'strength' | 'mask'>> {}

function requireInteger(name: string, value: number, min: number): void {
  if (!Number.isSafeInteger(value) || value < min) {
    throw new RangeError(`${name}: expected a whole number of at least ${min}, got ${value}`);
  }
}

/** Options with their defaults filled in. */
export type CheckedOptions = Required<
  Pick<
    GenerationOptions,
    'seed' | 'guidanceScale' | 'numInferenceSteps' | 'numImages' | 'negativePrompt' | 'eta'
  >
>;

/** Fills in the defaults. @throws RangeError naming the option, what was expected and what came */
export function checkedOptions(options: GenerationOptions): CheckedOptions {
  const {
    seed,
    guidanceScale = DEFAULT_SAMPLING.guidanceScale,
    numInferenceSteps = DEFAULT_SAMPLING.numInferenceSteps,
    numImages = 1,
    negativePrompt = '',
    eta = 0,
  } = options;
  requireInteger('seed', seed, 0);
  requireInteger('numInferenceSteps', numInferenceSteps, 1);
  requireInteger('numImages', numImages, 1);
  if (!Number.isFinite(guidanceScale)) {
    throw new RangeError(`guidanceScale: expected a finite number, got ${guidanceScale}`);
  }
  if (!(eta >= 0 && eta <= 1)) throw new RangeError(`eta: expected a number from 0 to 1, got ${eta}`);
  return { seed, guidanceScale, numInferenceSteps, numImages, negativePrompt, eta };
}
