// In how many facts the card's nearest pictures differ from their training faces, and how often faces coincide by the rules alone.
import type { Coincidence } from '../datasets/coincidence.ts';
import { attributeNames, encodeFace } from '../datasets/faceAttributes.ts';
import { sampleFace } from '../datasets/faceSplits.ts';
import type { CardPictures } from './cardPictures.ts';
import { readRecording } from './recordings.ts';

/** What public/recorded/neighbours/recorded.json says: facts as the classifier reads them, one list a picture. */
export interface NeighbourFacts {
  readonly manifests: Readonly<Record<string, string>>;
  /** Of the neighbours.webp that was read. */
  readonly sheetSha256: string;
  readonly found: Readonly<
    Record<'samples' | 'belowSamples' | 'test' | 'belowTest', readonly (readonly number[])[]>
  >;
  readonly fresh: Coincidence;
}

export const readNeighbourFacts = (): NeighbourFacts => readRecording('neighbours') as NeighbourFacts;

/** In how many facts two faces differ. */
export const factsApart = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  attributeNames.filter((_, i) => a[i] !== b[i]).length;

/** In how many facts each of the nearest differs from its training face: samples as the classifier reads them, test faces as drawn. */
export function neighbourDifferences(
  { samples, test }: CardPictures['neighbours'],
  { found }: NeighbourFacts,
): { readonly samples: readonly number[]; readonly test: readonly number[] } {
  const training = (index: number): Uint8Array => encodeFace(sampleFace('train', index));
  return {
    samples: samples.map(({ trainingFace }, i) => factsApart(found.samples[i] ?? [], training(trainingFace))),
    test: test.map(({ number, trainingFace }) =>
      factsApart(encodeFace(sampleFace('test', number)), training(trainingFace)),
    ),
  };
}
