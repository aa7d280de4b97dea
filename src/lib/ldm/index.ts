// The public API of the model library, by name. What is not listed here may change without notice.

// Models in use
export { loadPipeline, StableDiffusionPipeline } from './pipeline/stableDiffusionPipeline.ts';
export type {
  GenerationOptions,
  ImageToImageOptions,
  InpaintOptions,
  StartEvent,
  TextToImageOptions,
} from './pipeline/options.ts';
export { FirstStage, loadFirstStage } from './pipeline/firstStage.ts';
export { readModelFolder } from './pipeline/modelFolder.ts';
export type { FileProgress, HostPart, LoadOptions, ModelFolder } from './pipeline/modelFolder.ts';
export { guidedDenoiser, type GuidedDenoiserOptions } from './pipeline/guidance.ts';

// Networks
export { AutoencoderKL, type LatentPosterior } from './models/autoencoderKL.ts';
export { CLIPTextModel } from './models/clipTextModel.ts';
export { UNet2DConditionModel, UnetContext, UnetTimesteps } from './models/unet2DConditionModel.ts';

// Words
export { CLIPTokenizer, TokenizerError } from './tokenizer/clipTokenizer.ts';
export type { Encoding, TokenizedWord, TokenizerFiles } from './tokenizer/clipTokenizer.ts';

// Sampling
export { createSampler, startIndexFor } from './samplers/index.ts';
export type { Denoiser, SampleOptions, Sampler, StepEvent } from './samplers/index.ts';
export { guide, guideHalves } from './diffusion/guidance.ts';
export { addNoise, convertPrediction, predictionWeights } from './diffusion/prediction.ts';
export type { Prediction } from './diffusion/prediction.ts';

// Training
export { Run, type DrawOptions, type TrainingData, type TrainOptions } from './training/run.ts';
export { checkRecipe } from './recipe/architecture.ts';
export type { Recipe } from './recipe/recipe.ts';
export { estimate, type Estimate } from './recipe/estimate.ts';
export { AdamW, type AdamWOptions } from './training/adamw.ts';
export { clipGradients } from './training/clipGradients.ts';
export { Ema, type EmaOptions } from './training/ema.ts';
export { learningRateAt, type LearningRateOptions } from './training/learningRate.ts';
export { gradients } from './training/gradients.ts';
export { autoencoderLoss, type AutoencoderLossWeights } from './training/autoencoderLoss.ts';
export { diffusionLoss, diffusionTarget, minSnrWeight } from './training/diffusionLoss.ts';
export { initialClipText, initialUnet, initialVae } from './training/initialize.ts';
export { TrainingStoppedError } from './training/types.ts';
export type {
  EncodedEvent,
  MovesEvent,
  Parameter,
  StepEvent as TrainingStepEvent,
  Trainable,
  TrainingEvent,
} from './training/types.ts';

// Noise schedules: numbers only
export { makeBetas } from './schedules/betas.ts';
export { makeAlphasCumprod, makeSigmas, rescaleZeroTerminalSnr } from './schedules/alphas.ts';
export { dpmSolverSchedule, eulerSchedule, flowMatchSchedule } from './schedules/sigmas.ts';
export type { SigmaSchedule } from './schedules/sigmas.ts';
export { signalAndNoise, type NoiseLevel } from './schedules/forward.ts';
export { spacedTimesteps } from './schedules/timesteps.ts';
export { alphaSigma, halfLogSnr, snr } from './schedules/snr.ts';

// Settings
export {
  ConfigError,
  forLatentPipeline,
  parseClipTextConfig,
  parseConfigJson,
  parseModelIndex,
  parseSchedulerConfig,
  parseUnetConfig,
  parseVaeConfig,
} from './config/index.ts';
export type {
  ClipTextConfig,
  ModelIndex,
  SchedulerClassName,
  SchedulerConfig,
  UnetConfig,
  VaeConfig,
} from './config/index.ts';

// Files
export { fileListSource, memorySource, urlSource } from './weights/source.ts';
export type { ModelSource, ReadOptions } from './weights/source.ts';
export { parseSafetensors, SafetensorsError, serializeSafetensors } from './weights/safetensors.ts';
export type { HostTensor, StateDict } from './weights/safetensors.ts';

// Where it computes
export {
  assertBackendAlive,
  backendInfo,
  chooseBackend,
  compileAhead,
  describeAdapter,
  destroyDevice,
  DeviceLostError,
  initBackend,
  releaseBackend,
} from './backend/index.ts';
export type { BackendChoice, BackendInfo, BackendName, BackendOptions, WasmPaths } from './backend/index.ts';

// Random numbers
export { hashString, Rng } from './base/rng.ts';
