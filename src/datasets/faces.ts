/** From the facts of a face to its picture: attributes to SVG to pixels. Artwork: Avataaars by Pablo Stanley. */
import { createAvatar } from '@dicebear/core';
import * as avataaars from '@dicebear/avataaars';
import {
  backgroundColors,
  canonicalFace,
  fabricColors,
  hairColors,
  skinColors,
  type Face,
} from './faceAttributes.ts';

/** The square of the 280 x 280 drawing that is shown: x, y, width, height. Chosen by eye for 64 x 64 pixels. */
export const faceViewBox = [24, 14, 232, 232] as const;

/** Draws an SVG document at size x size pixels: RGBA bytes, size * size * 4 of them, alpha ignored. */
export type Rasterizer = (svg: string, size: number) => Uint8Array | Uint8ClampedArray;

const tops = {
  short: 'shortFlat',
  mohawk: 'frizzle',
  shaggy: 'shaggy',
  spiky: 'dreads02',
  afro: 'fro',
  wavy: 'bigHair',
  bob: 'bob',
  long: 'straight01',
  mullet: 'shaggyMullet',
  bun: 'bun',
  flowers: 'frida',
  hat: 'hat',
  hijab: 'hijab',
  turban: 'turban',
  beanie: 'winterHat03',
} as const;
const accessories = {
  round: 'round',
  square: 'prescription02',
  sunglasses: 'kurt',
  eyepatch: 'eyepatch',
} as const;
const beards = { short: 'beardLight', long: 'beardMajestic', moustache: 'moustacheMagnum' } as const;
const mouths = {
  smile: 'smile',
  serious: 'serious',
  sad: 'disbelief',
  shout: 'screamOpen',
  tongue: 'tongue',
  teeth: 'grimace',
} as const;
const eyes = {
  hidden: 'default',
  open: 'default',
  closed: 'closed',
  wide: 'surprised',
  wink: 'winkWacky',
  hearts: 'hearts',
  dizzy: 'xDizzy',
} as const;
const garments = {
  hidden: 'shirtCrewNeck',
  hoodie: 'hoodie',
  tshirt: 'shirtCrewNeck',
  blazer: 'blazerAndShirt',
  overalls: 'overall',
  sweater: 'collarAndSweater',
} as const;

/**
 * The SVG document of a face, 232 units wide, background filled to the edges. The same face always gives the
 * same text.
 *
 * @param face made canonical first, so any combination is allowed
 */
export function faceSvg(face: Face): string {
  const f = canonicalFace(face);
  const hat = f.hatColor === 'none' ? fabricColors.red : fabricColors[f.hatColor];
  const hair = f.hairColor === 'hidden' ? hairColors.black : hairColors[f.hairColor];
  const cloth = f.clothesColor === 'hidden' ? hat : fabricColors[f.clothesColor];
  const svg = createAvatar(avataaars, {
    seed: 'noisebook',
    style: ['default'],
    base: ['default'],
    nose: ['default'],
    eyebrows: ['default'],
    top: [f.top === 'bald' ? 'shortFlat' : tops[f.top]],
    topProbability: f.top === 'bald' ? 0 : 100,
    hairColor: [hair],
    facialHairColor: [hair],
    hatColor: [hat],
    skinColor: [skinColors[f.skin]],
    accessories: [f.glasses === 'none' ? 'round' : accessories[f.glasses]],
    accessoriesProbability: f.glasses === 'none' ? 0 : 100,
    accessoriesColor: ['1d1f24'],
    facialHair: [f.beard === 'none' ? 'beardLight' : beards[f.beard]],
    facialHairProbability: f.beard === 'none' ? 0 : 100,
    mouth: [mouths[f.mouth]],
    eyes: [eyes[f.eyes]],
    clothing: [garments[f.clothes]],
    clothesColor: [cloth],
    backgroundColor: [backgroundColors[f.background]],
    backgroundType: ['solid'],
  }).toString();
  return svg.replace('viewBox="0 0 280 280"', `viewBox="${faceViewBox.join(' ')}"`);
}

/**
 * The picture of a face as plain bytes.
 *
 * @param face any face
 * @param size pixels along each side, 1 or more
 * @param rasterize draws the SVG on this platform
 * @returns RGB, 0 to 255, [size, size, 3] row by row
 * @throws RangeError when the rasterizer returns another number of bytes than size * size * 4
 */
export function renderFace(face: Face, size: number, rasterize: Rasterizer): Uint8Array {
  const rgba = rasterize(faceSvg(face), size);
  if (rgba.length !== size * size * 4) {
    throw new RangeError(
      `renderFace: expected ${size * size * 4} RGBA bytes for size ${size}, got ${rgba.length}; check the rasterizer`,
    );
  }
  const rgb = new Uint8Array(size * size * 3);
  for (let i = 0, j = 0; j < rgb.length; i += 4, j += 3) {
    rgb[j] = rgba[i]!;
    rgb[j + 1] = rgba[i + 1]!;
    rgb[j + 2] = rgba[i + 2]!;
  }
  return rgb;
}
