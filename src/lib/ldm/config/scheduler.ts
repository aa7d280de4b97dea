// The settings of a sampler (scheduler/scheduler_config.json), with diffusers' defaults for absent keys.
import { ConfigReader } from './reader.ts';
import type {
  BetaSettings,
  DdimConfig,
  DdpmConfig,
  DpmSolverConfig,
  EulerConfig,
  FlowMatchEulerConfig,
  SchedulerClassName,
  SchedulerConfig,
  SigmaSettings,
} from './schedulerTypes.ts';

export type * from './schedulerTypes.ts';

/** The samplers of this library, by their names in diffusers. */
export const schedulerClassNames = [
  'DDPMScheduler',
  'DDIMScheduler',
  'EulerDiscreteScheduler',
  'DPMSolverMultistepScheduler',
  'FlowMatchEulerDiscreteScheduler',
] as const satisfies readonly SchedulerClassName[];

/** Each noise level takes memory and time before anything is drawn; diffusers' models have 1000. */
const MOST_TIMESTEPS = 10_000;

const predictionTypes = ['epsilon', 'sample', 'v_prediction'] as const;
const spacings = ['leading', 'trailing', 'linspace'] as const;

/**
 * Reads a scheduler's settings. `className` reads them for another sampler than the file names, as diffusers'
 * `from_config` does: shared settings are kept, the others take that sampler's defaults.
 * Settings of other samplers are ignored, since saved files often carry them.
 * @throws ConfigError naming the key, what was expected and what came.
 */
export function parseSchedulerConfig(
  json: unknown,
  where: string,
  className?: SchedulerClassName,
): SchedulerConfig {
  const reader = new ConfigReader(json, where);
  const named = reader.raw('_class_name');
  const isFlow = (name: unknown): boolean => typeof name === 'string' && name.startsWith('FlowMatch');
  if (className !== undefined && named !== undefined && isFlow(named) !== isFlow(className)) {
    reader.fail('_class_name', `the settings of a model that ${className} can sample`);
  }
  const name = className ?? reader.oneOf('_class_name', undefined, schedulerClassNames);
  if (reader.raw('use_dynamic_shifting') !== undefined) {
    reader.only('use_dynamic_shifting', [false], 'shifting by image size is not implemented');
  }
  reader.only('thresholding', [false, null], 'dynamic thresholding is not implemented');
  switch (name) {
    case 'DDPMScheduler':
      return readDdpm(reader);
    case 'DDIMScheduler':
      return readDdim(reader);
    case 'EulerDiscreteScheduler':
      return readEuler(reader);
    case 'DPMSolverMultistepScheduler':
      return readDpmSolver(reader);
    case 'FlowMatchEulerDiscreteScheduler':
      return readFlowMatch(reader);
  }
}

/**
 * The settings as diffusers' Stable Diffusion pipelines use them: they switch `clip_sample` off (latents are not
 * limited to [-1, 1]) and insist on `steps_offset` 1, whatever the file says.
 */
export function forLatentPipeline(config: SchedulerConfig): SchedulerConfig {
  switch (config.className) {
    case 'DDPMScheduler':
    case 'DDIMScheduler':
      return { ...config, clipSample: false, stepsOffset: 1 };
    case 'EulerDiscreteScheduler':
    case 'DPMSolverMultistepScheduler':
      return { ...config, stepsOffset: 1 };
    case 'FlowMatchEulerDiscreteScheduler':
      return config;
  }
}

type BetaScheduleName = BetaSettings['betaSchedule'];

function readBetas(reader: ConfigReader, more: readonly BetaScheduleName[] = []): BetaSettings {
  const numTrainTimesteps = reader.integer('num_train_timesteps', 1000, { min: 1, max: MOST_TIMESTEPS });
  const trainedBetas = reader.orNull('trained_betas', (key) => reader.numbers(key));
  if (trainedBetas && trainedBetas.length !== numTrainTimesteps) {
    reader.fail('trained_betas', `${numTrainTimesteps} numbers (num_train_timesteps)`, trainedBetas.length);
  }
  if (trainedBetas?.some((beta) => !(beta >= 0 && beta <= 1))) {
    reader.fail('trained_betas', 'numbers from 0 to 1');
  }
  const schedules: readonly BetaScheduleName[] = ['linear', 'scaled_linear', 'squaredcos_cap_v2', ...more];
  return {
    numTrainTimesteps,
    betaStart: reader.number('beta_start', 0.0001, { min: 0, max: 1 }),
    betaEnd: reader.number('beta_end', 0.02, { min: 0, max: 1 }),
    betaSchedule: reader.oneOf('beta_schedule', 'linear', schedules),
    trainedBetas,
    rescaleBetasZeroSnr: reader.boolean('rescale_betas_zero_snr', false),
  };
}

function readSpacing(reader: ConfigReader, fallback: (typeof spacings)[number]) {
  return {
    timestepSpacing: reader.oneOf('timestep_spacing', fallback, spacings),
    stepsOffset: reader.integer('steps_offset', 0, { min: 0 }),
  };
}

function readClip(reader: ConfigReader) {
  return {
    clipSample: reader.boolean('clip_sample', true),
    clipSampleRange: reader.number('clip_sample_range', 1, { above: 0 }),
  };
}

function readSigmaSettings(reader: ConfigReader): SigmaSettings {
  const flag = (key: string): boolean => reader.raw(key) !== null && reader.boolean(key, false);
  const settings = {
    useKarrasSigmas: flag('use_karras_sigmas'),
    useExponentialSigmas: flag('use_exponential_sigmas'),
    useBetaSigmas: flag('use_beta_sigmas'),
  };
  if (Object.values(settings).filter(Boolean).length > 1) {
    reader.fail(
      'use_karras_sigmas',
      'at most one of use_karras_sigmas, use_exponential_sigmas and use_beta_sigmas',
    );
  }
  return settings;
}

function readDdpm(reader: ConfigReader): DdpmConfig {
  return {
    className: 'DDPMScheduler',
    ...readBetas(reader, ['sigmoid', 'laplace']),
    ...readSpacing(reader, 'leading'),
    ...readClip(reader),
    predictionType: reader.oneOf('prediction_type', 'epsilon', predictionTypes),
    varianceType:
      reader.raw('variance_type') === null
        ? 'fixed_small'
        : reader.oneOf('variance_type', 'fixed_small', ['fixed_small', 'fixed_small_log', 'fixed_large']),
  };
}

function readDdim(reader: ConfigReader): DdimConfig {
  return {
    className: 'DDIMScheduler',
    ...readBetas(reader),
    ...readSpacing(reader, 'leading'),
    ...readClip(reader),
    predictionType: reader.oneOf('prediction_type', 'epsilon', predictionTypes),
    setAlphaToOne: reader.boolean('set_alpha_to_one', true),
  };
}

function readEuler(reader: ConfigReader): EulerConfig {
  const positive = (key: string): number | null =>
    reader.orNull(key, () => reader.number(key, 0, { above: 0 }));
  const prediction = reader.oneOf('prediction_type', 'epsilon', [...predictionTypes, 'original_sample']);
  return {
    className: 'EulerDiscreteScheduler',
    ...readBetas(reader),
    ...readSpacing(reader, 'linspace'),
    ...readSigmaSettings(reader),
    predictionType: prediction === 'original_sample' ? 'sample' : prediction,
    interpolationType: reader.oneOf('interpolation_type', 'linear', ['linear', 'log_linear']),
    sigmaMin: positive('sigma_min'),
    sigmaMax: positive('sigma_max'),
    timestepType: reader.oneOf('timestep_type', 'discrete', ['discrete', 'continuous']),
    finalSigmasType: reader.oneOf('final_sigmas_type', 'zero', ['zero', 'sigma_min']),
  };
}

function readDpmSolver(reader: ConfigReader): DpmSolverConfig {
  reader.only('algorithm_type', ['dpmsolver++', 'deis'], 'the other algorithms are not implemented');
  reader.only('use_flow_sigmas', [false, null], 'flow sigmas are not implemented for this sampler');
  // "fixed_small" and the like are another sampler's setting and do not apply here.
  const variance = reader.raw('variance_type');
  if (variance === 'learned' || variance === 'learned_range') {
    reader.fail('variance_type', 'null (learned variances are not implemented)');
  }
  const lambdaMin = reader.raw('lambda_min_clipped') ?? Number.NEGATIVE_INFINITY;
  if (typeof lambdaMin !== 'number' || Number.isNaN(lambdaMin) || lambdaMin === Number.POSITIVE_INFINITY) {
    reader.fail('lambda_min_clipped', 'a number or -Infinity', lambdaMin);
  }
  const solverType = reader.oneOf('solver_type', 'midpoint', ['midpoint', 'heun', 'logrho', 'bh1', 'bh2']);
  return {
    className: 'DPMSolverMultistepScheduler',
    ...readBetas(reader),
    ...readSpacing(reader, 'linspace'),
    ...readSigmaSettings(reader),
    predictionType: reader.oneOf('prediction_type', 'epsilon', predictionTypes),
    solverOrder: reader.integer('solver_order', 2, { min: 1, max: 3 }) as 1 | 2 | 3,
    solverType: solverType === 'heun' ? 'heun' : 'midpoint',
    lowerOrderFinal: reader.boolean('lower_order_final', true),
    eulerAtFinal: reader.boolean('euler_at_final', false),
    useLuLambdas: reader.boolean('use_lu_lambdas', false),
    lambdaMinClipped: lambdaMin,
    finalSigmasType: reader.oneOf('final_sigmas_type', 'zero', ['zero', 'sigma_min']),
  };
}

function readFlowMatch(reader: ConfigReader): FlowMatchEulerConfig {
  reader.only('invert_sigmas', [false, null], 'inverted sigmas are not implemented');
  return {
    className: 'FlowMatchEulerDiscreteScheduler',
    ...readSigmaSettings(reader),
    predictionType: 'flow',
    numTrainTimesteps: reader.integer('num_train_timesteps', 1000, { min: 1, max: MOST_TIMESTEPS }),
    shift: reader.number('shift', 1, { above: 0 }),
    shiftTerminal: reader.orNull('shift_terminal', (key) => reader.number(key, 0, { min: 0 })),
    stochasticSampling: reader.boolean('stochastic_sampling', false),
  };
}
