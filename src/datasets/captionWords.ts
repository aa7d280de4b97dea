/** The nouns, adjectives and synonyms of captions, fact by fact. No word stands for two different facts. */
import type { Face } from './faceAttributes.ts';

/**
 * Where a fragment can stand: before the noun ("smiling person"), after "with", after "wearing", after the
 * noun on its own ("person winking"), or as the place ("on a blue background").
 */
export type Role = 'adjective' | 'with' | 'wearing' | 'after' | 'place';

export const colorWords: Record<string, readonly string[]> = {
  grey: ['grey', 'gray'],
  purple: ['purple', 'violet'],
  teal: ['teal', 'turquoise'],
};
export const hairColorWords: Record<string, readonly string[]> = {
  blonde: ['blonde', 'blond', 'golden'],
  red: ['red', 'ginger'],
  grey: ['grey', 'gray', 'silver'],
};
export const skinWords: Record<Face['skin'], readonly string[]> = {
  pale: ['pale'],
  light: ['light'],
  tan: ['tan', 'tanned'],
  brown: ['brown'],
  dark: ['dark'],
};

/** Nouns for a style; `*` is where the colour goes. A noun with an article is countable. */
export const hairNouns: Record<string, readonly string[]> = {
  short: ['short * hair', 'cropped * hair'],
  mohawk: ['a * mohawk', 'a * mohawk haircut'],
  shaggy: ['shaggy * hair', 'floppy * hair'],
  spiky: ['spiky * hair', 'wild spiky * hair', 'spiked * hair'],
  afro: ['a * afro', 'a big * afro', 'curly * hair', 'round curly * hair'],
  wavy: ['wavy * hair', 'long wavy * hair', 'big wavy * hair'],
  bob: ['a * bob', 'a * bob haircut', 'chin length * hair'],
  long: ['long straight * hair', 'straight * hair'],
  mullet: ['a * mullet', 'a * mullet haircut'],
  bun: ['a * bun', '* hair in a bun', 'a * hair bun'],
  flowers: ['* hair and a flower crown', '* hair with flowers', 'flowers in the * hair'],
};
export const plainHairNouns: Record<string, readonly string[]> = {
  flowers: ['a flower crown', 'a crown of flowers', 'flowers in the hair'],
};
export const hatNouns: Record<string, readonly string[]> = {
  hat: ['a * hat', 'a * sun hat', 'a * brimmed hat', 'a wide * hat'],
  hijab: ['a * hijab', 'a * headscarf'],
  turban: ['a * turban'],
  beanie: ['a * beanie', 'a * winter hat', 'a * knit hat', 'a * bobble hat'],
};
export const beardNouns: Record<string, readonly string[]> = {
  short: ['a short * beard', 'a trimmed * beard'],
  long: ['a long * beard', 'a big * beard', 'a full * beard'],
  moustache: ['a * moustache', 'a * mustache'],
};
export const garmentNouns: Record<string, readonly string[]> = {
  hoodie: ['a * hoodie'],
  tshirt: ['a * t-shirt', 'a * tee'],
  blazer: ['a * blazer', 'a * jacket', 'a * suit jacket'],
  overalls: ['* overalls', '* dungarees'],
  sweater: ['a * sweater', 'a * jumper', 'a * pullover'],
};

export const mouthWords: Record<Face['mouth'], Partial<Record<Role, readonly string[]>>> = {
  smile: {
    adjective: ['smiling', 'happy', 'grinning'],
    after: ['smiling', 'grinning'],
    with: ['a smile', 'a big smile', 'a grin'],
  },
  serious: {
    adjective: ['serious', 'neutral'],
    with: ['a serious mouth', 'a neutral mouth', 'a straight mouth'],
  },
  sad: { adjective: ['sad', 'frowning', 'unhappy'], after: ['frowning'], with: ['a frown', 'a sad mouth'] },
  shout: {
    adjective: ['shouting', 'screaming', 'yelling'],
    after: ['shouting', 'screaming'],
    with: ['a wide open mouth', 'a screaming mouth'],
  },
  tongue: {
    with: ['tongue out', 'the tongue out'],
    after: ['sticking out the tongue', 'sticking the tongue out'],
  },
  teeth: {
    adjective: ['grimacing'],
    after: ['grimacing', 'showing teeth'],
    with: ['clenched teeth', 'gritted teeth', 'a grimace'],
  },
};

export const eyeWords: Record<Face['eyes'], Partial<Record<Role, readonly string[]>>> = {
  hidden: {},
  open: { with: ['plain eyes', 'normal eyes', 'simple eyes'] },
  closed: { with: ['closed eyes', 'eyes closed', 'shut eyes'] },
  wide: { adjective: ['surprised'], with: ['wide eyes', 'wide open eyes', 'surprised eyes'] },
  wink: { adjective: ['winking'], after: ['winking'], with: ['a wink', 'one eye winking'] },
  hearts: { with: ['heart eyes', 'hearts for eyes', 'heart shaped eyes'] },
  dizzy: { adjective: ['dizzy'], with: ['dizzy eyes', 'crossed out eyes', 'x eyes'] },
};
