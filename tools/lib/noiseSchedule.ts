// The shipped model's noise schedule, in Node.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BetaSettings, parseSchedulerConfig } from '@noisebook/ldm/numbers';

const file = join(import.meta.dirname, '../../public/weights/faces-64/scheduler/scheduler_config.json');

export function shippedBetas(): BetaSettings {
  const config = parseSchedulerConfig(JSON.parse(readFileSync(file, 'utf8')), file);
  if (!('betaSchedule' in config)) throw new Error(`${file}: expected a schedule of betas.`);
  return config;
}
