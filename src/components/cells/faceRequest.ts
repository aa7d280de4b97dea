// What figure 0.1 asks the model for: the four pictures of the settings, or the quick one that follows the typing.
import type { GenerateRequest } from '../../protocol.ts';
import type { FaceSettings } from './faceAddress.ts';

export const NUM_IMAGES = 4;

/** The model that draws while the reader types, and what its makers recommend for it. */
export interface QuickModel {
  readonly name: string;
  readonly steps: number;
  readonly guidance: number;
  /** What it downloads. */
  readonly bytes: number;
}

/** The model that draws, what its settings begin with, and what draws quickly for it. */
export interface FaceModel {
  readonly name: string;
  readonly settings?: Pick<FaceSettings, 'prompt' | 'guidance' | 'steps'>;
  readonly quick: QuickModel;
}

/** `settings` for another model: those that were not touched are its own. */
export function settingsFor(
  settings: FaceSettings,
  before: NonNullable<FaceModel['settings']>,
  after: NonNullable<FaceModel['settings']>,
): FaceSettings {
  const { prompt, guidance, steps } = settings;
  return {
    ...settings,
    ...(prompt === before.prompt && { prompt: after.prompt }),
    ...(guidance === before.guidance && { guidance: after.guidance }),
    ...(steps === before.steps && { steps: after.steps }),
  };
}

const asked = ({ prompt, negative, seed }: FaceSettings) => ({
  prompt,
  ...(negative !== '' && { negativePrompt: negative }),
  seed,
});

/** All four pictures, as the settings say. */
export function fullRequest(
  { name }: FaceModel,
  settings: FaceSettings,
  previewOf: 'latents' | 'predX0',
): GenerateRequest {
  return {
    model: name,
    ...asked(settings),
    guidanceScale: settings.guidance,
    numInferenceSteps: settings.steps,
    numImages: NUM_IMAGES,
    previewOf,
  };
}

/**
 * A quick picture takes as many of the recommended steps as fit into this time, in milliseconds: with the pause before
 * it, the reading of the words and the decoding it is there within a second;
 */
const IN_TIME = 550;
/** but no fewer than this: with fewer, a model that was not made for them draws blots. */
const FEWEST = 4;

/**
 * The first picture alone, quickly. The same model draws it with the reader's guidance and at most the recommended
 * steps: on a machine that is quick enough it is the first of the four. A model made for few steps draws it with its
 * own settings.
 * @param pace milliseconds that one step of a quick picture takes here, if that is known
 */
export function quickRequest({ name, quick }: FaceModel, settings: FaceSettings, pace = 0): GenerateRequest {
  const same = quick.name === name;
  const fitting = Math.max(FEWEST, Math.floor(IN_TIME / pace));
  return {
    model: quick.name,
    ...asked(settings),
    guidanceScale: same ? settings.guidance : quick.guidance,
    numInferenceSteps: same ? Math.min(settings.steps, quick.steps, fitting) : quick.steps,
    numImages: 1,
    previewOf: 'none',
  };
}

/** True when two requests are for the same pictures; the first alone may be drawn in fewer steps. */
export function sameDrawing(a: GenerateRequest, b: GenerateRequest): boolean {
  return (
    a.model === b.model &&
    a.prompt === b.prompt &&
    (a.negativePrompt ?? '') === (b.negativePrompt ?? '') &&
    a.seed === b.seed &&
    a.guidanceScale === b.guidanceScale &&
    a.numImages === b.numImages &&
    (a.numImages === 1 || a.numInferenceSteps === b.numInferenceSteps)
  );
}

/** The four pictures follow the quick one by themselves where they take no longer than this, in milliseconds. */
const BEARABLE = 8000;

/**
 * Whether `full` may follow a quick picture by itself: not for long.
 * @param pace milliseconds that one step of the quick picture took
 */
export function mayFollow(full: GenerateRequest, quick: GenerateRequest, pace: number): boolean {
  return pace * (full.numImages / quick.numImages) * full.numInferenceSteps <= BEARABLE;
}
