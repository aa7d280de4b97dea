// The sampler that draws with a model: its own, or one of ours in place of one that this library does not have.
import { ConfigError, ConfigReader } from './reader.ts';
import { parseSchedulerConfig, schedulerClassNames } from './scheduler.ts';
import type { SchedulerClassName, SchedulerConfig } from './schedulerTypes.ts';

export interface ChosenScheduler {
  readonly config: SchedulerConfig;
  /** A sentence that says which sampler stands in for which; undefined when it is the model's own. */
  readonly note: string | undefined;
}

type Json = Readonly<Record<string, unknown>>;

interface StandIn {
  readonly className: SchedulerClassName;
  /** What the class takes for absent keys, where the one in its place takes something else. */
  readonly defaults?: Json;
  /** What the one in its place needs to draw well. */
  readonly changes?: Json;
}

const STABLE_DIFFUSION: Json = { beta_start: 0.00085, beta_end: 0.012 };
const distilled: StandIn = {
  className: 'DDIMScheduler',
  defaults: { ...STABLE_DIFFUSION, beta_schedule: 'scaled_linear' },
  // Their few steps begin at the noisiest timestep.
  changes: { timestep_spacing: 'trailing' },
};
const euler: StandIn = { className: 'EulerDiscreteScheduler' };
const solver: StandIn = { className: 'DPMSolverMultistepScheduler' };

/** Samplers of diffusers whose noise schedule is one of betas, and ours that follow the same path from noise to picture. */
const STAND_INS: ReadonlyMap<unknown, StandIn> = new Map<unknown, StandIn>([
  ['PNDMScheduler', { className: 'DDIMScheduler', defaults: { set_alpha_to_one: false } }],
  ['DDIMParallelScheduler', { className: 'DDIMScheduler' }],
  ['DDIMInverseScheduler', { className: 'DDIMScheduler' }],
  ['DDPMParallelScheduler', { className: 'DDPMScheduler' }],
  ['RePaintScheduler', { className: 'DDPMScheduler' }],
  ['LCMScheduler', distilled],
  ['TCDScheduler', distilled],
  ['EulerAncestralDiscreteScheduler', euler],
  ['LMSDiscreteScheduler', euler],
  ['HeunDiscreteScheduler', { ...euler, defaults: STABLE_DIFFUSION }],
  ['KDPM2DiscreteScheduler', { ...euler, defaults: STABLE_DIFFUSION }],
  ['KDPM2AncestralDiscreteScheduler', { ...euler, defaults: STABLE_DIFFUSION }],
  ['UniPCMultistepScheduler', solver],
  ['DEISMultistepScheduler', solver],
  ['DPMSolverSinglestepScheduler', solver],
  ['DPMSolverMultistepInverseScheduler', solver],
  ['DPMSolverSDEScheduler', { ...solver, defaults: STABLE_DIFFUSION }],
  ['SASolverScheduler', solver],
]);

/** What a model was trained with, and where its timesteps lie: all that one sampler takes from the settings of another. */
const SHARED = [
  'num_train_timesteps',
  'beta_start',
  'beta_end',
  'beta_schedule',
  'trained_betas',
  'rescale_betas_zero_snr',
  'prediction_type',
  'timestep_spacing',
  'steps_offset',
  'clip_sample',
  'clip_sample_range',
  'set_alpha_to_one',
  'use_karras_sigmas',
  'use_exponential_sigmas',
  'use_beta_sigmas',
  'final_sigmas_type',
  'shift',
  'shift_terminal',
  'invert_sigmas',
] as const;

const isFlowName = (name: unknown): boolean => typeof name === 'string' && name.startsWith('FlowMatch');
/** Samplers whose networks take noise in another form; no sampler of ours can draw with those. */
const isOther = (name: unknown): boolean =>
  typeof name === 'string' && /^(EDM|CosineDPM|CMStochastic|KarrasVe|ScoreSde|VQDiffusion|UnCLIP)/.test(name);

/**
 * The settings of the sampler that draws: of the class that scheduler_config.json names, of one that stands in for it, or
 * of the class that is asked for. Settings that only another sampler has never bar a model.
 * @throws ConfigError when no sampler of this library fits the model
 */
export function chooseScheduler(
  json: unknown,
  where: string,
  className?: SchedulerClassName,
): ChosenScheduler {
  const reader = new ConfigReader(json, where);
  const named = reader.raw('_class_name');
  if (isOther(named))
    reader.fail('_class_name', 'a sampler for a network of the kinds that this library draws with');
  const settings = json as Json;
  const isFlow =
    isFlowName(named) ||
    settings['use_flow_sigmas'] === true ||
    settings['prediction_type'] === 'flow_prediction';
  if (className !== undefined) {
    if (isFlow !== isFlowName(className) && named !== undefined)
      reader.fail('_class_name', `the settings of a model that ${className} can sample`);
    if (named === undefined) return { config: parseSchedulerConfig(json, where, className), note: undefined };
    if (named === className) return ownScheduler(settings, where, className);
    return { config: parseSchedulerConfig(shared(settings, className), where), note: undefined };
  }
  const own = schedulerClassNames.find((name) => name === named);
  if (own !== undefined && isFlow === isFlowName(own)) return ownScheduler(settings, where, own);
  const standIn: StandIn | undefined = isFlow
    ? { className: 'FlowMatchEulerDiscreteScheduler' }
    : STAND_INS.get(named);
  // The reader of our own samplers says which they are.
  if (standIn === undefined) return { config: parseSchedulerConfig(json, where), note: undefined };
  const read = { ...shared({ ...standIn.defaults, ...settings }, standIn.className), ...standIn.changes };
  return {
    config: parseSchedulerConfig(read, where),
    note: `Its sampler, ${String(named)}${isFlowName(named) ? '' : isFlow ? ' with flow sigmas' : ''}, is not implemented here: ${standIn.className} stands in for it.`,
  };
}

/** A sampler of ours, without those of its settings that are not implemented if there are such. */
function ownScheduler(settings: Json, where: string, className: SchedulerClassName): ChosenScheduler {
  try {
    return { config: parseSchedulerConfig(settings, where), note: undefined };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    let config: SchedulerConfig;
    try {
      config = parseSchedulerConfig(shared(settings, className), where);
    } catch {
      throw error; // It is about what the model was trained with.
    }
    return { config, note: `${error.message} ${className} without this setting stands in for its sampler.` };
  }
}

/** What `className` takes from the settings of another sampler. */
function shared(settings: Json, className: SchedulerClassName): Json {
  const given = new Map<string, unknown>(Object.entries(settings));
  given.set('shift', settings['shift'] ?? settings['flow_shift']);
  const kept = SHARED.map((key) => [key, given.get(key)] as const).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(kept), _class_name: className };
}
