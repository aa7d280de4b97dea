// What figure 0.1 shows, from its state: pictures for each place, and the words about them.
import { GUIDANCE, limitNumber } from '../../../state/address.ts';
import type { ChosenModel } from '../../../storage/modelChoice.ts';
import type { GenerateRequest } from '../../../engine/protocol/messages.ts';
import { latentAt, latentImage, pickImage } from '../../kit/pictures/draw.ts';
import type { Meaning } from '../../kit/marks/meaning.ts';
import type { FaceModel } from './faceRequest.ts';
import type { FaceRun, View } from './faceRun.ts';
import { megabytes, type Phase } from './faceStatus.ts';
import type { Cost, Reading } from './faceTypes.ts';

export const views: readonly { readonly value: View; readonly label: string; readonly meaning: Meaning }[] = [
  { value: 'latents', label: 'Latent channels', meaning: 'latent' },
  { value: 'decoded', label: 'Decoded latents', meaning: 'pixel' },
  { value: 'predicted', label: 'Predicted result', meaning: 'prediction' },
];

/** Pictures made once and kept as long as the numbers they are made from. */
const made = new WeakMap<object, Map<number, ImageData>>();

function once(source: object, key: number, make: () => ImageData): ImageData {
  const known = made.get(source) ?? new Map<number, ImageData>();
  made.set(source, known);
  const image = known.get(key) ?? make();
  known.set(key, image);
  return image;
}

/**
 * Image `index` at `position`, or undefined while it is still to be computed.
 * `_version` is there so that a caller's `$derived` sees that a run has grown.
 */
export function tileImage(
  run: FaceRun | undefined,
  view: View,
  position: number,
  index: number,
  _version: number,
  columns?: number,
): ImageData | undefined {
  const frame = run?.frames[position];
  if (run === undefined || frame === undefined) return undefined;
  const { sizes, range } = run;
  if (view === 'latents') {
    const { latents } = frame;
    const wide = columns ?? sizes.latentChannels;
    return once(latents, wide * 1000 + index, () => latentImage(latents, index, sizes, range, wide));
  }
  const rgba = frame[view]?.rgba;
  return rgba && once(rgba, index, () => pickImage(rgba, index, sizes));
}

/** The first image at every position, for the filmstrip; latents as a block of two by two channels. */
export function frameImages(
  run: FaceRun | undefined,
  view: View,
  total: number,
  version: number,
): (ImageData | undefined)[] {
  return Array.from({ length: total + 1 }, (_, k) => tileImage(run, view, k, 0, version, 2));
}

/** "5 of 12, t = 583": where the scrubber is, and how noisy the model takes it to be. */
export function positionText(run: FaceRun | undefined, position: number, total: number): string {
  const timestep = run?.timesteps[position];
  return `${position} of ${total}${timestep === undefined ? '' : `, t = ${Math.round(timestep)}`}`;
}

/** "Image 2, channel 3, row 5, column 1: −1.24": one number of the latents in words; empty between the channels. */
export function probeText(
  run: FaceRun | undefined,
  position: number,
  index: number,
  pixel: { readonly x: number; readonly y: number },
): string {
  const latents = run?.frames[position]?.latents;
  const found = run && latents && latentAt(latents, index, run.sizes, pixel);
  if (found === undefined) return '';
  const { channel, row, column, value } = found;
  const number = value.toFixed(2).replace('-', '−');
  return `Image ${index + 1}, channel ${channel}, row ${row}, column ${column}: ${number}`;
}

/** What the four images show, for screen readers. */
export function tileText(view: View, position: number): string {
  const what = { latents: 'Latent channels', decoded: 'Decoded latents', predicted: 'Predicted result' }[
    view
  ];
  return `${what} after step ${position}`;
}

/**
 * A model of the reader's own, and what figure 0.1 begins with for it; it draws quickly, too.
 * @param prompt for one that offers none
 */
export function ownModel(
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

/** A hint about the words that a model of the reader's own was taught. */
export function wordsText(words: readonly string[]): string {
  if (words.length === 0) return 'Your model draws; which words it knows is not recorded.';
  const some = words.slice(0, 6).join(', ');
  return `Your model knows ${words.length} words: ${some}${words.length > 6 ? ' …' : ''}`;
}

/**
 * Whose pictures these are.
 * @param model the notebook's or the reader's, to name a student of it, which has guidance built in, where that drew
 */
export function provenance(request: GenerateRequest, stale: boolean, model = request.model): string {
  const { prompt, negativePrompt, seed, guidanceScale, numInferenceSteps } = request;
  const words = prompt === '' ? 'no prompt' : `“${prompt}”`;
  const not = negativePrompt === undefined ? '' : `, not “${negativePrompt}”`;
  const steps = `${numInferenceSteps} ${numInferenceSteps === 1 ? 'step' : 'steps'}`;
  const how =
    request.model === model
      ? `seed ${seed}, guidance ${guidanceScale}, ${steps}`
      : `${steps} by ${request.model}, seed ${seed}`;
  // The sentence comes last: where there is no room for all of it, nothing else is cut.
  if (stale)
    return `These pictures are of other settings; Generate draws yours. They have ${how}: ${words}${not}`;
  if (request.numImages === 1) return `Image 1: ${how}; the others are of the drawing before. ${words}${not}`;
  return `${how.charAt(0).toUpperCase()}${how.slice(1)}: ${words}${not}`;
}

/**
 * Words of `prompt` that the model has never been taught, each once. Of the prompt that it has read, what it found
 * itself; of any other, what its list of words says.
 */
export function unknownWords(
  prompt: string,
  reading: Reading | undefined,
  knownWords: readonly string[],
): string[] {
  const known = new Set(knownWords);
  const unknown =
    reading?.prompt === prompt
      ? reading.words.filter((word) => !word.known).map((word) => word.text)
      : known.size === 0
        ? []
        : (prompt.match(/[\p{L}\p{N}]+/gu) ?? []).filter((word) => !known.has(word.toLowerCase()));
  return [...new Set(unknown)];
}

/**
 * The cost panel's lines.
 * @param model whose bytes these are, by name
 */
export function costItems(cost: Cost, phase: Phase, modelBytes: number, model: string) {
  const { info, downloaded, msPerStep } = cost;
  const tensors = info && `${info.numTensors} (${megabytes(info.numBytes)})`;
  const done = phase.kind === 'done' ? `${(phase.ms / 1000).toFixed(1)} s` : undefined;
  return [
    { label: 'Backend', value: info?.label },
    { label: 'Model', value: `${model}\n${megabytes(downloaded ?? modelBytes)}` },
    {
      label: 'One step, four images',
      value: msPerStep === undefined ? undefined : `${Math.round(msPerStep)} ms`,
    },
    { label: 'Whole drawing', value: done },
    { label: 'Live tensors', value: tensors },
  ];
}
