/** What words in a reader's sentence say about a face: the phrases of captions, and a few more. */
import { fragmentsFor, units } from './captionFragments.ts';
import { colorWords, hairColorWords } from './captionWords.ts';
import {
  backgroundColors,
  canonicalFace,
  fabricColors,
  faceAttributes,
  hairColors,
  isHeadwear,
  type Face,
  type FaceAttribute,
} from './faceAttributes.ts';
import { captionWords } from './words.ts';

/** What a colour can be the colour of. */
export type Slot = 'hair' | 'hat' | 'clothes' | 'background';

/** Words in a row, but for others between them: "short red hair" says "short hair". */
export interface Phrase {
  readonly words: readonly string[];
  readonly says: Partial<Face>;
  /** A colour in front of it belongs to this. */
  readonly slot?: Slot;
}

const articles = new Set(['a', 'an', 'the']);
export const phraseWords = (text: string): string[] =>
  captionWords(text).filter((word) => !articles.has(word));

/** The fact that a colour in each place states, and the words for its values. */
const palettes: Readonly<
  Record<Slot, readonly [fact: FaceAttribute, colors: object, synonyms: Record<string, readonly string[]>]>
> = {
  hair: ['hairColor', hairColors, hairColorWords],
  hat: ['hatColor', fabricColors, colorWords],
  clothes: ['clothesColor', fabricColors, colorWords],
  background: ['background', backgroundColors, colorWords],
};

/** What a colour word says in a place; undefined where there is no such colour. */
export function colorIn(slot: Slot, word: string): Partial<Face> | undefined {
  const [fact, colors, synonyms] = palettes[slot];
  const value = Object.keys(colors).find((color) => (synonyms[color] ?? [color]).includes(word));
  return value === undefined ? undefined : { [fact]: value };
}

const slots: readonly Slot[] = ['hair', 'hat', 'clothes', 'background'];
export const isColor = (word: string): boolean => slots.some((slot) => colorIn(slot, word) !== undefined);
/** Where a colour can only be that of hair: "a blonde person". */
export const isHairColorOnly = (word: string): boolean =>
  slots.every((slot) => (slot === 'hair') === (colorIn(slot, word) !== undefined));

function slotOf(says: Partial<Face>, words: readonly string[]): Slot | undefined {
  if (says.top !== undefined && isHeadwear(says.top)) return 'hat';
  if (says.top === 'bald') return undefined;
  if ('hatColor' in says) return says.hatColor === 'none' ? undefined : 'hat';
  if ('clothesColor' in says || 'clothes' in says) return 'clothes';
  if ('background' in says) return 'background';
  return 'top' in says ||
    'hairColor' in says ||
    ('beard' in says && says.beard !== 'none') ||
    words.includes('hair')
    ? 'hair'
    : undefined;
}

const base: Face = {
  ...{ skin: 'pale', top: 'short', hairColor: 'black', hatColor: 'none', glasses: 'none', beard: 'none' },
  ...{ mouth: 'smile', eyes: 'open', clothes: 'hoodie', clothesColor: 'red', background: 'white' },
};

/** What captions say, with the colours taken out: "a red hat" as "hat". */
function fromCaptions(): Phrase[] {
  const phrases = new Map<string, Phrase>();
  const facts = ['skin', 'top', 'glasses', 'beard', 'mouth', 'eyes', 'clothes'] as const;
  for (const fact of facts) {
    for (const value of faceAttributes[fact]) {
      const face = canonicalFace({ ...base, [fact]: value });
      for (const fragment of units.flatMap((unit) => fragmentsFor(face, unit).flat())) {
        const says: Partial<Face> = { ...fragment.says };
        for (const [name, values] of Object.entries(fragment.anyOf ?? {})) {
          Object.assign(says, { [name]: values[0] });
        }
        const slot = slotOf(says, phraseWords(fragment.text));
        const colorless =
          says.skin === undefined &&
          says.glasses === undefined &&
          (slot !== undefined || 'hairColor' in says);
        const words = phraseWords(fragment.text).filter((word) => !(colorless && isColor(word)));
        if (colorless && says.hatColor !== 'none') {
          for (const [name] of Object.values(palettes)) Reflect.deleteProperty(says, name);
        }
        const key = words.join(' ');
        if (key !== '') phrases.set(key, { words, says, ...(slot && { slot }) });
      }
    }
  }
  return [...phrases.values()];
}

/** Words that captions do not use, but readers do. */
const more: readonly Phrase[] = [
  { words: ['background'], says: {}, slot: 'background' },
  { words: ['backdrop'], says: {}, slot: 'background' },
  { words: ['hair'], says: {}, slot: 'hair' },
  { words: ['haired'], says: {}, slot: 'hair' },
  { words: ['cap'], says: { top: 'hat' }, slot: 'hat' },
  { words: ['shirt'], says: { clothes: 'tshirt' }, slot: 'clothes' },
  { words: ['tshirt'], says: { clothes: 'tshirt' }, slot: 'clothes' },
  { words: ['hoody'], says: { clothes: 'hoodie' }, slot: 'clothes' },
  { words: ['suit'], says: { clothes: 'blazer' }, slot: 'clothes' },
  { words: ['curly'], says: { top: 'afro' }, slot: 'hair' },
  { words: ['spiky'], says: { top: 'spiky' }, slot: 'hair' },
  { words: ['wavy'], says: { top: 'wavy' }, slot: 'hair' },
  { words: ['flower', 'crown'], says: { top: 'flowers' }, slot: 'hair' },
  { words: ['flowers'], says: { top: 'flowers' }, slot: 'hair' },
  { words: ['bun'], says: { top: 'bun' }, slot: 'hair' },
  { words: ['smiles'], says: { mouth: 'smile' } },
  { words: ['tongue'], says: { mouth: 'tongue' } },
  { words: ['winks'], says: { eyes: 'wink' } },
];

/** All phrases; of those with equal words the captions' own. */
export const promptPhrases: readonly Phrase[] = (() => {
  const own = fromCaptions();
  const known = new Set(own.map(({ words }) => words.join(' ')));
  return [...own, ...more.filter(({ words }) => !known.has(words.join(' ')))];
})();
