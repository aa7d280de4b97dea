// The reader's own pictures to train on: one set for the whole page, in its memory only.
import { commonTexts, folderCaptions } from './folderWords.ts';
import { MAX_PICTURES, takePictures, type PictureProblem, type TakenPicture } from './intake.ts';
import type { FoundSources } from './pictureSources.ts';
import type { DatasetProgress } from './progress.ts';

/** Problems that are kept by name; of more, only the number. */
const SHOWN_PROBLEMS = 200;
/** From so many pictures on, some are held out: one in ten, at most sixteen. */
const ENOUGH_TO_HOLD_OUT = 20;

let pictures: readonly TakenPicture[] = $state.raw([]);
let problems: readonly PictureProblem[] = $state.raw([]);
let problemCount = $state(0);
let duplicates = $state(0);
let left = $state(0);
let working: DatasetProgress | undefined = $state.raw();
/** Counts how often everything was forgotten: what comes in later belongs to nothing. */
let era = 0;
let stop = new AbortController();
let last: Promise<void> = Promise.resolve();

const captions = $derived(folderCaptions(pictures.map(({ folder }) => folder)));
const folders = $derived(commonTexts(captions ?? [], 8));

/** What there is. Reading it in an effect or a template follows it. */
export interface UserPictures {
  readonly count: number;
  /** Of these, how many can be trained on; the rest is held out. */
  readonly trainCount: number;
  /** Pictures lie in several folders, whose names are their words. */
  readonly hasWords: boolean;
  /** Such names, the commonest first, at most eight. */
  readonly folders: readonly string[];
  /** Files that are done, of those that are being taken; `of` is 0 while folders are looked through. */
  readonly working: DatasetProgress | undefined;
  /** Files that were not taken, the first 200 of `problemCount`. */
  readonly problems: readonly PictureProblem[];
  readonly problemCount: number;
  /** Files that show a picture which was there already. */
  readonly duplicates: number;
  /** Files beyond the limit of 2,000 pictures. */
  readonly left: number;
}

/** How many of `count` pictures are held out. */
export const heldOutOf = (count: number): number =>
  count < ENOUGH_TO_HOLD_OUT ? 0 : Math.min(16, Math.floor(count / 10));

export const userPictures = (): UserPictures => ({
  count: pictures.length,
  trainCount: pictures.length - heldOutOf(pictures.length),
  hasWords: captions !== undefined,
  folders,
  working,
  problems,
  problemCount,
  duplicates,
  left,
});

/** The pictures themselves, in the order in which they came. Reactive; do not write into them. */
export const takenPictures = (): readonly TakenPicture[] => pictures;
/** A text for each picture, or undefined where their folders say nothing. Reactive. */
export const userCaptions = (): readonly string[] | undefined => captions;

async function add(finding: Promise<FoundSources>, signal: AbortSignal): Promise<void> {
  const mine = era;
  working ??= { done: 0, of: 0 };
  try {
    const { sources, unreadable } = await finding;
    const taken = await takePictures(sources, new Set(pictures.map(({ key }) => key)), {
      signal,
      onProgress: (progress) => (working = progress),
    });
    if (mine !== era) return;
    const bad = [
      ...taken.problems,
      ...unreadable.map((name) => ({
        name,
        reason: `${name} could not be opened. Check that you may read it.`,
      })),
    ];
    pictures = [...pictures, ...taken.pictures].slice(0, MAX_PICTURES);
    problems = [...problems, ...bad].slice(0, SHOWN_PROBLEMS);
    problemCount += bad.length;
    duplicates += taken.duplicates;
    left += taken.left;
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    working = undefined;
  }
}

/** Takes more files, after those that are being taken. Bad ones are named in `problems`; never rejects for a file. */
export function addPictures(find: (signal: AbortSignal) => Promise<FoundSources>): Promise<void> {
  const { signal } = stop;
  const finding = find(signal);
  finding.catch(() => undefined);
  last = last.then(() => (signal.aborted ? undefined : add(finding, signal)));
  return last;
}

/** Stops taking; what was taken stays. */
export function cancelAdding(): void {
  stop.abort();
  stop = new AbortController();
}

/** Forgets everything. */
export function clearPictures(): void {
  cancelAdding();
  era++;
  pictures = [];
  forgetProblems();
}

/** Empties the list of what was not taken. */
export function forgetProblems(): void {
  problems = [];
  problemCount = duplicates = left = 0;
}
