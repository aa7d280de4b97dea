// The learning rate of both phases: a short climb, then down along a cosine to almost nothing.
import { learningRateAt } from './learningRate.ts';

const LONGEST_WARMUP = 50;
const WARMUP_SHARE = 0.05;
const FLOOR = 0.02;

/** @param step steps of the phase already taken */
export function phaseLearningRate(step: number, base: number, steps: number): number {
  const warmup = Math.min(LONGEST_WARMUP, Math.ceil(steps * WARMUP_SHARE));
  return learningRateAt(step, { base, steps, warmup, floor: FLOOR });
}
