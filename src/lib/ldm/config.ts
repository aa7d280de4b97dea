// The settings of a model folder's parts: types and validation. Field names are diffusers' in camelCase.
export { ConfigError } from './config/reader.ts';
export { parseVaeConfig, type VaeConfig } from './config/vae.ts';
export { parseClipTextConfig, type ClipTextActivation, type ClipTextConfig } from './config/clipText.ts';
export { parseModelIndex, type ModelIndex, type ModelPart } from './config/modelIndex.ts';
export {
  parseUnetConfig,
  type UnetConfig,
  type UnetDownBlockConfig,
  type UnetMidBlockConfig,
  type UnetUpBlockConfig,
} from './config/unet.ts';
export type { Activation } from './config/shared.ts';
export { parseConfigJson } from './config/json.ts';
export { forLatentPipeline, parseSchedulerConfig } from './config/scheduler.ts';
export { chooseScheduler, type ChosenScheduler } from './config/standIns.ts';
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
} from './config/schedulerTypes.ts';
