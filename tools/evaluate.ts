// npm run evaluate -- --model faces-64 --n 500: measures a model with this library on wasm, beside what PyTorch measured.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { initBackend, loadPipeline } from '@noisebook/ldm';
import { nodeFolderSource } from '@noisebook/ldm/node';
import { loadAttributeClassifier } from './lib/evaluation/attributeClassifier.ts';
import { compareAll, type Compared } from './lib/evaluation/compare.ts';
import { Measuring } from './lib/evaluation/measure.ts';
import { recommendedSampling } from './lib/recommendedSampling.ts';

const weights = join(import.meta.dirname, '../public/weights');
const USAGE = `Usage: npm run evaluate -- --model faces-64 [--n 500] [options]

Draws n prompts of test faces and n of held-out combinations, and asks the classifier what it sees. Stop it with Ctrl-C.

  --model NAME        a folder of public/weights, or any folder in the diffusers layout
  --n N               500 prompts of each kind
  --steps N           the model's own
  --guidance W        the model's own
  --seed N            11
  --reference N       5000 training faces for the distance to real pictures; 0 leaves it out
  --wordings N        0; so many faces whose facts are also said in other words
  --classifier FOLDER public/weights/judge-64
  --out FILE          also writes the measurements as JSON

Prints each measurement with its 95% interval, beside the one in the model's manifest (training/evaluate.py). Exits with 1
when one of them lies further from it than three standard errors of the difference.`;

/** What evaluate.py measured, as far as the folder says. */
function storedMetrics(folder: string): unknown {
  const file = join(folder, 'manifest.json');
  if (!existsSync(file)) return undefined;
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly metrics?: unknown }).metrics;
}

function numberOf(name: string, text: string | undefined, fallback: number, least: number): number {
  const value = text === undefined ? fallback : Number(text);
  if (!Number.isFinite(value) || value < least)
    throw new Error(`--${name}: expected ${least} or more, got '${text ?? ''}'`);
  return value;
}

/** "done of total" on one line, at most ten times a second, with the time that is left. */
function progressLine(): (what: string, done: number, total: number) => void {
  let [began, last, doing] = [0, 0, ''];
  return (what, done, total) => {
    const now = performance.now();
    if (what !== doing) [began, doing] = [now, what];
    if (now - last < 100 && done < total) return;
    last = now;
    const left =
      done > 1 ? `, ${Math.round(((now - began) / (done - 1) / 1000) * (total - done))} s left` : '';
    process.stderr.write(
      `\r${what}: ${done} of ${total}${left}${' '.repeat(12)}${done === total ? '\n' : ''}`,
    );
  };
}

function format({ name, here, there, agrees }: Compared): string {
  const show = (value: number): string => value.toFixed(Math.abs(value) < 2 ? 4 : 2);
  const cell = (measured: typeof there): string =>
    measured === undefined
      ? '-'
      : `${show(measured.value)} [${measured.interval.map((end) => show(end)).join(', ')}]`;
  const verdict = agrees === undefined ? '' : agrees ? 'agree' : 'DIFFER';
  return [name.padEnd(53), cell(here).padEnd(26), cell(there).padEnd(26), verdict].join('  ').trimEnd();
}

async function main(args: string[]): Promise<number> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args,
    options: {
      ...{ model: text, n: text, steps: text, guidance: text, seed: text, reference: text, wordings: text },
      ...{ classifier: text, out: text, help: { type: 'boolean', default: false } },
    },
  });
  if (values.help || values.model === undefined) {
    console.error(USAGE);
    return values.help ? 0 : 2;
  }
  const named = join(weights, values.model);
  const folder = existsSync(named) ? named : values.model;
  const usual = recommendedSampling(folder);
  const count = numberOf('n', values.n, 500, 2);
  const options = {
    count,
    steps: numberOf('steps', values.steps, usual.numInferenceSteps, 1),
    guidance: numberOf('guidance', values.guidance, usual.guidanceScale, 0),
    seed: numberOf('seed', values.seed, 11, 0),
    reference: numberOf('reference', values.reference, 5000, 0),
    wordings: numberOf('wordings', values.wordings, 0, 0),
    onProgress: progressLine(),
  };
  const { label } = await initBackend({ backend: 'wasm' });
  const classifier = await loadAttributeClassifier(
    nodeFolderSource(values.classifier ?? join(weights, 'judge-64')),
  );
  const pipe = await loadPipeline(nodeFolderSource(folder));
  for (const note of pipe.notes) console.log(note);
  const began = performance.now();
  const results = await new Measuring(pipe, classifier, options).run();
  const minutes = (performance.now() - began) / 60000;
  const compared = compareAll(results, storedMetrics(folder), count);
  console.log(
    ['', `here: ${count} of each kind`, 'manifest', '']
      .map((head, i) => head.padEnd([53, 26, 26, 0][i]!))
      .join('  '),
  );
  for (const row of compared) console.log(format(row));
  const differ = compared.filter(({ agrees }) => agrees === false).length;
  const held = compared.filter(({ agrees }) => agrees !== undefined).length;
  console.log(`${held - differ} of ${held} agree with the manifest; ${minutes.toFixed(1)} minutes, ${label}`);
  if (values.out !== undefined) {
    const { onProgress: _, ...settings } = options;
    const content = { model: values.model, ...settings, minutes, results: Object.fromEntries(results) };
    writeFileSync(values.out, `${JSON.stringify(content, null, 1)}\n`);
  }
  return differ === 0 ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
