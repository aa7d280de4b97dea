// The noise schedule of the notebook's model, as figures get it from their data.ts, and what it leaves at a timestep.
import * as v from 'valibot';
import {
  type BetaSettings,
  makeAlphasCumprod,
  type NoiseLevel,
  signalAndNoise,
} from '@noisebook/ldm/numbers';

/** Schema of a schedule's settings. */
export const betaSettings: v.GenericSchema<unknown, BetaSettings> = v.object({
  numTrainTimesteps: v.number(),
  betaStart: v.number(),
  betaEnd: v.number(),
  betaSchedule: v.picklist(['linear', 'scaled_linear', 'squaredcos_cap_v2', 'sigmoid', 'laplace']),
  trainedBetas: v.nullable(v.array(v.number())),
  rescaleBetasZeroSnr: v.boolean(),
});

const curves = new WeakMap<BetaSettings, Float32Array>();

/** alpha-bar of every timestep; made once for a schedule. */
export function alphaBars(schedule: BetaSettings): Float32Array {
  const curve = curves.get(schedule) ?? makeAlphasCumprod(schedule);
  curves.set(schedule, curve);
  return curve;
}

/** What picture and noise are multiplied by at timestep t. */
export const levelAt = (schedule: BetaSettings, t: number): NoiseLevel =>
  signalAndNoise(alphaBars(schedule)[t] ?? 1);
