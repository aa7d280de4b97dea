// node tools/bench-training.ts: milliseconds of a training step of the lab, on the wasm backend with one thread, and
// where they go. The pictures are noise: only the time is of interest.
import * as tf from '@tensorflow/tfjs-core';
import { parseArgs } from 'node:util';
import { initBackend, Run, type TrainingData } from '@noisebook/ldm';
import { type Recipe, Rng } from '@noisebook/ldm/numbers';
import { presetRecipe, PRESET_NAMES } from '../src/lab/presets.ts';

const USAGE = `Usage: node tools/bench-training.ts [options]

  --preset NAME       ${PRESET_NAMES.join(', ')}; five by default
  --set KEY=NUMBER    another choice of the recipe, e.g. width=64; may be given several times
  --steps N           30 of each phase; the median is told
  --profile           time by kernel, instead of the steps'`;

const WARM_UP = 5;
const WORDS = ['red', 'green', 'blue', 'round', 'square', 'bald', 'happy', 'sad', 'old', 'young', 'tall'];

function recipeOf(preset: string, changes: readonly string[], steps: number): Recipe {
  const name = PRESET_NAMES.find((known) => known === preset);
  if (name === undefined) throw new Error(`--preset: expected ${PRESET_NAMES.join(', ')}, got '${preset}'`);
  const numbers = changes.map((change) => {
    const [key = '', value = ''] = change.split('=');
    return [key, Number(value)] as const;
  });
  const count = steps + WARM_UP;
  const recipe = { ...presetRecipe(name, 'faces'), ...Object.fromEntries(numbers) };
  return { ...recipe, images: 64, autoencoderSteps: count, denoiserSteps: count };
}

function noisePictures({ images: count, imageSize: size }: Recipe): TrainingData {
  const numbers = new Rng('bench').fillNormal(new Float32Array(count * size * size * 3));
  const pixels = Uint8Array.from(numbers, (value) => 128 + 40 * value);
  return {
    count,
    size,
    pixels,
    captions: Array.from({ length: count }, () => [WORDS.join(' ')]),
    words: WORDS,
  };
}

interface Spent {
  ms: number;
  calls: number;
}

/** Measures every kernel of the backend from now on. */
function watchKernels(): Map<string, Spent> {
  const spent = new Map<string, Spent>();
  for (const { kernelName, kernelFunc } of tf.getKernelsForBackend('wasm')) {
    const entry = { ms: 0, calls: 0 };
    spent.set(kernelName, entry);
    tf.unregisterKernel(kernelName, 'wasm');
    tf.registerKernel({
      kernelName,
      backendName: 'wasm',
      kernelFunc: (options) => {
        const begin = performance.now();
        const result = kernelFunc(options);
        entry.ms += performance.now() - begin;
        entry.calls++;
        return result;
      },
    });
  }
  return spent;
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** @param cpu milliseconds of processor time: what counts on a machine that does other things as well */
function report(
  phase: string,
  times: readonly number[],
  cpu: number,
  spent: ReadonlyMap<string, Spent> | undefined,
): void {
  const processor = (cpu / times.length).toFixed(1);
  console.log(`${phase}: ${median(times).toFixed(1)} ms a step, ${processor} ms of processor time`);
  if (spent === undefined) return;
  const all = times.reduce((a, b) => a + b, 0);
  const rows = [...spent].filter(([, { calls }]) => calls > 0).sort(([, a], [, b]) => b.ms - a.ms);
  const inside = rows.reduce((sum, [, { ms }]) => sum + ms, 0);
  const line = (name: string, ms: number, calls: number): void => {
    const step = (ms / times.length).toFixed(2).padStart(8);
    console.log(`${step} ms  ${(calls / times.length).toFixed(0).padStart(5)} calls  ${name}`);
  };
  for (const [name, { ms, calls }] of rows.slice(0, 24)) line(name, ms, calls);
  line('outside of kernels', all - inside, 0);
}

async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      preset: { type: 'string', default: 'five' },
      set: { type: 'string', multiple: true, default: [] },
      steps: { type: 'string', default: '30' },
      profile: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const recipe = recipeOf(values.preset, values.set, Number(values.steps));
  await initBackend({ backend: 'wasm' });
  const spent = values.profile ? watchKernels() : undefined;
  const run = Run.create(recipe, noisePictures(recipe));
  let times: number[] = [];
  let before = process.cpuUsage();
  for await (const event of run.train()) {
    if (event.type !== 'step') continue;
    if (event.step > WARM_UP) times.push(event.ms);
    else {
      for (const entry of spent?.values() ?? []) Object.assign(entry, { ms: 0, calls: 0 });
      before = process.cpuUsage();
    }
    if (event.step === event.steps) {
      const { user, system } = process.cpuUsage(before);
      report(event.phase, times, (user + system) / 1000, spent);
      times = [];
    }
  }
  run.dispose();
}

await main(process.argv.slice(2));
