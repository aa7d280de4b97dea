// What figure 0.1 says: what it is doing, whose pictures these are, what it costs.
import { fixed, megabytes } from '../../../writing/numbers.ts';
import type { EngineInfo, GenerateRequest } from '../../../engine/protocol/messages.ts';
import type { Phase } from '../../kit/frame/phase.ts';

/** Why something is drawn: Generate was pressed; the reader types; the reader rests after typing. */
export type Trigger = 'asked' | 'typed' | 'rested';

/** Numbers for the cost panel; each appears when it has been measured. */
export interface Cost {
  readonly info?: EngineInfo;
  readonly downloaded?: number;
  /** Milliseconds from one step to the next, the preview included; the median. */
  readonly msPerStep?: number;
}

/**
 * What a drawing would download.
 * @param modelBytes a first Generate
 * @param quick what a first key downloads, and how much of it Generate needs as well, where typing is enough to draw;
 * Generate without a key before it downloads `modelBytes`
 */
export function offer(
  modelBytes: number,
  quick?: { readonly bytes: number; readonly shared: number },
): string {
  const bytes = megabytes(modelBytes);
  if (quick === undefined) return `Recorded. Generate downloads ${bytes}, once.`;
  if (quick.shared === modelBytes) return `Recorded. Typing or Generate downloads ${bytes}, once.`;
  const more = megabytes(modelBytes - quick.shared);
  return `Recorded. Typing downloads ${megabytes(quick.bytes)}, Generate then ${more} more, once.`;
}

const unasked = { typed: 'Drawing while you type …', rested: 'Drawing all four …' } as const;
const seconds = (ms: number): string => `${fixed(ms / 1000, 1)}\u00a0s`;

/** What was not asked for says no steps: not a flicker below the words. */
export function drawing(trigger: Trigger, done: number, total: number): Phase {
  const asked = done === 0 ? 'Pure noise' : `Step ${done} of ${total}`;
  return { kind: 'busy', done, total, words: trigger === 'asked' ? asked : unasked[trigger] };
}

/** The first picture is there. @param follows whether all four follow by themselves */
export const sketched = (ms: number, follows: boolean): Phase => ({
  kind: 'live',
  words: `Image 1 in ${seconds(ms)}. ${follows ? 'The others follow.' : 'Generate draws all four.'}`,
});

export const drawn = (ms: number, backend: string): Phase => ({
  kind: 'live',
  ms,
  backend,
  words: `Done in ${seconds(ms)} on ${backend}`,
});

export const stoppedAfter = (step: number, total: number): Phase => ({
  kind: 'stopped',
  words: step === 0 ? 'Stopped before the first step.' : `Stopped after step ${step} of ${total}.`,
});

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
 * The cost panel's lines.
 * @param model whose bytes these are, by name
 */
export function costItems(cost: Cost, phase: Phase, modelBytes: number, model: string) {
  const { info, downloaded, msPerStep } = cost;
  const tensors = info && `${info.numTensors} (${megabytes(info.numBytes)})`;
  const done = phase.kind === 'live' && phase.ms !== undefined ? seconds(phase.ms) : undefined;
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
