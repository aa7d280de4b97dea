// The noise schedule of the shipped model, read from its own settings when the site is built.
import { type BetaSettings, parseSchedulerConfig } from '@noisebook/ldm/numbers';
import { readPublic } from './recordings.ts';

/** What figures need to compute the schedule themselves. @throws for a model that has no betas */
export function shippedSchedule(model = 'faces-64'): BetaSettings {
  const path = `weights/${model}/scheduler/scheduler_config.json`;
  const config = parseSchedulerConfig(readPublic(path, 'training/export.py writes it.'), path);
  if (!('betaSchedule' in config)) throw new Error(`${path}: expected a schedule of betas.`);
  const { numTrainTimesteps, betaStart, betaEnd, betaSchedule, trainedBetas, rescaleBetasZeroSnr } = config;
  return { numTrainTimesteps, betaStart, betaEnd, betaSchedule, trainedBetas, rescaleBetasZeroSnr };
}
