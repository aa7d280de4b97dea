/** What a sentence that a reader types says about a face, as facts; and the rest of the face, drawn by chance. */
import { Rng } from '@noisebook/ldm/numbers';
import type { Face, FaceAttribute } from './faceAttributes.ts';
import { drawFace } from './faceSplits.ts';
import { factsCaption, meaningOf } from './facts.ts';
import { colorIn, isColor, isHairColorOnly, promptPhrases, type Phrase, type Slot } from './promptPhrases.ts';
import { captionWords } from './words.ts';

export interface PromptFacts {
  readonly facts: Partial<Face>;
  /** Words that say nothing about a face as far as is known here, in order. */
  readonly notUnderstood: readonly string[];
  /** Facts that were stated twice, differently; the last statement counts. */
  readonly replaced: readonly FaceAttribute[];
}

/** Words between two things that are said: "red hair, round glasses and a hoodie". */
const separators = new Set('with wearing wears and who has in on against but'.split(' '));
/** Words that are understood, and say nothing. */
const neutral = new Set(
  'a an the of is are front person someone face portrait picture drawing character photo image avatar cartoon their eyes mouth skin'.split(
    ' ',
  ),
);
/** What a lone colour belongs to after these: "on blue", "in red". */
const loneColor: Readonly<Record<string, Slot>> = {
  on: 'background',
  against: 'background',
  in: 'clothes',
  wearing: 'clothes',
  wears: 'clothes',
};
/** Words that are looked at together, at most; and characters that are looked at at all. */
const MAX_SEGMENT = 20;
const MAX_TEXT = 2000;
/** Other words that may stand within a phrase. */
const MAX_BETWEEN = 3;

interface Segment {
  readonly after: string;
  readonly words: readonly string[];
}

function segmentsOf(text: string): Segment[] {
  const segments: { after: string; words: string[] }[] = [];
  for (const part of text.slice(0, MAX_TEXT).split(/[,.;:!?()\n]+/)) {
    segments.push({ after: '', words: [] });
    for (const word of captionWords(part)) {
      if (separators.has(word)) segments.push({ after: word, words: [] });
      else {
        if (segments.at(-1)?.words.length === MAX_SEGMENT) segments.push({ after: '', words: [] });
        segments.at(-1)?.words.push(word);
      }
    }
  }
  return segments.filter(({ words }) => words.length > 0);
}

interface Match {
  readonly phrase: Phrase;
  /** Places of its words. */
  readonly at: readonly number[];
}

/** Where a phrase stands among words that are not used yet; the shortest stretch. */
function find(phrase: Phrase, words: readonly string[], used: ReadonlySet<number>): Match | undefined {
  let best: Match | undefined;
  for (let from = 0; from < words.length; from++) {
    const at: number[] = [];
    for (let i = from; i < words.length && at.length < phrase.words.length; i++) {
      if (!used.has(i) && words[i] === phrase.words[at.length]) at.push(i);
      else if (at.length === 0) break;
    }
    if (at.length < phrase.words.length) continue;
    const length = span(at);
    if (length - at.length <= MAX_BETWEEN && (best === undefined || length < span(best.at)))
      best = { phrase, at };
  }
  return best;
}
const span = (at: readonly number[]): number => (at.at(-1) ?? 0) - (at[0] ?? 0) + 1;

/** The phrases of a segment: the longest first, of equals the one whose words stand closest together. */
function matchesIn(words: readonly string[]): { matches: Match[]; used: Set<number> } {
  const matches: Match[] = [];
  const used = new Set<number>();
  for (;;) {
    let best: Match | undefined;
    for (const phrase of promptPhrases) {
      const match = find(phrase, words, used);
      if (match === undefined) continue;
      const more = best === undefined ? 1 : match.at.length - best.at.length;
      if (more > 0 || (more === 0 && best !== undefined && span(match.at) < span(best.at))) best = match;
    }
    if (best === undefined) break;
    matches.push(best);
    for (const i of best.at) used.add(i);
  }
  return { matches: matches.sort((a, b) => (a.at[0] ?? 0) - (b.at[0] ?? 0)), used };
}

/**
 * Reads a sentence, best effort: the words of captions in any order, colours before what they are the colour of.
 * @param text a sentence, a list, or words of `factsCaption`
 */
export function factsFromPrompt(text: string): PromptFacts {
  const facts: Partial<Face> = {};
  const replaced = new Set<FaceAttribute>();
  const notUnderstood: string[] = [];
  const state = (says: Partial<Face>): void => {
    for (const [name, value] of Object.entries(says)) {
      const fact = name as FaceAttribute;
      if (facts[fact] !== undefined && facts[fact] !== value) replaced.add(fact);
      Object.assign(facts, { [fact]: value });
    }
  };
  /** Colours that wait for what they are the colour of: "red, curly hair". At most one. */
  let waiting: string[] = [];
  const paint = (slot: Slot | undefined, color: string): boolean => {
    const says = slot === undefined ? undefined : colorIn(slot, color);
    if (says !== undefined) state(says);
    return says !== undefined;
  };

  for (const { after, words } of segmentsOf(text)) {
    if (words.includes('not')) {
      notUnderstood.push(...words.filter((word) => !neutral.has(word)));
      continue;
    }
    const { matches, used } = matchesIn(words);
    for (const { phrase } of matches) state(phrase.says);
    const places = matches.filter(({ phrase }) => phrase.slot !== undefined);
    let painted = false;
    for (const [i, word] of words.entries()) {
      if (used.has(i) || neutral.has(word)) continue;
      const meaning = meaningOf(word);
      if (meaning !== undefined) {
        state(meaning);
        continue;
      }
      if (!isColor(word)) {
        notUnderstood.push(word);
        continue;
      }
      const next = places.find(({ at }) => (at.at(-1) ?? 0) > i) ?? places.at(-1);
      const slot = next?.phrase.slot ?? (isHairColorOnly(word) ? 'hair' : loneColor[after]);
      if (slot === undefined) {
        notUnderstood.push(...waiting);
        waiting = [word];
      } else if (paint(slot, word)) painted = true;
      else notUnderstood.push(word);
    }
    if (places.length === 0) continue;
    for (const color of waiting) {
      if (painted || !paint(places[0]?.phrase.slot, color)) notUnderstood.push(color);
    }
    waiting = [];
  }
  notUnderstood.push(...waiting);
  return { facts, notUnderstood, replaced: [...replaced] };
}

export interface CompletedFace {
  readonly face: Face;
  /** Stated facts that no face can show together with the others: the eyes behind sunglasses. */
  readonly hidden: readonly FaceAttribute[];
}

/** Draws until a face shows all that was stated; some statements exclude each other. */
const TRIES = 300;

/**
 * A whole face that shows the stated facts; what was left open is drawn from the natural frequencies.
 * @param seed the same facts and seed give the same face
 */
export function completeFace(facts: Partial<Face>, seed: number | string): CompletedFace {
  const stated = Object.keys(facts) as FaceAttribute[];
  const rng = new Rng(seed).fork('complete');
  let best: CompletedFace | undefined;
  for (let i = 0; i < TRIES && best?.hidden.length !== 0; i++) {
    const face = drawFace(rng, facts);
    const hidden = stated.filter((name) => face[name] !== facts[name]);
    if (best === undefined || hidden.length < best.hidden.length) best = { face, hidden };
  }
  return best ?? { face: drawFace(rng, facts), hidden: [] };
}

/** A reader's sentence for a model that was trained on facts. */
export interface FactsPrompt {
  /** All the facts of one face, as `factsCaption` writes them; empty for an empty sentence. */
  readonly caption: string;
  /** How many of them were stated; the others were drawn. */
  readonly stated: number;
  readonly notUnderstood: readonly string[];
  /** Stated, but not to be seen together with the rest. */
  readonly hidden: readonly FaceAttribute[];
}

/** Every caption in training says all facts, so that is what such a model is asked: what a sentence leaves open is drawn. */
export function factsPrompt(text: string, seed: number | string): FactsPrompt {
  const { facts, notUnderstood } = factsFromPrompt(text);
  const stated = Object.keys(facts).length;
  if (text.trim() === '') return { caption: '', stated, notUnderstood, hidden: [] };
  const { face, hidden } = completeFace(facts, seed);
  return { caption: factsCaption(face), stated, notUnderstood, hidden };
}
