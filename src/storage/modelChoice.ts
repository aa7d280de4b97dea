// Which model the figures use: the notebook's, or a user model. It is remembered in this browser and told to every page.
//
// What is stored may be old, broken or somebody's experiment: it is checked like anything from outside.
import { PICTURE_LIMITS } from '@noisebook/ldm/numbers';
import { GUIDANCE, STEPS } from '../state/address.ts';
import { MAX_EXAMPLES, MAX_TEXT, MAX_WORDS } from './modelLimits.ts';
import { readUserModelName } from './names.ts';
import { openedStore } from './openedStore.ts';

/** A user model that was chosen for every figure that can use it. */
export interface ChosenModel {
  readonly name: `own-${string}`;
  readonly title: string;
  /** Names its exact weights in links. */
  readonly hash: string;
  readonly bytes: number;
  readonly image: {
    readonly size: number;
    readonly f: number;
    readonly latentChannels: number;
    readonly latentSize: number;
  };
  readonly sampling: { readonly numInferenceSteps: number; readonly guidanceScale: number };
  readonly knownWords: readonly string[];
  readonly examples: readonly string[];
}

/** Also read by the script in ModelBanner.astro, before the first paint. */
export const CHOICE_KEY = 'noisebook-model';
/** Heard on `window` when this page changed the choice. */
const CHANGED = 'noisebook-model';
/** Room for all that the checks below allow: 5,000 words of 64 letters, each of which JSON may write as six. */
const MAX_LENGTH = 2_000_000;

const isWhole = (value: unknown, min: number, max: number): value is number =>
  Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max;
const isText = (value: unknown, max: number): value is string =>
  typeof value === 'string' && value.length <= max;
const isTexts = (value: unknown, most: number): value is string[] =>
  Array.isArray(value) && value.length <= most && value.every((text) => isText(text, MAX_TEXT));
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** The model that a stored text names, or undefined if it names none. */
export function parseChoice(text: string | null): ChosenModel | undefined {
  if (text === null || text.length > MAX_LENGTH) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(json) || !isObject(json['image']) || !isObject(json['sampling'])) return undefined;
  const { name, title, hash, bytes, knownWords, examples } = json;
  const { size, f, latentChannels, latentSize } = json['image'];
  const { numInferenceSteps, guidanceScale } = json['sampling'];
  if (!isText(name, 60) || readUserModelName(name)?.kind !== 'model') return undefined;
  if (!isText(title, MAX_TEXT) || title.trim() === '') return undefined;
  if (!isText(hash, 8) || !/^[0-9a-f]{8}$/.test(hash) || !isWhole(bytes, 0, 1e9)) return undefined;
  if (
    !isWhole(size, 2, PICTURE_LIMITS.side) ||
    !isWhole(f, 1, PICTURE_LIMITS.factor) ||
    size !== f * Number(latentSize)
  )
    return undefined;
  if (
    !isWhole(latentChannels, 1, PICTURE_LIMITS.latentChannels) ||
    !isWhole(latentSize, 2, PICTURE_LIMITS.latentSide)
  )
    return undefined;
  if (!isWhole(numInferenceSteps, STEPS.min, STEPS.max) || typeof guidanceScale !== 'number')
    return undefined;
  if (!(guidanceScale >= GUIDANCE.min && guidanceScale <= GUIDANCE.max)) return undefined;
  if (!isTexts(knownWords, MAX_WORDS) || !isTexts(examples, MAX_EXAMPLES)) return undefined;
  return {
    name: name as ChosenModel['name'],
    title,
    hash,
    bytes,
    image: { size, f, latentChannels, latentSize },
    sampling: { numInferenceSteps, guidanceScale },
    knownWords,
    examples,
  };
}

/** The choice as this browser remembers it; undefined: the notebook's model. */
export function storedChoice(): ChosenModel | undefined {
  try {
    return parseChoice(window.localStorage.getItem(CHOICE_KEY));
  } catch {
    return undefined; // storage is switched off
  }
}

/** What is remembered of a model; undefined for one that would not be read again. */
function textOf(model: ChosenModel): string | undefined {
  const { name, title, hash, bytes, image, sampling, knownWords, examples } = model;
  const text = JSON.stringify({ name, title, hash, bytes, image, sampling, knownWords, examples });
  return parseChoice(text) && text;
}

/**
 * Makes every page of this browser use `model`; undefined: the notebook's model again.
 * @param options `remember: false` for a model that is gone with this page
 * @returns false where it is not remembered: the choice is then good for this page only
 */
export function storeChoice(
  model: ChosenModel | undefined,
  { remember = true }: { readonly remember?: boolean } = {},
): boolean {
  const text = model && remember ? textOf(model) : undefined;
  let kept = model === undefined || text !== undefined;
  try {
    // First: whatever becomes of the new choice, the old one is over.
    window.localStorage.removeItem(CHOICE_KEY);
    if (text !== undefined) window.localStorage.setItem(CHOICE_KEY, text);
  } catch {
    kept = false;
  }
  window.dispatchEvent(new CustomEvent(CHANGED, { detail: model }));
  return kept;
}

/** Calls back with the choice whenever this page or another tab changes it. Returns the way to stop it. */
export function onChoice(callback: (model: ChosenModel | undefined) => void): () => void {
  // An event's detail is null where none was given.
  const here = (event: Event): void =>
    callback((event as CustomEvent<ChosenModel | null>).detail ?? undefined);
  const elsewhere = ({ key }: StorageEvent): void => {
    if (key === CHOICE_KEY || key === null) callback(storedChoice());
  };
  window.addEventListener(CHANGED, here);
  window.addEventListener('storage', elsewhere);
  return () => {
    window.removeEventListener(CHANGED, here);
    window.removeEventListener('storage', elsewhere);
  };
}

/** Whether the chosen model is still in this browser; 'unknown' where that can't be found out. */
export async function lookUp({ name }: ChosenModel): Promise<'there' | 'gone' | 'unknown'> {
  try {
    const { lasting, models } = await openedStore();
    if (!lasting) return 'unknown';
    const id = name.slice('own-'.length);
    if ((await models.getModel(id)) !== undefined) return 'there';
    // What its record says may not be readable, and its files be sound.
    return (await models.listUnreadableModels()).some((each) => each.id === id) ? 'unknown' : 'gone';
  } catch {
    return 'unknown';
  }
}
