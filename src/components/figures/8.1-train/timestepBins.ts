// The denoiser's error by timestep: where in the noise it still has to learn. Recent steps count more than old ones.
import type { ChartPoint } from '../../kit/charts/chart.ts';

export const BINS = 20;
const TIMESTEPS = 1000;
/** Pictures that a bin remembers, about: an old one's weight is (1 - 1/MEMORY) for each that came after it. */
const MEMORY = 120;

export class TimestepBins {
  readonly #mean = new Float64Array(BINS);
  readonly #square = new Float64Array(BINS);
  readonly #weight = new Float64Array(BINS);

  /** Adds the errors of one batch. */
  add(timesteps: readonly number[], errors: readonly number[]): void {
    timesteps.forEach((timestep, i) => {
      const error = errors[i];
      if (error === undefined || !Number.isFinite(error)) return;
      const bin = Math.max(0, Math.min(BINS - 1, Math.floor((timestep / TIMESTEPS) * BINS)));
      const weight = Math.min(MEMORY, this.#weight[bin]! + 1);
      this.#weight[bin] = weight;
      this.#mean[bin]! += (error - this.#mean[bin]!) / weight;
      this.#square[bin]! += (error * error - this.#square[bin]!) / weight;
    });
  }

  /** The mean error of each bin that was met, at the bin's middle, with its standard error. */
  points(): ChartPoint[] {
    return Array.from({ length: BINS }, (_, bin) => {
      const [mean, count] = [this.#mean[bin]!, this.#weight[bin]!];
      const spread = Math.sqrt(Math.max(0, this.#square[bin]! - mean * mean) / Math.max(1, count));
      return {
        x: ((bin + 0.5) * TIMESTEPS) / BINS,
        y: mean,
        ...(count >= 3 && { low: Math.max(mean / 3, mean - spread), high: mean + spread }),
        count,
      };
    })
      .filter(({ count }) => count > 0)
      .map(({ count: _, ...point }) => point);
  }
}
