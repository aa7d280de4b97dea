// Records what the classifier reads off the model card's nearest pictures: neighbours.webp, fact by fact.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { countCoincidence } from '../../src/datasets/coincidence.ts';
import { loadAttributeClassifier } from '../lib/evaluation/attributeClassifier.ts';
import { look } from '../lib/evaluation/look.ts';
import { nodeFolderSource } from '@noisebook/ldm/node';
import type { RecordContext } from './context.ts';

export const model = 'faces-128';

/** Faces drawn afresh, to see how many are training faces by the rules alone. */
const FRESH = 100_000;
/** Rows of neighbours.webp, from above. */
const ROWS = ['samples', 'belowSamples', 'test', 'belowTest'] as const;

interface Pictures {
  readonly size: number;
  readonly columns: number;
}
interface Manifest {
  readonly recipe: { readonly trainingImages: number };
}

const read = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));

export async function record({
  model: name,
  manifestSha256,
  modelFolder,
  write,
}: RecordContext): Promise<void> {
  const card = join(import.meta.dirname, '../../public/card', name);
  const { size, columns } = read(join(card, 'pictures.json')) as Pictures;
  const file = readFileSync(join(card, 'neighbours.webp'));
  const cut = (left: number, top: number): Promise<Buffer> =>
    sharp(file).extract({ left, top, width: size, height: size }).removeAlpha().raw().toBuffer();
  const classifier = await loadAttributeClassifier(nodeFolderSource(modelFolder('judge-64')));
  const found = {} as Record<(typeof ROWS)[number], (readonly number[])[]>;
  for (const [row, key] of ROWS.entries()) {
    const pictures = await Promise.all(
      Array.from({ length: columns }, (_, column) => cut(column * size, row * size)),
    );
    found[key] = (await look(classifier, pictures)).map((seen) => seen.found);
  }
  classifier.dispose();
  const { recipe } = read(join(modelFolder(name), 'manifest.json')) as Manifest;
  write('neighbours', 'recorded.json', {
    manifests: { [name]: manifestSha256 },
    sheetSha256: createHash('sha256').update(file).digest('hex'),
    found,
    fresh: countCoincidence(recipe.trainingImages, FRESH),
  });
}
