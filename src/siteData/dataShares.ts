// How often each value occurs among the faces that the model learns from, counted when the site is built.
import { attributeNames, faceAttributes, type FaceAttribute } from '../datasets/faceAttributes.ts';
import { sampleFace } from '../datasets/faceSplits.ts';

export interface AttributeShares {
  readonly attribute: FaceAttribute;
  /** The most frequent value first; shares from 0 to 1. */
  readonly values: readonly { readonly value: string; readonly share: number }[];
}

/** Of the first `count` faces of the training split. */
export function dataShares(count: number): AttributeShares[] {
  const faces = Array.from({ length: count }, (_, i) => sampleFace('train', i));
  return attributeNames.map((attribute) => ({
    attribute,
    values: faceAttributes[attribute]
      .map((value) => ({
        value,
        share: faces.filter((face) => face[attribute] === value).length / count,
      }))
      .sort((a, b) => b.share - a.share),
  }));
}
