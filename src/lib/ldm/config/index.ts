// The settings of a model folder's parts: types and validation. Field names are diffusers' in camelCase.
export { ConfigError } from './reader.ts';
export { parseVaeConfig, type VaeConfig } from './vae.ts';
export { parseClipTextConfig, type ClipTextConfig } from './clipText.ts';
export { parseModelIndex, type ModelIndex } from './modelIndex.ts';
export {
  parseUnetConfig,
  type UnetConfig,
  type UnetDownBlockConfig,
  type UnetMidBlockConfig,
  type UnetUpBlockConfig,
} from './unet.ts';
export { parseConfigJson } from './json.ts';
export { DEFAULT_SAMPLING, PICTURE_LIMITS } from './drawingDefaults.ts';
export { forLatentPipeline, parseSchedulerConfig, schedulerClassNames } from './scheduler.ts';
export { parseSamplerSettings, withSettings, type SamplerSettings } from './samplerSettings.ts';
export { checkStartingPoint, type StartingPoint } from './startingPoint.ts';
export { chooseScheduler, type ChosenScheduler } from './standIns.ts';
export type {
  BetaSettings,
  DdimConfig,
  DdpmConfig,
  DpmSolverConfig,
  EulerConfig,
  FlowMatchEulerConfig,
  PredictionType,
  SchedulerClassName,
  SchedulerConfig,
  SigmaSettings,
  TimestepSpacing,
} from './schedulerTypes.ts';
