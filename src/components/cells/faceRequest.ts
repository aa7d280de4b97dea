// What figure 0.1 asks the model for: the four pictures of the settings, or the quick one that follows the typing.
import type { GenerateRequest } from '../../protocol.ts';
import type { FaceSettings } from './faceAddress.ts';

export const NUM_IMAGES = 4;

/** The model that draws while the reader types, and what its makers recommend for it. */
export interface QuickModel {
  readonly name: string;
  readonly steps: number;
  readonly guidance: number;
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
 * The first picture alone, quickly. The same model draws it with the reader's guidance and at most the recommended
 * steps: with few steps set, it is the first of the four. A model made for few steps draws it with its own settings.
 */
export function quickRequest({ name, quick }: FaceModel, settings: FaceSettings): GenerateRequest {
  const same = quick.name === name;
  return {
    model: quick.name,
    ...asked(settings),
    guidanceScale: same ? settings.guidance : quick.guidance,
    numInferenceSteps: same ? Math.min(settings.steps, quick.steps) : quick.steps,
    numImages: 1,
    previewOf: 'none',
  };
}

/** True when two requests draw the same pictures: of everything but the previews on the way. */
export function sameDrawing(a: GenerateRequest, b: GenerateRequest): boolean {
  return (
    a.model === b.model &&
    a.prompt === b.prompt &&
    (a.negativePrompt ?? '') === (b.negativePrompt ?? '') &&
    a.seed === b.seed &&
    a.guidanceScale === b.guidanceScale &&
    a.numInferenceSteps === b.numInferenceSteps &&
    a.numImages === b.numImages
  );
}

/** The four pictures follow the quick one by themselves where they take no longer than this, in milliseconds. */
const BEARABLE = 8000;

/** Whether `full` may follow a quick picture that took `ms`: the same model, already here, and not for long. */
export function mayFollow(full: GenerateRequest, quick: GenerateRequest, ms: number): boolean {
  const times = (full.numImages / quick.numImages) * (full.numInferenceSteps / quick.numInferenceSteps);
  return full.model === quick.model && ms * times <= BEARABLE;
}
