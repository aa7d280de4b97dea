// Settings of a sampler that can be turned for one generation, with diffusers' names in camelCase.
import type {
  DdimConfig,
  DdpmConfig,
  DpmSolverConfig,
  FlowMatchEulerConfig,
  SchedulerConfig,
} from './schedulerTypes.ts';

/**
 * What stands in place of the model's own settings, as with `from_config(config, use_karras_sigmas=True)` in diffusers. Each
 * works where the sampler has it: `timestepSpacing` and `rescaleBetasZeroSnr` in all but flow matching, `setAlphaToOne` in
 * DDIM, `varianceType` in DDPM, the sigmas in Euler, DPM-Solver++ and flow matching, `finalSigmasType` in the first two of
 * those, orders and lambdas in DPM-Solver++, `shift` and `stochasticSampling` in flow matching.
 */
export type SamplerSettings = Partial<
  Pick<DdimConfig, 'timestepSpacing' | 'rescaleBetasZeroSnr' | 'setAlphaToOne'> &
    Pick<DdpmConfig, 'varianceType'> &
    Pick<
      DpmSolverConfig,
      | 'useKarrasSigmas'
      | 'useExponentialSigmas'
      | 'useBetaSigmas'
      | 'finalSigmasType'
      | 'solverOrder'
      | 'solverType'
      | 'lowerOrderFinal'
      | 'eulerAtFinal'
      | 'useLuLambdas'
    > &
    Pick<FlowMatchEulerConfig, 'shift' | 'stochasticSampling'>
>;

const flag = [false, true] as const;

/** What each may be; `shift` is any number above 0. */
const allowed: Readonly<Record<keyof SamplerSettings, readonly unknown[] | 'above 0'>> = {
  timestepSpacing: ['leading', 'trailing', 'linspace'],
  rescaleBetasZeroSnr: flag,
  setAlphaToOne: flag,
  varianceType: ['fixed_small', 'fixed_small_log', 'fixed_large'],
  useKarrasSigmas: flag,
  useExponentialSigmas: flag,
  useBetaSigmas: flag,
  finalSigmasType: ['zero', 'sigma_min'],
  solverOrder: [1, 2, 3],
  solverType: ['midpoint', 'heun'],
  lowerOrderFinal: flag,
  eulerAtFinal: flag,
  useLuLambdas: flag,
  shift: 'above 0',
  stochasticSampling: flag,
};

const isName = (name: string): name is keyof SamplerSettings => Object.hasOwn(allowed, name);

/** Settings from elsewhere. @throws RangeError naming the setting, what was expected and what came */
export function parseSamplerSettings(value: unknown): SamplerSettings {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new RangeError(`samplerSettings: expected an object, got ${JSON.stringify(value)}`);
  for (const [name, given] of Object.entries(value)) {
    if (!isName(name))
      throw new RangeError(
        `samplerSettings: expected settings among ${Object.keys(allowed).join(', ')}, got ${name}`,
      );
    const values = allowed[name];
    const fits =
      values === 'above 0'
        ? typeof given === 'number' && given > 0 && Number.isFinite(given)
        : values.includes(given);
    if (!fits) {
      const expected = values === 'above 0' ? 'a number above 0' : `one of ${values.join(', ')}`;
      throw new RangeError(`${name}: expected ${expected}, got ${JSON.stringify(given)}`);
    }
  }
  return value;
}

/**
 * A sampler's settings with others in place of its own.
 * @throws RangeError for a value that a setting can't have, a setting that this sampler hasn't, or two kinds of sigmas
 */
export function withSettings<C extends SchedulerConfig>(config: C, settings: SamplerSettings): C {
  const given = parseSamplerSettings(settings);
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(config, name))
      throw new RangeError(
        `${name}: expected settings that ${config.className} has, got one of another sampler. Leave it out or choose that sampler.`,
      );
  }
  const changed = { ...config, ...given };
  const kinds = (['useKarrasSigmas', 'useExponentialSigmas', 'useBetaSigmas'] as const).filter(
    (name) => name in changed && changed[name] === true,
  );
  if (kinds.length > 1)
    throw new RangeError(`samplerSettings: expected at most one kind of sigmas, got ${kinds.join(' and ')}`);
  return changed;
}
