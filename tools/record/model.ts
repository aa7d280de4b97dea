// Records the samples of the model card.
import { evaluationPrompts } from '../../src/datasets/prompts.ts';
import { spriteSheet, type RgbImage } from '../lib/sprite.ts';
import { decodeImages, type RecordContext } from './context.ts';

export const model = 'faces-128';

/** The model card's samples: the first prompts of the list that models are measured by, none left out. */
export async function record(context: RecordContext): Promise<void> {
  const { pipeline, sampling, quality, manifestSha256, write } = context;
  const prompts = evaluationPrompts(24);
  const columns = 8;
  const images: RgbImage[] = [];
  for (const [i, { text }] of prompts.entries()) {
    const { guidanceScale, numInferenceSteps } = sampling;
    const latents = await pipeline.textToImage({ prompt: text, seed: i, guidanceScale, numInferenceSteps });
    images.push(...(await decodeImages(pipeline, latents)));
    latents.dispose();
  }
  const rows = Array.from({ length: images.length / columns }, (_, r) =>
    images.slice(r * columns, (r + 1) * columns),
  );
  const size = pipeline.sampleSize[0];
  write('model', 'samples.webp', await spriteSheet(rows, size, quality));
  const listed = prompts.map(({ text, split }, seed) => ({ prompt: text, split, seed }));
  write('model', 'recorded.json', {
    manifestSha256,
    size,
    columns,
    ...sampling,
    file: 'samples.webp',
    samples: listed,
  });
}
