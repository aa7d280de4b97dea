// One run of figure 0.1, recorded or live: what there is to see at every step, in each of the three views.
import type { GenerateRequest, Sizes, StartEvent, StepEvent } from '../../../engine/protocol/messages.ts';

export type View = 'latents' | 'decoded' | 'predicted';

type Pixels = Uint8ClampedArray<ArrayBuffer>;

/** A picture of all images; `exact` is false for a quick sketch that the decoder didn't make. */
export interface Picture {
  readonly rgba: Pixels;
  readonly exact: boolean;
}

/** Position k of the scrubber: the latents after k steps, and what the model guesses from them. */
export interface Frame {
  /** x after k steps. */
  readonly latents: Float32Array;
  /** The end result as guessed from these latents; at the last position the latents themselves. */
  predX0?: Float32Array;
  decoded?: Picture;
  predicted?: Picture;
}

/** A run while it grows: `frames[0]` is pure noise, `frames[k]` what step k left. */
export interface FaceRun {
  readonly recorded: boolean;
  readonly request: GenerateRequest;
  readonly sizes: Sizes;
  /** One timestep for each step, noisiest first. */
  readonly timesteps: readonly number[];
  readonly frames: Frame[];
  /** Numbers of this size and beyond get the colour map's darkest colours. */
  readonly range: number;
}

/** Largest absolute value, rounded up to a half: the one range of the colour map. */
export function latentRange(latents: Float32Array): number {
  let largest = 0;
  for (const value of latents) largest = Math.max(largest, Math.abs(value));
  return Math.max(0.5, Math.ceil(largest * 2) / 2);
}

/** A live run, before its first step. */
export function startRun(request: GenerateRequest, event: StartEvent): FaceRun {
  const { sizes, timesteps, latents } = event;
  return { recorded: false, request, sizes, timesteps, frames: [{ latents }], range: latentRange(latents) };
}

/** Adds a step; what its preview shows is what the run's request asked for. */
export function addStep(run: FaceRun, event: StepEvent): void {
  const next: Frame = { latents: event.latents };
  const before = run.frames[event.index]!;
  before.predX0 = event.predX0;
  if (event.preview !== undefined) {
    const picture = { rgba: event.preview, exact: event.previewKind === 'decoded' };
    if (run.request.previewOf === 'latents') next.decoded = picture;
    else before.predicted = picture;
  }
  run.frames[event.index + 1] = next;
}

/** The last step is done: its latents are the result, and the guess needs no guessing. */
export function finishRun(run: FaceRun, images: Pixels): void {
  const last = run.frames[run.frames.length - 1]!;
  last.predX0 = last.latents;
  last.decoded = last.predicted = { rgba: images, exact: true };
}

/** Steps that the run set out to do. */
export const totalSteps = (run: FaceRun): number => run.timesteps.length;

/** The furthest position that `view` has something for. */
export function reached(run: FaceRun, view: View): number {
  const last = run.frames.length - 1;
  return view === 'predicted' && run.frames[last]?.predX0 === undefined ? Math.max(0, last - 1) : last;
}

/** The latents behind a picture that is missing or only a sketch; undefined when all of `view` is there. */
export function nextMissing(
  run: FaceRun,
  view: View,
  position: number,
): { frame: Frame; latents: Float32Array } | undefined {
  if (view === 'latents') return undefined;
  const wanted = run.frames
    .map((frame, k) => ({
      frame,
      latents: view === 'decoded' ? frame.latents : frame.predX0,
      done: frame[view]?.exact === true,
      distance: Math.abs(k - position),
    }))
    .filter(({ done, latents }) => !done && latents !== undefined)
    .sort((a, b) => a.distance - b.distance);
  const nearest = wanted[0];
  if (nearest?.latents === undefined) return undefined;
  return { frame: nearest.frame, latents: nearest.latents };
}
