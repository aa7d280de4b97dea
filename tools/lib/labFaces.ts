// The lab's faces in Node: the same faces and words as on the page, drawn by resvg instead of by the browser.
import { captionFor } from '../../src/datasets/captions.ts';
import { sampleFace } from '../../src/datasets/faceSplits.ts';
import { renderFace } from '../../src/datasets/faces.ts';
import { factsCaption, factWords } from '../../src/datasets/facts.ts';
import { type Recipe, Rng } from '@noisebook/ldm/numbers';
import type { LabDataset } from '../../src/engine/protocol/lab.ts';
import { rasterize } from './rasterize.ts';

/** Faces behind the training faces that nobody trains on. */
const HELD_OUT = 16;
const SAMPLES = 8;

/** Training faces 0 to `images`, then held-out ones; a word for each fact. */
export function labFaces({ images, imageSize: size }: Pick<Recipe, 'images' | 'imageSize'>): LabDataset {
  const count = images + HELD_OUT;
  const pixels = new Uint8Array(count * size * size * 3);
  const captions: string[][] = [];
  for (let i = 0; i < count; i++) {
    const face = i < images ? sampleFace('train', i) : sampleFace('validation', i - images);
    captions.push([factsCaption(face)]);
    pixels.set(renderFace(face, size, rasterize), i * size * size * 3);
  }
  return {
    kind: 'faces',
    title: 'faces',
    count,
    size,
    pixels,
    captions,
    words: factWords,
    sampleCaptions: Array.from({ length: SAMPLES }, (_, i) => {
      const face = sampleFace('test', i);
      return { text: factsCaption(face), label: captionFor(face, new Rng(`lab/${i}`), 3).text };
    }),
  };
}
