// Makes the recorded results that the pages show before anything runs: `npm run record [-- --only 4-3 --only model]`.
//
// A figure that is defined by a figure.ts is recorded by its own `compute`. What else is recorded (the card's pictures, the
// lab) has a file in tools/record/, which works with the shipped model that it names in `model`, or the usual one.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openContext, USUAL_MODEL, type RecordContext } from './record/context.ts';
import { figureFolders, recordFigure } from './record/figure.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    model: { type: 'string' },
    prompt: { type: 'string', default: 'a person with pink hair and round glasses on a blue background' },
    seed: { type: 'string', default: '7' },
    quality: { type: 'string', default: '76' },
  },
});

const all = readdirSync(join(import.meta.dirname, 'record'))
  .map((file) => file.replace(/\.ts$/, ''))
  .filter((name) => !['context', 'figure', 'generation'].includes(name))
  .concat([...figureFolders.keys()]);
const unknown = values.only.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  throw new Error(`Expected --only with one of ${all.join(', ')}; got ${unknown.join(', ')}.`);
}

interface Recorder {
  readonly model?: string;
  readonly record: (context: RecordContext) => Promise<void>;
}

const contexts = new Map<string, RecordContext>();

async function contextOf(model: string): Promise<RecordContext> {
  const known = contexts.get(model);
  if (known !== undefined) return known;
  const context = await openContext({
    model,
    prompt: values.prompt,
    seed: Number(values.seed),
    quality: Number(values.quality),
  });
  contexts.set(model, context);
  return context;
}

for (const name of values.only.length > 0 ? values.only : all) {
  if (figureFolders.has(name)) {
    await recordFigure(name, await contextOf(values.model ?? USUAL_MODEL));
    continue;
  }
  const { model, record } = (await import(`./record/${name}.ts`)) as Recorder;
  await record(await contextOf(values.model ?? model ?? USUAL_MODEL));
}
for (const { pipeline } of contexts.values()) pipeline.dispose();
