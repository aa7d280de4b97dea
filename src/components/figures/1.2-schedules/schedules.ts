// Figure 1.2's four schedules, with the settings that made them known, and their curves.
import { fixed, significant } from '../../../writing/numbers.ts';
import { type BetaSettings, halfLogSnr, makeAlphasCumprod, signalAndNoise } from '@noisebook/ldm/numbers';
import { T } from '../../kit/noise/fields.ts';

const settings = (changes: Partial<BetaSettings>): BetaSettings => ({
  numTrainTimesteps: T,
  betaStart: 0.0001,
  betaEnd: 0.02,
  betaSchedule: 'linear',
  trainedBetas: null,
  rescaleBetasZeroSnr: false,
  ...changes,
});
const stableDiffusion = { betaStart: 0.00085, betaEnd: 0.012, betaSchedule: 'scaled_linear' } as const;

export const scheduleIds = ['linear', 'scaled', 'cosine', 'zero'] as const;
export type ScheduleId = (typeof scheduleIds)[number];

export interface Schedule {
  readonly id: ScheduleId;
  readonly name: string;
  readonly whose: string;
  readonly settings: BetaSettings;
  /** How its lines are dashed, in pixels: what tells them apart besides their place. */
  readonly dash: string;
}

export const schedules: readonly Schedule[] = [
  { id: 'linear', name: 'Linear', whose: 'DDPM, 2020', settings: settings({}), dash: '1.5 4' },
  {
    id: 'scaled',
    name: 'Scaled linear',
    whose: 'Stable Diffusion, 2022',
    settings: settings(stableDiffusion),
    dash: '9 4',
  },
  {
    id: 'cosine',
    name: 'Cosine',
    whose: 'improved DDPM, 2021; this notebook’s model',
    settings: settings({ betaSchedule: 'squaredcos_cap_v2' }),
    dash: 'none',
  },
  {
    id: 'zero',
    name: 'Zero terminal SNR',
    whose: 'scaled linear, rescaled, 2023',
    settings: settings({ ...stableDiffusion, rescaleBetasZeroSnr: true }),
    dash: '10 3 2 3',
  },
];

/** alpha-bar of every schedule, in their order. */
export const makeCurves = (): readonly Float32Array[] =>
  schedules.map((schedule) => makeAlphasCumprod(schedule.settings));

/** The log-SNR chart shows from -LOG_RANGE to LOG_RANGE. */
export const LOG_RANGE = 12;

export interface Reading {
  /** sqrt(alpha-bar) and sqrt(1 - alpha-bar) */
  readonly alpha: number;
  readonly sigma: number;
  /** log(alpha-bar / (1 - alpha-bar)), natural; -Infinity without signal */
  readonly logSnr: number;
}

export function readingAt(alphasCumprod: Float32Array, t: number): Reading {
  const alphaBar = alphasCumprod[t] ?? 1;
  return { ...signalAndNoise(alphaBar), logSnr: 2 * halfLogSnr(alphaBar) };
}

/** A signal as people read it: three digits that count, and no false zero. */
export function share(value: number): string {
  if (value === 0) return '0';
  return value >= 0.001 ? fixed(value, 2 - Math.floor(Math.log10(value))) : significant(value, 2);
}
