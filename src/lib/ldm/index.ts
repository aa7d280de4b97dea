// The front door: the public API of the model library, by name. What is not listed here may change without notice.

// Everything that needs no tensors, and where it computes
export * from './numbers.ts';
export * from './zip.ts';
export * from './backend/index.ts';

// Models in use
export { loadPipeline, StableDiffusionPipeline } from './pipeline/stableDiffusionPipeline.ts';
export type {
  GenerateOptions,
  GenerationOptions,
  ImageToImageOptions,
  InpaintOptions,
  StartEvent,
  TextToImageOptions,
} from './pipeline/options.ts';
export { FirstStage, loadFirstStage } from './pipeline/firstStage.ts';
export { guidedDenoiser, isGuided, type GuidedDenoiserOptions } from './pipeline/guidance.ts';
export { type FullPrediction, type PredictOptions } from './pipeline/predict.ts';

// Model folders, in parts and whole
export {
  readFile,
  readJsonFile,
  readModelFolder,
  readOptional,
  readTextEncoder,
  readTokenizer,
  readUnet,
  readVae,
} from './pipeline/modelFolder.ts';
export type { FileProgress, HostPart, LoadOptions, ModelFolder } from './pipeline/modelFolder.ts';
export { findModel, type Files as ModelFiles, type FoundModel } from './pipeline/modelFiles.ts';
export { checkModel, PAGE_LIMITS } from './pipeline/checkModel.ts';
export type { CheckedModel, ImageSizes, ModelLimits } from './pipeline/checkModel.ts';
export { plainWeights } from './pipeline/plainWeights.ts';
export { workloadOf, type Drawing, type Workload } from './pipeline/workload.ts';

// Networks, and the layers that others can be made of
export { AutoencoderKL, type LatentPosterior } from './models/autoencoderKL.ts';
export { CLIPTextModel } from './models/clipTextModel.ts';
export { UNet2DConditionModel, UnetContext, UnetTimesteps } from './models/unet2DConditionModel.ts';
export {
  namedPoints,
  TapRecorder,
  type RecordedTap,
  type Tap,
  type TapNames,
  type Taps,
} from './models/unetTaps.ts';
export { MLP, type MLPConfig } from './models/mlp.ts';
export { NO_CLASS, PlaneDenoiser, type PlaneDenoiserConfig } from './models/planeDenoiser.ts';
export { activate, type ActivationName } from './nn/activations.ts';
export { conv2d, readConv2d, type Conv2dParameters } from './nn/conv2d.ts';
export { linear, readLinear, type LinearParameters } from './nn/linear.ts';
export { ParameterReader, type CreateOptions } from './nn/parameters.ts';
export { timestepSinusoids } from './nn/timestepEmbedding.ts';

// Sampling
export { createSampler } from './samplers/index.ts';
export type { Denoiser, SampleOptions, Sampler, Shape4D, StepEvent } from './samplers/index.ts';
export {
  planeField,
  planeScheduler,
  samplePlane,
  type PlaneGuidance,
  type PlaneSampleOptions,
} from './samplers/plane.ts';
export { makeSampler, type SamplerParts } from './samplers/makeSampler.ts';
export type { StepInput, StepResult } from './samplers/loop.ts';
export { weightedSum, type Term } from './diffusion/combine.ts';
export { guide, guideHalves } from './diffusion/guidance.ts';
export { addNoise, convertPrediction, predictionWeights } from './diffusion/prediction.ts';
export type { Prediction } from './diffusion/prediction.ts';

// Training
export * from './training/index.ts';
