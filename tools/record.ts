// Makes the recorded results that the pages show before anything runs: `npm run record [-- --only 4-3 --only home]`.
//
// Each file of tools/record/ makes one folder of public/recorded/ with the shipped model; context.ts is what they share.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openContext, type RecordContext } from './record/context.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    model: { type: 'string', default: 'faces-64' },
    prompt: { type: 'string', default: 'a person with pink hair and round glasses on a blue background' },
    seed: { type: 'string', default: '7' },
    quality: { type: 'string', default: '76' },
  },
});

const all = readdirSync(join(import.meta.dirname, 'record'))
  .map((file) => file.replace(/\.ts$/, ''))
  .filter((name) => name !== 'context');
const unknown = values.only.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  throw new Error(`Expected --only with one of ${all.join(', ')}; got ${unknown.join(', ')}.`);
}

const { model, prompt } = values;
const context = await openContext({
  model,
  prompt,
  seed: Number(values.seed),
  quality: Number(values.quality),
});
for (const name of values.only.length > 0 ? values.only : all) {
  const { record } = (await import(`./record/${name}.ts`)) as {
    record: (context: RecordContext) => Promise<void>;
  };
  await record(context);
}
context.pipeline.dispose();
