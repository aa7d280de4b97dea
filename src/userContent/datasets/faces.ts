// Faces to train on: drawn in the browser, with what is known of them as texts.
import { captionFor, knownWords } from '../../datasets/captions.ts';
import type { Face } from '../../datasets/faceAttributes.ts';
import { sampleFace } from '../../datasets/faceSplits.ts';
import { factsCaption, factWords } from '../../datasets/facts.ts';
import { captionWords } from '../../datasets/words.ts';
import { type Recipe, Rng } from '@noisebook/ldm/numbers';
import type { LabDataset } from '../../engine/protocol/lab.ts';
import type { DatasetOptions } from './progress.ts';
import { renderFaces } from './renderFaces.ts';

export const FACES_CREDIT =
  'Avataaars by Pablo Stanley, free for personal and commercial use, drawn by DiceBear (MIT).';

/** Faces after the training faces, of another split, that show what is learned and not only remembered. */
export const HELD_OUT_FACES = 16;
/** Faces whose words the samples of a run are drawn for. */
const SAMPLES = 8;
/** Different sentences about each face. */
const SENTENCES = 4;
/** Words of a sentence at most: a small text encoder reads no more. */
const SENTENCE_WORDS = 24;

/** A sentence that says something, and is short. */
function sentence(face: Face, rng: Rng, count?: number): string {
  for (;;) {
    const { text } = captionFor(face, rng, count);
    const words = captionWords(text).length;
    if (words > 0 && words <= SENTENCE_WORDS) return text;
  }
}

/** The texts of one face, as the recipe wants them. */
function textsFor(face: Face, conditioning: 'facts' | 'sentences', seed: string): string[] {
  if (conditioning === 'facts') return [factsCaption(face)];
  const rng = new Rng(seed);
  return Array.from({ length: SENTENCES }, () => sentence(face, rng));
}

/** Texts of faces that no run is trained on, and how they are called: the same in every run. */
function samplesFor(conditioning: Recipe['conditioning']): LabDataset['sampleCaptions'] {
  if (conditioning === 'none') return [];
  return Array.from({ length: SAMPLES }, (_, i) => {
    const face = sampleFace('test', i);
    const label = sentence(face, new Rng(`lab/${i}`), 3);
    return { text: conditioning === 'facts' ? factsCaption(face) : label, label };
  });
}

/** The whole vocabulary, whatever of it these faces happen to use: runs differ in their weights, not in their words. */
const wordsFor: Readonly<Record<Recipe['conditioning'], readonly string[]>> = {
  none: [],
  facts: factWords,
  sentences: knownWords,
};

/**
 * Faces number 0 to `images` of the training split, then {@link HELD_OUT_FACES} of the validation split.
 *
 * @param recipe `images`, `imageSize` and `conditioning` matter
 * @throws the signal's reason when it is aborted
 */
export async function facesDataset(
  { images, imageSize, conditioning }: Pick<Recipe, 'images' | 'imageSize' | 'conditioning'>,
  options: DatasetOptions = {},
): Promise<LabDataset> {
  const captions: string[][] = [];
  const faceAt = (index: number): Face => {
    const face = index < images ? sampleFace('train', index) : sampleFace('validation', index - images);
    if (conditioning !== 'none') captions.push(textsFor(face, conditioning, `lab/texts/${index}`));
    return face;
  };
  const count = images + HELD_OUT_FACES;
  const pixels = await renderFaces(count, faceAt, imageSize, options);
  return {
    kind: 'faces',
    title: 'faces',
    credit: FACES_CREDIT,
    count,
    size: imageSize,
    pixels,
    captions,
    words: wordsFor[conditioning],
    sampleCaptions: samplesFor(conditioning),
  };
}
