// The door of training: whole runs, and what they are made of.
export { Run, type DrawOptions, type PictureChoice, type TrainingData, type TrainOptions } from './run.ts';
export { AdamW, type AdamWOptions } from './adamw.ts';
export { clipGradients } from './clipGradients.ts';
export { Ema, emaDecay, type EmaOptions } from './ema.ts';
export { averageDecay, Optimizer } from './optimizer.ts';
export { learningRateAt, type LearningRateOptions } from './learningRate.ts';
export { gradients, type LossAndGradients } from './gradients.ts';
export { autoencoderLoss, type AutoencoderLoss, type AutoencoderLossWeights } from './autoencoderLoss.ts';
export { diffusionLoss, diffusionTarget, minSnrWeight } from './diffusionLoss.ts';
export type { DiffusionLoss, NoisyBatch } from './diffusionLoss.ts';
export { countParameters, initialClipText, initialUnet, initialVae } from './initialize.ts';
export { PlaneDiffusion, type PlaneDiffusionOptions } from './planeDiffusion.ts';
export { PlaneGan, type PlaneGanOptions } from './planeGan.ts';
export { planeNoise, type PlaneData } from './planeBatch.ts';
export { TrainingLevels, type DrawnLevel } from './timestepSampling.ts';
export { TrainingStoppedError } from './types.ts';
export type {
  EncodedEvent,
  UpdateTraceEvent,
  Parameter,
  Phase,
  StepEvent as TrainingStepEvent,
  Trainable,
  TrainingEvent,
} from './types.ts';
