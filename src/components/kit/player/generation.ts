// A generation, live or recorded: what there is to see at every step, in each of three views.
import * as v from 'valibot';
import type { Engine } from '../../../engine/page/engineTypes.ts';
import type {
  GenerateEvent,
  GenerateRequest,
  GenerateResult,
  Inside,
  LoadEvent,
  PlacedWord,
  Sizes,
  StartEvent,
  StepEvent,
} from '../../../engine/protocol/messages.ts';
import type { Rgba } from '../latents/firstStage.ts';

export type View = 'latents' | 'decoded' | 'predicted';

/** A picture of all images; `exact` is false for a quick sketch that the decoder didn't make. */
export interface FramePicture {
  readonly rgba: Rgba;
  readonly exact: boolean;
}

/** Position k of the scrubber: the latents after k steps, and what the model guesses from them. */
export interface Frame {
  /** x after k steps; this and the next two only where the request's `stepOutputs` asked for them. */
  readonly latents?: Float32Array;
  /** The end result as guessed from these latents; at the last position the latents themselves. */
  predX0?: Float32Array;
  /** The noise as guessed from these latents; none at the last position. */
  predNoise?: Float32Array;
  /** What was seen inside the denoiser as it guessed from these latents, if the request asks for it; none at the last position. */
  attention?: Inside['attention'];
  activations?: Inside['activations'];
  decoded?: FramePicture;
  predicted?: FramePicture;
}

/**
 * A generation while it grows: `frames[0]` is what it started from, pure noise as a rule, `frames[k]` what its kth step left.
 * One that began at step s of the sampler has no frames of the steps before.
 */
export interface Generation {
  readonly recorded: boolean;
  readonly request: GenerateRequest;
  readonly sizes: Sizes;
  /** One timestep for each step, noisiest first. */
  readonly timesteps: readonly number[];
  readonly frames: Frame[];
  /** Numbers of this size and beyond get the colour map's darkest colours. */
  readonly range: number;
}

/** One that is done. */
export interface DoneGeneration extends Generation {
  /** How the model's tokenizer found the prompt, and where its attention sees it. */
  readonly words: readonly PlacedWord[];
  /** The result: RGBA of all images. */
  readonly images: Rgba;
  /** Milliseconds from the prompt to the last picture. */
  readonly ms: number;
  /** Where it was computed, for people. */
  readonly backend: string;
}

/** One that was recorded: its frames lie in three files. */
export interface RecordedGeneration extends Pick<
  DoneGeneration,
  'request' | 'sizes' | 'timesteps' | 'ms' | 'backend'
> {
  /** `latents` holds bytes from -127 to 127; 127 stands for this value. [steps + 1, n, height, width, channels] */
  readonly latentRange: number;
  /** Addresses. Of the pictures: sprites with a column for each position 0 to steps, a row for each image. */
  readonly files: Readonly<Record<View, string>>;
}

export const isDone = (value: unknown): value is DoneGeneration =>
  typeof value === 'object' && value !== null && 'frames' in value && 'timesteps' in value;

export const isRecorded = (value: unknown): value is RecordedGeneration =>
  typeof value === 'object' && value !== null && 'latentRange' in value && 'files' in value;

/** Schema of a generation in a figure's result. */
export const generation = (): v.GenericSchema<unknown, DoneGeneration | RecordedGeneration> =>
  v.custom<DoneGeneration | RecordedGeneration>((value) => isDone(value) || isRecorded(value));

/** The one range of the colour map, from the largest absolute value: rounded up to a half. */
export const mapRange = (largest: number): number => Math.max(0.5, Math.ceil(largest * 2) / 2);

export const largestOf = (latents: Float32Array): number =>
  latents.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);

/** The latents of a frame. @throws where the steps of its generation did not tell theirs */
export function latentsOf({ latents }: Frame): Float32Array {
  if (latents !== undefined) return latents;
  throw new TypeError("latentsOf: expected a generation whose stepOutputs have 'latents', got one without.");
}

/** A live one, before its first step. */
export function startGeneration(request: GenerateRequest, event: StartEvent): Generation {
  const { sizes, timesteps, latents } = event;
  const range = mapRange(latents === undefined ? 0 : largestOf(latents));
  const frames: Frame[] = [latents === undefined ? {} : { latents }];
  return { recorded: false, request, sizes, timesteps, frames, range };
}

/** Adds a step; what its preview shows is what the request asked for. */
export function addStep(run: Generation, event: StepEvent): void {
  const { latents, predX0, predNoise, attention, activations } = event;
  const next: Frame = latents === undefined ? {} : { latents };
  const before = run.frames.at(-1)!;
  if (predX0 !== undefined) before.predX0 = predX0;
  if (predNoise !== undefined) before.predNoise = predNoise;
  if (attention !== undefined) before.attention = attention;
  if (activations !== undefined) before.activations = activations;
  if (event.preview !== undefined) {
    const picture = { rgba: event.preview, exact: event.previewKind === 'decoded' };
    if (run.request.previewOf === 'latents') next.decoded = picture;
    else before.predicted = picture;
  }
  run.frames.push(next);
}

/** The last step is done: its latents are the result, and the guess needs no guessing. */
export function finishGeneration(run: Generation, images: Rgba): void {
  const last = run.frames.at(-1)!;
  if (last.latents !== undefined) last.predX0 = last.latents;
  last.decoded = last.predicted = { rgba: images, exact: true };
}

/** The furthest position that `view` has something for. */
export function reached(run: Generation, view: View): number {
  const last = run.frames.length - 1;
  return view === 'predicted' && run.frames[last]?.predX0 === undefined ? Math.max(0, last - 1) : last;
}

/** The latents behind a picture that is missing or only a sketch; undefined when all of `view` is there. */
export function nextMissing(
  run: Generation,
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

/** What a generation says as it grows; a load comes first where the model is not here yet. */
export interface Follow {
  readonly signal: AbortSignal;
  readonly onLoad: (event: LoadEvent) => void;
  /** The prompt as read, the noise, each step. `run` is there from the noise on, and has what the event brought. */
  readonly onEvent?: (event: Exclude<GenerateEvent, LoadEvent>, run: Generation | undefined) => void;
}

/** The job, wherever it runs. */
export type Draw = (
  request: GenerateRequest,
  options: { readonly signal: AbortSignal; readonly onEvent: (event: GenerateEvent) => void },
) => Promise<GenerateResult>;

/** Draws with the page's worker, and keeps every frame. */
export const generateInPage = (
  engine: Pick<Engine, 'call'>,
  request: GenerateRequest,
  follow: Follow,
): Promise<DoneGeneration> => keepFrames((...given) => engine.call('generate', ...given), request, follow);

/** Draws, and keeps every frame. */
export async function keepFrames(
  draw: Draw,
  request: GenerateRequest,
  { signal, onLoad, onEvent }: Follow,
): Promise<DoneGeneration> {
  let run: Generation | undefined;
  const follow = (event: GenerateEvent): void => {
    if (event.type === 'download' || event.type === 'preparing') {
      onLoad(event);
      return;
    }
    if (event.type === 'start') run = startGeneration(request, event);
    else if (event.type === 'step' && run !== undefined) addStep(run, event);
    onEvent?.(event, run);
  };
  return finished(await draw(request, { signal, onEvent: follow }), run);
}

/** @throws where the engine gave a result, and no noise that it began with */
function finished(result: GenerateResult, run: Generation | undefined): DoneGeneration {
  if (run === undefined) throw new Error('The engine drew, and said nothing of its steps.');
  const { ms, backend, words, images } = result;
  finishGeneration(run, images);
  return { ...run, ms, backend: backend.label, words, images };
}

/** What is recorded of a generation, for who shows it before anything has run. @throws where it is a live one */
export function recordedOf(value: DoneGeneration | RecordedGeneration): RecordedGeneration {
  if (isRecorded(value)) return value;
  throw new TypeError('recordedOf: expected a recorded generation, got one with frames.');
}
