// What a generation is going to be: all that can be said, and refused, before anything is computed.
import { expectShape } from '../base/shapes.ts';
import {
  checkStartingPoint,
  type SamplerSettings,
  type SchedulerClassName,
  type SchedulerConfig,
} from '../config/index.ts';
import type { TapPoint, TapSize } from '../config/unetPoints.ts';
import { namedPoints } from '../models/unetTaps.ts';
import { createSampler, startIndexFor, type Sampler, type Shape4D } from '../samplers/index.ts';
import { checkedOptions, type CheckedOptions, type GenerateOptions } from './options.ts';
import { checkMask, checkPictureCount, latentSize } from './pictures.ts';

export interface Plan {
  readonly checked: CheckedOptions;
  readonly sampler: Sampler;
  /** The first step to run; the number of steps runs none. */
  readonly startIndex: number;
  /** Of the latents: [numImages, h, w, C]. */
  readonly shape: Shape4D;
}

/** What of a model a plan depends on; a pipeline has it. */
interface PlannedModel {
  readonly sampleSize: readonly [number, number];
  readonly vaeScaleFactor: number;
  readonly latentChannels: number;
  readonly promptLength: number;
  readonly vae: { readonly hasEncoder: boolean };
  readonly unet: { tapPoints(size: TapSize): readonly TapPoint[] };
  schedulerConfig(sampler?: SchedulerClassName, settings?: SamplerSettings): SchedulerConfig;
}

/** @throws RangeError or ConfigError naming the option, what was expected and what came */
export function planGeneration(model: PlannedModel, options: GenerateOptions): Plan {
  checkStartingPoint({ ...options, picture: options.image });
  const checked = checkedOptions(options);
  const config = model.schedulerConfig(options.sampler, options.samplerSettings);
  if (checked.eta > 0 && config.className !== 'DDIMScheduler') {
    throw new RangeError(
      `eta: expected 0 with ${config.className}, since only DDIMScheduler takes it, got ${checked.eta}`,
    );
  }
  const sampler = createSampler(config, checked.numInferenceSteps);
  const shape = latentShape(model, options, checked.numImages);
  const startIndex = firstStep(options, checked);
  if (!Number.isSafeInteger(startIndex) || startIndex < 0 || startIndex > sampler.timesteps.length) {
    throw new RangeError(
      `startIndex: expected a whole number from 0 to ${sampler.timesteps.length}, got ${startIndex}`,
    );
  }
  if (options.latents) expectShape('latents', shape, options.latents.shape);
  for (const predX0 of options.history ?? []) expectShape('history', shape, predX0.shape);
  if (options.mask) checkMask(options.mask.shape, shape, model.vaeScaleFactor);
  if (options.taps) {
    const [batch, height, width] = shape;
    namedPoints(options.taps, model.unet.tapPoints({ batch, height, width, tokens: model.promptLength }));
  }
  return { checked, sampler, startIndex, shape };
}

function firstStep(options: GenerateOptions, { numInferenceSteps }: CheckedOptions): number {
  if (options.image === undefined) return options.startIndex ?? 0;
  return startIndexFor(numInferenceSteps, options.strength ?? (options.mask === undefined ? 0.8 : 1));
}

function latentShape(model: PlannedModel, options: GenerateOptions, numImages: number): Shape4D {
  const { vaeScaleFactor: factor, latentChannels, sampleSize } = model;
  const { image, height = sampleSize[0], width = sampleSize[1] } = options;
  if (image === undefined) return [numImages, ...latentSize(height, width, factor), latentChannels];
  if (options.height !== undefined || options.width !== undefined)
    throw new RangeError('height and width: expected none beside a picture, whose size is taken, got some');
  if (!model.vae.hasEncoder)
    throw new RangeError('image: expected a model with an encoder, got one that only decodes');
  checkPictureCount(image.shape[0], numImages);
  return [numImages, ...latentSize(image.shape[1], image.shape[2], factor), latentChannels];
}
