/** Every way that a caption can state each fact of a face. */
import {
  beardNouns,
  colorWords,
  eyeWords,
  garmentNouns,
  hairColorWords,
  hairNouns,
  hatNouns,
  mouthWords,
  plainHairNouns,
  skinWords,
  type Role,
} from './captionWords.ts';
import { isHeadwear, showsHair, type Face } from './faceAttributes.ts';

/** A piece of a caption, and the facts that it states. `anyOf` holds facts stated loosely: "a beard". */
export interface Fragment {
  readonly role: Role;
  readonly text: string;
  readonly says: Partial<Face>;
  readonly anyOf?: { readonly [A in keyof Face]?: readonly Face[A][] };
}

/** Fragments that are equally likely; a group is chosen first, so a long one does not crowd out the others. */
export type FragmentGroup = readonly Fragment[];

/** What a caption mentions at most once. */
export const units = ['skin', 'hair', 'beard', 'glasses', 'mouth', 'eyes', 'clothes', 'background'] as const;
export type Unit = (typeof units)[number];

/** Puts a colour, or nothing, into a noun and corrects its article: "a * hat" to "an orange hat". */
function tint(noun: string, color: string): string {
  const text = noun.replace(color === '' ? '* ' : '*', color).replace(/ {2,}/g, ' ');
  return text.replace(/^a (?=[aeiou])/, 'an ');
}

/** One fragment for every noun in every colour word. */
function tinted(
  role: Role,
  nouns: readonly string[],
  colors: readonly string[],
  says: Partial<Face>,
  anyOf?: Fragment['anyOf'],
): Fragment[] {
  return nouns.flatMap((noun) =>
    colors.map((color) => ({ role, text: tint(noun, color), says, ...(anyOf && { anyOf }) })),
  );
}

function same(
  role: Role,
  texts: readonly string[],
  says: Partial<Face>,
  anyOf?: Fragment['anyOf'],
): Fragment[] {
  return texts.map((text) => ({ role, text, says, ...(anyOf && { anyOf }) }));
}

const wordsFor = (color: string) => colorWords[color] ?? [color];
const hairWordsFor = (color: string) => hairColorWords[color] ?? [color];

function skinGroups({ skin }: Face): FragmentGroup[] {
  const words = skinWords[skin];
  return [
    same(
      'with',
      words.map((word) => `${word} skin`),
      { skin },
    ),
    same('adjective', [`${skin} skinned`], { skin }),
  ];
}

function hairGroups({ top, hairColor, hatColor }: Face): FragmentGroup[] {
  if (isHeadwear(top)) {
    const nouns = hatNouns[top] ?? [];
    const colors = wordsFor(hatColor);
    return [
      tinted('wearing', nouns, colors, { top, hatColor }),
      tinted('with', nouns, colors, { top, hatColor }),
      tinted('wearing', nouns, [''], { top }),
    ];
  }
  const bare = same('with', ['no hat'], { hatColor: 'none' });
  if (!showsHair(top)) {
    return [
      same('adjective', ['bald'], { top }),
      same('with', ['a bald head', 'no hair'], { top }),
      same('after', ['without hair'], { top }),
      bare,
    ];
  }
  const colors = hairWordsFor(hairColor);
  const styled = tinted('with', hairNouns[top] ?? [], colors, { top, hairColor });
  const anyOf = { top: ['long', 'wavy'] } as const;
  const loose =
    top === 'long' || top === 'wavy'
      ? [
          [
            ...tinted('with', ['long * hair'], colors, { hairColor }, anyOf),
            ...same('with', ['long hair'], {}, anyOf),
          ],
        ]
      : [];
  return [
    styled,
    styled,
    styled,
    same(
      'with',
      colors.map((color) => `${color} hair`),
      { hairColor },
    ),
    same(
      'adjective',
      colors.map((color) => `${color} haired`),
      { hairColor },
    ),
    plainHairNouns[top]
      ? same('with', plainHairNouns[top], { top })
      : tinted('with', hairNouns[top] ?? [], [''], { top }),
    [...bare, ...same('after', ['without a hat'], { hatColor: 'none' })],
    ...loose,
  ];
}

function beardGroups({ beard, hairColor }: Face): FragmentGroup[] {
  if (beard === 'none') {
    const says = { beard } as const;
    return [[...same('with', ['no beard'], says), ...same('adjective', ['clean shaven'], says)]];
  }
  const nouns = beardNouns[beard] ?? [];
  const colors = hairWordsFor(hairColor);
  const groups: FragmentGroup[] = [
    tinted('with', nouns, colors, { beard, hairColor }),
    tinted('with', nouns, [''], { beard }),
  ];
  if (beard !== 'moustache') {
    const anyOf = { beard: ['short', 'long'] } as const;
    groups.push([
      ...same('with', ['a beard'], {}, anyOf),
      ...same('adjective', ['bearded'], {}, anyOf),
      ...tinted('with', ['a * beard'], colors, { hairColor }, anyOf),
    ]);
  }
  return groups;
}

function glassesGroups({ glasses }: Face): FragmentGroup[] {
  const says = { glasses };
  const both = (texts: readonly string[]): FragmentGroup[] => [
    same('with', texts, says),
    same('wearing', texts, says),
  ];
  const anyOf = { glasses: ['round', 'square'] } as const;
  const generic = [
    ...same('with', ['glasses'], {}, anyOf),
    ...same('wearing', ['glasses', 'spectacles'], {}, anyOf),
  ];
  if (glasses === 'round')
    return [...both(['round glasses', 'circular glasses', 'round spectacles']), generic];
  if (glasses === 'square') {
    return [...both(['square glasses', 'rectangular glasses', 'square spectacles']), generic];
  }
  if (glasses === 'sunglasses') return both(['sunglasses', 'dark glasses', 'shades', 'black sunglasses']);
  if (glasses === 'eyepatch') return both(['an eyepatch', 'an eye patch', 'a pirate eyepatch']);
  return [[...same('with', ['no glasses'], says), ...same('after', ['without glasses'], says)]];
}

function spread(words: Partial<Record<Role, readonly string[]>>, says: Partial<Face>): FragmentGroup[] {
  return Object.entries(words).map(([role, texts]) => same(role as Role, texts, says));
}

function clothesGroups({ clothes, clothesColor }: Face): FragmentGroup[] {
  if (clothes === 'hidden' || clothesColor === 'hidden') return [];
  const nouns = garmentNouns[clothes] ?? [];
  const colors = wordsFor(clothesColor);
  const full = tinted('wearing', nouns, colors, { clothes, clothesColor });
  return [
    full,
    full,
    tinted('with', nouns, colors, { clothes, clothesColor }),
    tinted('wearing', nouns, [''], { clothes }),
    tinted('wearing', ['* clothes', '* clothing', 'a * outfit'], colors, { clothesColor }),
  ];
}

function backgroundGroups({ background }: Face): FragmentGroup[] {
  const nouns = ['a * background', 'a * backdrop'];
  return [tinted('place', nouns, wordsFor(background), { background })];
}

/**
 * Every way to state one unit of a face, in groups.
 *
 * @param face canonical; hidden facts give no fragments
 * @returns no group when there is nothing visible to say
 */
export function fragmentsFor(face: Face, unit: Unit): FragmentGroup[] {
  switch (unit) {
    case 'skin':
      return skinGroups(face);
    case 'hair':
      return hairGroups(face);
    case 'beard':
      return beardGroups(face);
    case 'glasses':
      return glassesGroups(face);
    case 'mouth':
      return spread(mouthWords[face.mouth], { mouth: face.mouth });
    case 'eyes':
      return spread(eyeWords[face.eyes], { eyes: face.eyes });
    case 'clothes':
      return clothesGroups(face);
    case 'background':
      return backgroundGroups(face);
  }
}
