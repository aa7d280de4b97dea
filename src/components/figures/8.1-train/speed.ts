// How fast a run goes and how long it still takes, from the steps that were done.
import type { Recipe } from '@noisebook/ldm/numbers';
import type { Phase } from '@noisebook/ldm';

/** Weight of the newest step in the mean. */
const NEW = 0.1;

export class Speed {
  /** Milliseconds from one step to the next, per phase; measured or probed. */
  readonly #ms: Partial<Record<Phase, number>> = {};
  #previous: { phase: Phase; at: number } | undefined;

  /** What a probe or an earlier part of the run has measured. */
  expect(phase: Phase, ms: number): void {
    this.#ms[phase] ??= ms;
  }

  /** A step is done. @param now milliseconds @param ms its own duration, for the first one */
  step(phase: Phase, now: number, ms: number): void {
    const gap = this.#previous?.phase === phase ? now - this.#previous.at : ms;
    this.#previous = { phase, at: now };
    const known = this.#ms[phase];
    // A pause, or pictures that were drawn in between, are no step.
    const taken = known === undefined ? ms : Math.min(gap, 6 * Math.max(known, ms));
    this.#ms[phase] = known === undefined ? taken : known + NEW * (taken - known);
  }

  /** The next step's gap says nothing: the run was paused. */
  pause(): void {
    this.#previous = undefined;
  }

  perSecond(phase: Phase): number | undefined {
    const ms = this.#ms[phase];
    return ms === undefined || ms <= 0 ? undefined : 1000 / ms;
  }

  /** Milliseconds until the end; undefined while a phase was never timed. */
  left(recipe: Recipe, phase: Phase, step: number): number | undefined {
    const { autoencoder, denoiser } = this.#ms;
    const ahead = Math.max(0, recipe.denoiserSteps - (phase === 'denoiser' ? step : 0));
    const first = phase === 'autoencoder' ? Math.max(0, recipe.autoencoderSteps - step) : 0;
    if ((first > 0 && autoencoder === undefined) || (ahead > 0 && denoiser === undefined)) return undefined;
    return first * (autoencoder ?? 0) + ahead * (denoiser ?? 0);
  }
}

/** A duration for people: "40 s", "3 min", "1 h 20 min". */
export function forPeople(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 90) return `${Math.max(1, seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return `${hours} h ${minutes % 60} min`;
}
