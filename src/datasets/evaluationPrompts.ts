/** One caption of each face that a model is measured on: what training/judged.py asks as well. */
import { Rng } from '@noisebook/ldm/numbers';
import { captionFor } from './captions.ts';
import { attributeNames, type Face } from './faceAttributes.ts';
import { defaultSeed, sampleFace, type Split } from './faceSplits.ts';
import { wordingsOf, type Wordings } from './wordings.ts';

/** Captions that each face of the shards has. */
const CAPTIONS = 8;

export interface EvaluationPrompt {
  readonly face: Face;
  readonly text: string;
  /** The facts that the text states. */
  readonly mentioned: Partial<Face>;
}

/** Whether a text states a fact, attribute by attribute, in the order of `attributeNames`. */
export function statedBy(mentioned: Partial<Face>): boolean[] {
  return attributeNames.map((name) => name in mentioned);
}

/**
 * The caption of face `index` of a split: its captions in turn, so that every length takes part; one that states no fact
 * makes way for the next.
 */
export function evaluationPrompt(
  split: Split,
  index: number,
  seed: number | string = defaultSeed,
): EvaluationPrompt {
  const face = sampleFace(split, index, seed);
  const rng = new Rng(`${seed}/${split}/${index}/captions`);
  const captions = Array.from({ length: CAPTIONS }, () => captionFor(face, rng));
  for (let j = 0; j < CAPTIONS; j++) {
    const { text, mentioned } = captions[(index + j) % CAPTIONS]!;
    if (Object.keys(mentioned).length > 0) return { face, text, mentioned };
  }
  throw new Error(
    `Face ${index} of ${split}: expected a caption that states a fact, all ${CAPTIONS} are empty.`,
  );
}

/** The wordings of face `index` of a split. */
export function evaluationWordings(
  split: Split,
  index: number,
  seed: number | string = defaultSeed,
): Wordings & { readonly face: Face } {
  const face = sampleFace(split, index, seed);
  return { face, ...wordingsOf(face, new Rng(`${seed}/${split}/${index}/wordings`)) };
}
