// The samplers' settings as types. Names are diffusers' in camelCase.

/** What a model predicts: the noise, the clean sample, v = alpha noise - sigma x0, or (flow) noise - x0. */
export type PredictionType = 'epsilon' | 'sample' | 'v_prediction' | 'flow';

export type TimestepSpacing = 'leading' | 'trailing' | 'linspace';

/** The noise schedule that a model was trained with. */
export interface BetaSettings {
  /** T, the number of noise levels. */
  readonly numTrainTimesteps: number;
  readonly betaStart: number;
  readonly betaEnd: number;
  readonly betaSchedule: 'linear' | 'scaled_linear' | 'squaredcos_cap_v2' | 'sigmoid' | 'laplace';
  /** T betas to use instead, or null. */
  readonly trainedBetas: readonly number[] | null;
  /** Shift the schedule so that the last noise level has no signal left (Lin et al. 2023, algorithm 1). */
  readonly rescaleBetasZeroSnr: boolean;
}

/** At most one is true; none: the sigmas at the timesteps. */
export interface SigmaSettings {
  readonly useKarrasSigmas: boolean;
  readonly useExponentialSigmas: boolean;
  readonly useBetaSigmas: boolean;
}

interface SpacingSettings {
  readonly timestepSpacing: TimestepSpacing;
  /** Added to the timesteps of leading spacing. */
  readonly stepsOffset: number;
  readonly predictionType: Exclude<PredictionType, 'flow'>;
}

interface ClipSettings {
  /** Limit the predicted x0 to plus or minus clipSampleRange. For pixels, not for latents. */
  readonly clipSample: boolean;
  readonly clipSampleRange: number;
}

export interface DdpmConfig extends BetaSettings, SpacingSettings, ClipSettings {
  readonly className: 'DDPMScheduler';
  readonly varianceType: 'fixed_small' | 'fixed_small_log' | 'fixed_large';
}

export interface DdimConfig extends BetaSettings, SpacingSettings, ClipSettings {
  readonly className: 'DDIMScheduler';
  /** Whether the last step ends at no noise, or at the noise of timestep 0. */
  readonly setAlphaToOne: boolean;
}

export interface EulerConfig extends BetaSettings, SpacingSettings, SigmaSettings {
  readonly className: 'EulerDiscreteScheduler';
  readonly interpolationType: 'linear' | 'log_linear';
  /** Ends of the Karras, exponential and beta sigmas; null: those of the timesteps. */
  readonly sigmaMin: number | null;
  readonly sigmaMax: number | null;
  /** continuous: with v_prediction, the model sees log(sigma) / 4 as its timestep. */
  readonly timestepType: 'discrete' | 'continuous';
  readonly finalSigmasType: 'zero' | 'sigma_min';
}

export interface DpmSolverConfig extends BetaSettings, SpacingSettings, SigmaSettings {
  readonly className: 'DPMSolverMultistepScheduler';
  readonly solverOrder: 1 | 2 | 3;
  readonly solverType: 'midpoint' | 'heun';
  /** With fewer than 15 steps, the last ones use lower orders. */
  readonly lowerOrderFinal: boolean;
  readonly eulerAtFinal: boolean;
  readonly useLuLambdas: boolean;
  /** Noise levels whose log(alpha / sigma) is below are left out. */
  readonly lambdaMinClipped: number;
  readonly finalSigmasType: 'zero' | 'sigma_min';
}

export interface FlowMatchEulerConfig extends SigmaSettings {
  readonly className: 'FlowMatchEulerDiscreteScheduler';
  readonly predictionType: 'flow';
  readonly numTrainTimesteps: number;
  /** Above 1: more of the steps at high noise. */
  readonly shift: number;
  /** The last sigma before 0, or null. */
  readonly shiftTerminal: number | null;
  /** Draw new noise in every step. */
  readonly stochasticSampling: boolean;
}

export type SchedulerConfig = DdpmConfig | DdimConfig | EulerConfig | DpmSolverConfig | FlowMatchEulerConfig;

export type SchedulerClassName = SchedulerConfig['className'];
