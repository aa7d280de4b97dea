// Which model and which settings answer what in figure 0.1: Generate, a key, a rest after it; the reader's own model.
import { GUIDANCE, limitNumber } from '../../../state/address.ts';
import type { ChosenModel } from '../../../storage/modelChoice.ts';
import type { GenerateRequest } from '../../../engine/protocol/messages.ts';
import type { QuickModel } from '../../../siteData/model.ts';

export type { QuickModel } from '../../../siteData/model.ts';

export const NUM_IMAGES = 4;

/** What a drawing is made from. */
export interface Settings {
  readonly prompt: string;
  readonly negative: string;
  readonly seed: number;
  readonly guidance: number;
  readonly steps: number;
}

/** The model that draws, what its settings begin with, and what draws quickly for it. */
export interface FaceModel {
  readonly name: string;
  readonly settings?: Pick<Settings, 'prompt' | 'guidance' | 'steps'>;
  readonly quick: QuickModel;
}

/** `settings` for another model: those that were not touched are its own. */
export function settingsFor<S extends Settings>(
  settings: S,
  before: NonNullable<FaceModel['settings']>,
  after: NonNullable<FaceModel['settings']>,
): S {
  const { prompt, guidance, steps } = settings;
  return {
    ...settings,
    ...(prompt === before.prompt && { prompt: after.prompt }),
    ...(guidance === before.guidance && { guidance: after.guidance }),
    ...(steps === before.steps && { steps: after.steps }),
  };
}

/**
 * A model of the reader's own, and what the figure begins with for it; it draws quickly, too.
 * @param prompt for one that offers none
 */
export function faceModelOf(
  { name, bytes, sampling, examples }: Pick<ChosenModel, 'name' | 'bytes' | 'sampling' | 'examples'>,
  prompt: string,
): FaceModel {
  const guidance = limitNumber(sampling.guidanceScale, GUIDANCE) ?? GUIDANCE.min;
  const steps = sampling.numInferenceSteps;
  return {
    name,
    settings: { prompt: examples[0] ?? prompt, guidance, steps },
    quick: { name, guidance, steps, bytes, shared: bytes },
  };
}

const asked = ({ prompt, negative, seed }: Settings) => ({
  prompt,
  ...(negative !== '' && { negativePrompt: negative }),
  seed,
});

/** All four pictures, as the settings say. */
export function fullRequest(
  model: string,
  settings: Settings,
  previewOf: 'latents' | 'predX0',
): GenerateRequest {
  return {
    model,
    ...asked(settings),
    guidanceScale: settings.guidance,
    numInferenceSteps: settings.steps,
    numImages: NUM_IMAGES,
    previewOf,
  };
}

/** Calls of the network for each picture and step: with guidance one with the sentence and one without. */
const callsOf = (guidance: number): number => (guidance > 1 ? 2 : 1);

/**
 * A quick picture takes as many of the recommended steps as fit into this time, in milliseconds: with the pause before
 * it, the reading of the words and the decoding it is there within a second;
 */
const IN_TIME = 550;
/** but no fewer than this: with fewer, a model that was not made for them draws blots. */
const FEWEST = 4;

/**
 * The first picture alone, quickly. The same model draws it with the reader's guidance and at most the recommended
 * steps: on a machine that is quick enough it is the first of the four. A model made for few steps draws it, and all
 * four where they are wanted, with its own settings, unless there is a negative prompt that these would not hear.
 * @param msPerCall milliseconds that one call of the network takes here, if that is known
 */
export function quickRequest(
  { name, quick }: FaceModel,
  settings: Settings,
  { msPerCall = 0, numImages = 1 } = {},
): GenerateRequest {
  const { guidance } = settings;
  const fitting = Math.max(FEWEST, Math.floor(IN_TIME / (msPerCall * callsOf(guidance))));
  const steps = Math.min(settings.steps, fitting);
  const by =
    quick.name === name
      ? { name, guidance, steps: Math.min(steps, quick.steps) }
      : // Without guidance nothing steers away from a negative prompt.
        settings.negative !== '' && quick.guidance <= 1
        ? { name, guidance, steps }
        : quick;
  return {
    model: by.name,
    ...asked(settings),
    guidanceScale: by.guidance,
    numInferenceSteps: by.steps,
    numImages,
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
 * Whether pictures may follow a quick one by themselves: not for long.
 * @param msPerCall milliseconds that one call of the network takes here
 */
export function mayFollow(request: GenerateRequest, msPerCall: number): boolean {
  return (
    msPerCall * callsOf(request.guidanceScale) * request.numImages * request.numInferenceSteps <= BEARABLE
  );
}

/** Milliseconds for each call of the network, from those of a step of `request`. */
export const msPerCallOf = ({ guidanceScale, numImages }: GenerateRequest, msPerStep: number): number =>
  msPerStep / callsOf(guidanceScale) / numImages;
