// node tools/write-wordings.ts --out FILE: the facts of test faces in several wordings each, for training/evaluate.py.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { evaluationWordings, statedBy } from '../src/datasets/evaluationPrompts.ts';

const { values } = parseArgs({
  options: { count: { type: 'string', default: '1000' }, out: { type: 'string' } },
});
const count = Number(values.count);
if (values.out === undefined || !Number.isSafeInteger(count) || count < 1) {
  process.stderr.write(
    'Usage: node tools/write-wordings.ts --out FILE.jsonl [--count 1000], a count of 1 or more\n',
  );
  process.exit(2);
}
const lines = Array.from({ length: count }, (_, face) => {
  const { texts, mentioned } = evaluationWordings('test', face);
  const stated = statedBy(mentioned).flatMap((yes, index) => (yes ? [index] : []));
  return JSON.stringify({ face, texts, mentioned: stated });
});
mkdirSync(dirname(values.out), { recursive: true });
writeFileSync(values.out, `${lines.join('\n')}\n`);
