// The learning rate over a run: up along a line, down along a cosine (Loshchilov & Hutter 2017, without restarts).

export interface LearningRateOptions {
  /** The peak. */
  readonly base: number;
  /** Length of the run. */
  readonly steps: number;
  /** Steps of the climb. 0 begins at the peak. */
  readonly warmup?: number;
  /** What the cosine ends at, as a share of the peak. 0 by default. */
  readonly floor?: number;
}

/**
 * The learning rate of one step.
 * @param step steps already taken: 0 is the first; from `steps` on it stays at the floor
 */
export function learningRateAt(
  step: number,
  { base, steps, warmup = 0, floor = 0 }: LearningRateOptions,
): number {
  const climb = warmup > 0 ? Math.min(1, (step + 1) / warmup) : 1;
  const progress = steps > 0 ? Math.min(1, step / steps) : 1;
  const cosine = 0.5 * (1 + Math.cos(Math.PI * progress));
  return base * climb * (floor + (1 - floor) * cosine);
}
