// What a generation can be asked for, and the checks on it.
import type * as tf from '@tensorflow/tfjs-core';
import type { SchedulerClassName } from '../config/index.ts';
import type { Taps } from '../models/unetTaps.ts';
import type { StepEvent } from '../samplers/index.ts';

/** The beginning of a generation: what the first step will start from. Tensors are borrowed. */
export interface StartEvent {
  /** The timesteps to come, the noisiest first. */
  readonly timesteps: readonly number[];
  /** [n, h, w, C] */
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
  /** Fresh noise in DDIM's steps: 0 none, 1 as much as DDPM. 0 by default. */
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
  /** [numImages, h, w, C], standard normal, borrowed: the noise to start from instead of the seed's. */
  readonly latents?: tf.Tensor4D;
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
    guidanceScale = 3,
    numInferenceSteps = 12,
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
