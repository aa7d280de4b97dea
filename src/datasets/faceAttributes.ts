/** The facts that a face has: their names, their values, their colours, and which of them can be seen. */

/** Colours of hats and clothes, as hexadecimal RGB without the hash. */
export const fabricColors = {
  red: 'dd3327',
  orange: 'f5871f',
  yellow: 'f6cf2d',
  green: '2ba24c',
  blue: '2c63d2',
  purple: '8a3fc4',
  black: '2a2a30',
  grey: '8d939d',
} as const;

export const skinColors = {
  pale: 'fde6d8',
  light: 'f3c59a',
  tan: 'd99f66',
  brown: 'b07443',
  dark: '7a5040',
} as const;

export const hairColors = {
  black: '17151b',
  brown: '5c3011',
  blonde: 'f3d061',
  red: 'd2451c',
  grey: 'bfc3c9',
  pink: 'f268b4',
  blue: '3d6ee6',
} as const;

export const backgroundColors = {
  white: 'fbfbfb',
  pink: 'f9b6d2',
  orange: 'ffb56b',
  yellow: 'ffe680',
  green: 'a9dd9f',
  teal: '39a79d',
  blue: '8fd0f8',
  purple: 'bc99ee',
} as const;

const keys = <T extends Record<string, string>>(record: T) => Object.keys(record) as (keyof T & string)[];

/** Hair styles; the last four hide all hair. */
export const headwear = ['hat', 'hijab', 'turban', 'beanie'] as const;

/**
 * Every attribute with its possible values, in a fixed order: the index of a value is what `attributes.bin`
 * holds. `hidden` means that the fact cannot be seen in the picture; `none` means that there is none.
 */
export const faceAttributes = {
  skin: keys(skinColors),
  top: [
    'bald',
    'short',
    'mohawk',
    'shaggy',
    'spiky',
    'afro',
    'wavy',
    'bob',
    'long',
    'mullet',
    'bun',
    'flowers',
    ...headwear,
  ],
  hairColor: ['hidden', ...keys(hairColors)],
  hatColor: ['none', ...keys(fabricColors)],
  glasses: ['none', 'round', 'square', 'sunglasses', 'eyepatch'],
  beard: ['none', 'short', 'long', 'moustache'],
  mouth: ['smile', 'serious', 'sad', 'shout', 'tongue', 'teeth'],
  eyes: ['hidden', 'open', 'closed', 'wide', 'wink', 'hearts', 'dizzy'],
  clothes: ['hidden', 'hoodie', 'tshirt', 'blazer', 'overalls', 'sweater'],
  clothesColor: ['hidden', ...keys(fabricColors)],
  background: keys(backgroundColors),
} as const;

export type FaceAttribute = keyof typeof faceAttributes;
export type FaceValue<A extends FaceAttribute> = (typeof faceAttributes)[A][number];

/** One face: a value for every attribute. */
export type Face = { [A in FaceAttribute]: FaceValue<A> };

/** Attribute names in the order of `attributes.bin`. */
export const attributeNames = Object.keys(faceAttributes) as FaceAttribute[];

export function isHeadwear(top: Face['top']): boolean {
  return (headwear as readonly string[]).includes(top);
}

/** True when the style shows hair on the head. */
export function showsHair(top: Face['top']): boolean {
  return top !== 'bald' && !isHeadwear(top);
}

/**
 * The face as its picture shows it: what cannot be seen becomes `hidden` or `none`, and what the picture needs
 * but the face leaves open gets the first visible value. Two canonical faces that differ have different pictures.
 */
export function canonicalFace(face: Face): Face {
  const out = { ...face };
  const worn = isHeadwear(out.top);
  if (!worn) out.hatColor = 'none';
  else if (out.hatColor === 'none') out.hatColor = 'red';

  const colored = showsHair(out.top) || out.beard !== 'none';
  if (!colored) out.hairColor = 'hidden';
  else if (out.hairColor === 'hidden') out.hairColor = 'black';

  if (out.glasses === 'sunglasses') out.eyes = 'hidden';
  else if (out.eyes === 'hidden') out.eyes = 'open';
  // The patch covers the shut eye of a wink; the other one is drawn wide.
  if (out.glasses === 'eyepatch' && out.eyes === 'wink') out.eyes = 'wide';

  if (out.top === 'hijab') {
    out.clothes = 'hidden';
    out.clothesColor = 'hidden';
  } else {
    if (out.clothes === 'hidden') out.clothes = 'tshirt';
    if (out.clothesColor === 'hidden') out.clothesColor = 'red';
  }
  return out;
}

/** The indices of a face's values, one byte an attribute, in the order of {@link attributeNames}. */
export function encodeFace(face: Face): Uint8Array {
  return Uint8Array.from(attributeNames, (name) => {
    const index = (faceAttributes[name] as readonly string[]).indexOf(face[name]);
    if (index < 0) {
      throw new RangeError(
        `encodeFace: ${name} is '${face[name]}'; expected one of ${faceAttributes[name].join(', ')}`,
      );
    }
    return index;
  });
}

/**
 * The inverse of {@link encodeFace}.
 *
 * @throws RangeError when there are too few indices or one has no value
 */
export function decodeFace(indices: ArrayLike<number>): Face {
  const entries = attributeNames.map((name, i) => {
    const value = faceAttributes[name][indices[i] ?? -1];
    if (value === undefined) {
      throw new RangeError(
        `decodeFace: index ${indices[i]} for ${name}; expected 0 to ${faceAttributes[name].length - 1}`,
      );
    }
    return [name, value];
  });
  return Object.fromEntries(entries) as Face;
}
