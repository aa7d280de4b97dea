// node tools/train.ts --preset minute --out FOLDER: trains one of the lab's models without a browser, on wasm, with the library
// that the page uses. Ctrl-C stores where it stands; the same command goes on from there.
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { memory } from '@tensorflow/tfjs-core';
import { initBackend, Run, type TrainingData, type TrainingEvent } from '@noisebook/ldm';
import { checkRecipe, estimate, type Recipe } from '@noisebook/ldm/numbers';
import { typicalTextSize } from '../src/datasets/dataKinds.ts';
import { PRESET_NAMES, presetRecipe } from '../src/lab/presets.ts';
import type { LabDataset } from '../src/engine/protocol/lab.ts';
import { labFaces } from './lib/labFaces.ts';
import { encodePng, pictureGrid } from './lib/png.ts';

const USAGE = `Usage: node tools/train.ts --out FOLDER [options]

  --preset NAME    ${PRESET_NAMES.join(', ')}; minute by default
  --recipe JSON    choices that differ from the preset's, such as '{"denoiserSteps":100,"prediction":"flow"}'
  --faces N        training faces; the preset's number by default
  --out FOLDER     for checkpoint.safetensors, events.jsonl, samples.png, reconstructions.png and model/
  --save-every N   seconds between two checkpoints; 60
  --steps N        stop after so many steps of this call
  --guidance W     of the samples; 2.5`;

const SAMPLE_STEPS = 10;

function recipeFrom(preset: string, changes: string, faces: string | undefined): Recipe {
  const name = PRESET_NAMES.find((known) => known === preset);
  if (name === undefined) throw new Error(`--preset: expected ${PRESET_NAMES.join(', ')}, got '${preset}'`);
  const chosen = JSON.parse(changes) as Partial<Recipe>;
  const recipe = checkRecipe({
    ...presetRecipe(name, 'faces'),
    ...chosen,
    ...(faces === undefined ? {} : { images: Number(faces) }),
  });
  if (recipe.data !== 'faces' || recipe.conditioning === 'sentences') {
    throw new Error('--recipe: expected faces, with facts or without words: other pictures need the page');
  }
  return recipe;
}

/** Without the faces that only the page's looks need. */
function trainingPart(dataset: LabDataset, { images, conditioning }: Recipe): TrainingData {
  const { size, pixels, captions, words } = dataset;
  return {
    count: images,
    size,
    pixels: pixels.subarray(0, images * size * size * 3),
    captions: conditioning === 'none' ? [] : captions.slice(0, images),
    words,
  };
}

async function writePictures(path: string, rgba: Uint8ClampedArray, size: number): Promise<void> {
  const count = rgba.length / (size * size * 4);
  const values = new Float32Array(count * size * size * 3);
  for (let i = 0; i < values.length; i++) {
    values[i] = (rgba[4 * Math.floor(i / 3) + (i % 3)] ?? 0) / 127.5 - 1;
  }
  const grid = pictureGrid(values, [count, size, size], Math.ceil(Math.sqrt(count)));
  writeFileSync(path, await encodePng(grid.rgb, grid.width, grid.height));
}

/** Tensors, their bytes, and what the whole process takes. */
function memoryTaken(): string {
  const { numTensors, numBytes } = memory();
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
  return `${numTensors} tensors (${megabytes(numBytes)}), process ${megabytes(process.memoryUsage.rss())}`;
}

/** One line a fifty steps. */
function tell(event: TrainingEvent, trainedMs: number): void {
  if (event.type === 'encoded') console.log(`encoded ${event.count} pictures`);
  if (event.type !== 'step' || (event.step % 50 !== 0 && event.step !== event.steps)) return;
  const { phase, step, steps, loss, ms } = event;
  const seconds = Math.round(trainedMs / 1000);
  console.log(
    `${phase} ${step} of ${steps}: loss ${loss.toFixed(4)}, ${Math.round(ms)} ms a step, ${seconds} s, ${memoryTaken()}`,
  );
}

async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      preset: { type: 'string', default: 'minute' },
      recipe: { type: 'string', default: '{}' },
      faces: { type: 'string' },
      out: { type: 'string' },
      'save-every': { type: 'string', default: '60' },
      steps: { type: 'string' },
      guidance: { type: 'string', default: '2.5' },
      help: { type: 'boolean', default: false },
    },
  });
  const out = values.out;
  if (values.help || out === undefined) {
    console.error(USAGE);
    return values.help ? 0 : 2;
  }
  const recipe = recipeFrom(values.preset, values.recipe, values.faces);
  const { parameters } = estimate(recipe, typicalTextSize(recipe));
  const { label } = await initBackend({ backend: 'wasm' });
  console.log(`${JSON.stringify(recipe)}\n${JSON.stringify(parameters)} parameters; ${label}`);
  const dataset = labFaces(recipe);
  const data = trainingPart(dataset, recipe);
  mkdirSync(out, { recursive: true });
  const checkpoint = join(out, 'checkpoint.safetensors');
  const goesOn = existsSync(checkpoint);
  const run = goesOn ? Run.restore(recipe, data, readFileSync(checkpoint)) : Run.create(recipe, data);
  if (goesOn) console.log(`goes on after step ${run.step} of the ${run.phase}`);

  const save = async (): Promise<void> => writeFileSync(checkpoint, await run.checkpoint());
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  let left = Number(values.steps ?? Number.MAX_SAFE_INTEGER);
  let trainedMs = 0;
  let saved = performance.now();
  for await (const event of run.train({ signal: stop.signal })) {
    appendFileSync(join(out, 'events.jsonl'), `${JSON.stringify(event)}\n`);
    if (event.type === 'step') {
      trainedMs += event.ms;
      if (--left <= 0) break;
    }
    tell(event, trainedMs);
    if (performance.now() - saved > 1000 * Number(values['save-every'])) {
      await save();
      saved = performance.now();
    }
    // A signal is heard only when the event loop turns; on wasm nothing else makes it turn.
    await new Promise(setImmediate);
  }
  await save();
  const heldOut = dataset.pixels.subarray(data.pixels.length);
  await writePictures(join(out, 'originals.png'), opaque(heldOut), data.size);
  await writePictures(join(out, 'reconstructions.png'), await run.reconstruct(heldOut), data.size);
  if (run.phase === 'denoiser') {
    const texts =
      recipe.conditioning === 'none'
        ? dataset.sampleCaptions.map(() => '')
        : dataset.sampleCaptions.map(({ text }) => text);
    const samples = await run.sample(texts, {
      seed: 7,
      numInferenceSteps: SAMPLE_STEPS,
      guidanceScale: Number(values.guidance),
    });
    await writePictures(join(out, 'samples.png'), samples, data.size);
    for (const [path, bytes] of await run.files('averaged', { dtype: 'F32' })) {
      mkdirSync(dirname(join(out, 'model', path)), { recursive: true });
      writeFileSync(join(out, 'model', path), bytes);
    }
  }
  const state = run.finished ? 'finished' : `stopped after step ${run.step} of the ${run.phase}`;
  console.log(`${state}; ${Math.round(trainedMs / 1000)} s of training; see ${out}`);
  run.dispose();
  return stop.signal.aborted ? 130 : 0;
}

function opaque(rgb: Uint8Array): Uint8ClampedArray {
  return Uint8ClampedArray.from({ length: (rgb.length / 3) * 4 }, (_, i) =>
    i % 4 === 3 ? 255 : (rgb[3 * Math.floor(i / 4) + (i % 4)] ?? 0),
  );
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
