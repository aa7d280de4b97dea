// What the card says of copying: read off the very sheet that is shown, and counted with the training set's own rules.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readCardPictures } from '../../../src/siteData/cardPictures.ts';
import { readManifest } from '../../../src/siteData/model.ts';
import { neighbourDifferences, readNeighbourFacts } from '../../../src/siteData/neighbourFacts.ts';
import { countCoincidence } from '../../../src/datasets/coincidence.ts';
import { encodeFace, type Face } from '../../../src/datasets/faceAttributes.ts';
import { sampleFace } from '../../../src/datasets/faceSplits.ts';
import { model } from '../../../tools/record/neighbours.ts';

const facts = readNeighbourFacts();
const pictures = readCardPictures(model);
const neighbours = pictures?.neighbours ?? { samples: [], test: [] };
const codes = (faces: readonly Face[]) => faces.map((face) => Array.from(encodeFace(face)));

describe('the nearest pictures', () => {
  test('are those that the classifier read; if not: npm run record -- --only neighbours', () => {
    const sheet = readFileSync(join(process.cwd(), 'public/card', model, 'neighbours.webp'));
    expect(createHash('sha256').update(sheet).digest('hex')).toBe(facts.sheetSha256);
    expect(facts.found.samples).toHaveLength(pictures?.columns ?? 0);
  });

  test('were read by a classifier that makes no mistake on those whose facts are known', () => {
    const below = (rows: typeof neighbours.samples) =>
      rows.map(({ trainingFace }) => sampleFace('train', trainingFace));
    expect(facts.found.belowSamples).toEqual(codes(below(neighbours.samples)));
    expect(facts.found.belowTest).toEqual(codes(below(neighbours.test)));
    expect(facts.found.test).toEqual(codes(neighbours.test.map(({ number }) => sampleFace('test', number))));
  });

  test('are training faces where they are samples, and never where they are test faces', () => {
    const { samples, test: tested } = neighbourDifferences(neighbours, facts);
    expect(samples.filter((apart) => apart > 0)).toEqual([]);
    expect(tested.filter((apart) => apart === 0)).toEqual([]);
  });
});

test('faces drawn afresh are training faces as often as the card says', () => {
  const { training, fresh, same } = facts.fresh;
  expect(training).toBe(readManifest(model).recipe.trainingImages);
  expect(countCoincidence(training, fresh).same).toBe(same);
}, 120_000);
