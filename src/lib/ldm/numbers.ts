// The door without tensors: settings, schedules, files, words, measures, recipes. Loads no TensorFlow.js.

// Random numbers, lists, waiting
export { hashString, Rng, type RngState } from './base/rng.ts';
export { at, last } from './base/at.ts';
export { inTime, TimeLimitError } from './base/inTime.ts';
export { expectShape } from './base/shapes.ts';
export { yieldToEventLoop } from './base/yieldToEventLoop.ts';

// Settings
export {
  checkStartingPoint,
  chooseScheduler,
  ConfigError,
  DEFAULT_SAMPLING,
  forLatentPipeline,
  parseClipTextConfig,
  parseConfigJson,
  parseModelIndex,
  parseSamplerSettings,
  parseSchedulerConfig,
  parseUnetConfig,
  parseVaeConfig,
  PICTURE_LIMITS,
  schedulerClassNames,
  withSettings,
} from './config/index.ts';
export type {
  BetaSettings,
  ChosenScheduler,
  ClipTextConfig,
  DdimConfig,
  DdpmConfig,
  DpmSolverConfig,
  EulerConfig,
  FlowMatchEulerConfig,
  ModelIndex,
  PredictionType,
  SamplerSettings,
  SchedulerClassName,
  SchedulerConfig,
  SigmaSettings,
  StartingPoint,
  TimestepSpacing,
  UnetConfig,
  VaeConfig,
} from './config/index.ts';
export { ConfigReader } from './config/reader.ts';
export { unetTapPoints } from './config/unetPoints.ts';
export type { ActivationPoint, AttentionPoint, TapPoint, TapSize } from './config/unetPoints.ts';

// Noise schedules
export { makeBetas } from './schedules/betas.ts';
export { makeAlphasCumprod, makeSigmas, rescaleZeroTerminalSnr } from './schedules/alphas.ts';
export { dpmSolverSchedule, eulerSchedule, flowMatchSchedule } from './schedules/sigmas.ts';
export type { SigmaSchedule } from './schedules/sigmas.ts';
export { levelsOf } from './schedules/levels.ts';
export { forwardJump, forwardStep, signalAndNoise, type NoiseLevel } from './schedules/forward.ts';
export { spacedTimesteps, startIndexFor } from './schedules/timesteps.ts';
export { alphaSigma, halfLogSnr, snr } from './schedules/snr.ts';

// Files
export { checkPath, fileListSource, memorySource, urlSource } from './weights/source.ts';
export type { ModelSource, ReadOptions } from './weights/source.ts';
export { BASE_NAME, takesFromBase } from './weights/baseFiles.ts';
export { withBase } from './weights/withBase.ts';
export { isHtmlPage } from './weights/sniff.ts';
export { parseSafetensors, serializeSafetensors } from './weights/safetensors.ts';
export type { HostTensor, ParseOptions, SerializeOptions, StateDict } from './weights/safetensors.ts';
export { SafetensorsError } from './weights/safetensorsHeader.ts';

// Words
export { CLIPTokenizer } from './tokenizer/clipTokenizer.ts';
export type { Encoding, TokenizedWord, TokenizerFiles } from './tokenizer/clipTokenizer.ts';
export { TokenizerError } from './tokenizer/vocabulary.ts';
export { wordTokens, type WordTokens } from './tokenizer/wordTokens.ts';
export { makeVocabulary, type MadeVocabulary } from './tokenizer/makeVocabulary.ts';

// Measures
export {
  densities,
  histogram,
  kolmogorovSmirnov,
  kolmogorovSmirnovLimit,
  moments,
  normalDensity,
  quantiles,
  type Moments,
} from './metrics/distribution.ts';
export {
  FEATURES as FIRST_STAGE_FEATURES,
  featureWeights,
  reconstructionLoss,
} from './metrics/firstStageLoss.ts';
export {
  frechetDistance,
  moments as featureMoments,
  rootOf,
  type Moments as FeatureMoments,
} from './metrics/frechetDistance.ts';
export {
  channelMoments,
  neighbourCorrelation,
  shuffleCells,
  type Moments as ChannelMoments,
} from './metrics/latentStatistics.ts';
export {
  agreement,
  chanceAgreement,
  nearest,
  neighbourTable,
  trustworthiness,
} from './metrics/neighbours.ts';
export { pca, project, symmetricEigen, type Pca } from './metrics/pca.ts';
export { countAbove, differenceMap, rgbOf } from './metrics/pictureDifference.ts';
export { countModes, type ModeCount, type ModesOptions } from './metrics/modes.ts';
export { axisProfile, peakHeight, powerSpectrum, toDecibels } from './metrics/powerSpectrum.ts';
export { meanSquaredError, psnr } from './metrics/psnr.ts';
export { rankCorrelation } from './metrics/rankCorrelation.ts';
export { luma, ssim, ssimMap } from './metrics/ssim.ts';
export { wordMaps } from './metrics/wordMaps.ts';

// What a training run will be, and take
export * from './recipe/index.ts';
