/** Renders faces and their captions into a folder of shards that the offline trainer reads. */
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { attributeNames, encodeFace, faceAttributes } from '../src/datasets/faceAttributes.ts';
import { defaultSeed, heldOutPairs, sampleFace, splits, type Split } from '../src/datasets/faceSplits.ts';
import { captionFor, knownWords } from '../src/datasets/captions.ts';
import { factsCaption } from '../src/datasets/facts.ts';
import { renderFace } from '../src/datasets/faces.ts';
import { Rng } from '@noisebook/ldm/numbers';
import { rasterize } from './lib/rasterize.ts';

/** Raised whenever the same arguments would give other bytes. */
const generatorVersion = 1;

const usage = `node tools/render-faces.ts --split train --count 40000 --out data/shards/train
  --split     ${splits.join(', ')}
  --count     number of faces
  --out       folder for images.bin, attributes.bin, captions.jsonl and schema.json
  --size      pixels along each side (64)
  --captions  captions for each face (8)
  --facts     also write its facts, one word each, as the lab's models are told them
  --seed      another seed gives other faces of the same split (${defaultSeed})`;

function fail(message: string): never {
  process.stderr.write(`render-faces: ${message}\n\n${usage}\n`);
  process.exit(2);
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      split: { type: 'string' },
      count: { type: 'string' },
      out: { type: 'string' },
      size: { type: 'string', default: '64' },
      captions: { type: 'string', default: '8' },
      facts: { type: 'boolean', default: false },
      seed: { type: 'string', default: defaultSeed },
    },
  });
  const whole = (name: 'count' | 'size' | 'captions', least: number): number => {
    const value = Number(values[name]);
    if (!Number.isSafeInteger(value) || value < least) {
      fail(`--${name} should be a whole number of ${least} or more, not '${values[name] ?? ''}'`);
    }
    return value;
  };
  if (!splits.includes(values.split as Split)) {
    fail(`--split should be one of ${splits.join(', ')}, not '${values.split ?? ''}'`);
  }
  if (values.out === undefined) fail('--out is missing; name a folder');
  return {
    split: values.split as Split,
    out: values.out,
    seed: values.seed,
    count: whole('count', 1),
    size: whole('size', 8),
    captions: whole('captions', 0),
    facts: values.facts,
  };
}

const options = readOptions();
mkdirSync(options.out, { recursive: true });
const file = (name: string) => createWriteStream(join(options.out, name));
const images = file('images.bin');
const attributes = file('attributes.bin');
const captions = file('captions.jsonl');

const started = performance.now();
for (let i = 0; i < options.count; i++) {
  const face = sampleFace(options.split, i, options.seed);
  const rng = new Rng(`${options.seed}/${options.split}/${i}/captions`);
  const written = Array.from({ length: options.captions }, () => captionFor(face, rng));
  const line = {
    captions: written.map((caption) => caption.text),
    mentioned: written.map((caption) =>
      attributeNames.flatMap((name, index) => (name in caption.mentioned ? [index] : [])),
    ),
    ...(options.facts && { facts: factsCaption(face) }),
  };
  attributes.write(encodeFace(face));
  captions.write(`${JSON.stringify(line)}\n`);
  if (!images.write(renderFace(face, options.size, rasterize))) await once(images, 'drain');
  if ((i + 1) % 1000 === 0 || i + 1 === options.count) {
    const rate = (i + 1) / ((performance.now() - started) / 1000);
    process.stderr.write(`\r${i + 1}/${options.count} faces, ${rate.toFixed(0)} a second`);
  }
}
process.stderr.write('\n');
await Promise.all(
  [images, attributes, captions].map((stream) => new Promise<void>((done) => stream.end(done))),
);

const schema = {
  generator: 'noisebook faces',
  version: generatorVersion,
  split: options.split,
  seed: options.seed,
  count: options.count,
  size: options.size,
  captions: options.captions,
  attributes: attributeNames.map((name) => ({ name, values: faceAttributes[name] })),
  heldOut: heldOutPairs,
  words: knownWords,
  credit: 'Avataaars by Pablo Stanley, free for personal and commercial use (https://avataaars.com/)',
};
writeFileSync(join(options.out, 'schema.json'), `${JSON.stringify(schema, null, 2)}\n`);
