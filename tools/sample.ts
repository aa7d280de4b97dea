// npm run sample -- --prompt "...": draws pictures without a browser, on the wasm backend, into one PNG.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import { initBackend, loadPipeline } from '@noisebook/ldm';
import { parseSamplerSettings, type SamplerSettings, type SchedulerClassName } from '@noisebook/ldm/numbers';
import { nodeFolderSource } from '@noisebook/ldm/node';
import { encodePng, pictureGrid } from './lib/png.ts';
import { recommendedSampling } from './lib/recommendedSampling.ts';

const USAGE = `Usage: npm run sample -- --prompt "a smiling person with red hair" [options]

  --prompt TEXT       what to draw ('' draws anyone)
  --negative TEXT     what to steer away from
  --seed N            7
  --steps N           what the model's manifest recommends, or 12
  --guidance W        what the model's manifest recommends, or 3; 1 switches guidance off
  --n N               4 pictures
  --sampler NAME      ddpm, ddim, euler, dpm-solver++ or flow-match-euler; the model's own by default
  --setting NAME=X    a setting of the sampler in place of the model's own: timestepSpacing=trailing, useKarrasSigmas=true,
                      solverOrder=3, ...; as often as you like
  --eta X             0; fresh noise in DDIM's steps, up to 1
  --image FILE        a picture to start from; its sides are multiples of the first stage's factor
  --strength X        how much of the picture may change, 0 to 1; 0.8, with a mask 1
  --mask FILE         a picture of that size: where it is bright the other one is painted anew, where it is dark it stays
  --model FOLDER      a folder in the diffusers layout; public/weights/faces-128 by default
  --out FILE          faces.png`;

const SAMPLERS: Readonly<Record<string, SchedulerClassName>> = {
  ddpm: 'DDPMScheduler',
  ddim: 'DDIMScheduler',
  euler: 'EulerDiscreteScheduler',
  'dpm-solver++': 'DPMSolverMultistepScheduler',
  'flow-match-euler': 'FlowMatchEulerDiscreteScheduler',
};

/** A number from the command line. */
function numberOf(name: string, text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value))
    throw new Error(`--${name}: expected a number, got '${text}'`);
  return value;
}

function samplerOf(name: string | undefined): SchedulerClassName | undefined {
  if (name === undefined) return undefined;
  const found = SAMPLERS[name];
  if (found === undefined) {
    throw new Error(`--sampler: expected one of ${Object.keys(SAMPLERS).join(', ')}, got '${name}'`);
  }
  return found;
}

/** ['solverOrder=3'] as { solverOrder: 3 }. */
function settingsOf(given: readonly string[]): SamplerSettings {
  const pairs = given.map((text) => {
    const [name = '', ...rest] = text.split('=');
    const value = rest.join('=');
    if (name === '' || value === '') throw new Error(`--setting: expected NAME=VALUE, got '${text}'`);
    if (value === 'true' || value === 'false') return [name, value === 'true'];
    return [name, Number.isNaN(Number(value)) ? value : Number(value)];
  });
  return parseSamplerSettings(Object.fromEntries(pairs));
}

/** A picture from a file, [1, H, W, channels]. @param from, to what black and white become */
async function readImage(
  path: string,
  channels: 1 | 3,
  [from, to]: readonly [number, number],
): Promise<tf.Tensor4D> {
  const image = sharp(path).flatten({ background: 'white' });
  const { data, info } = await (channels === 1 ? image.toColourspace('b-w') : image.toColourspace('srgb'))
    .raw()
    .toBuffer({ resolveWithObject: true });
  const values = Float32Array.from(data, (byte) => from + (byte / 255) * (to - from));
  return tf.tensor4d(values, [1, info.height, info.width, channels]);
}

async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      prompt: { type: 'string' },
      negative: { type: 'string', default: '' },
      seed: { type: 'string', default: '7' },
      steps: { type: 'string' },
      guidance: { type: 'string' },
      n: { type: 'string', default: '4' },
      sampler: { type: 'string' },
      setting: { type: 'string', multiple: true, default: [] },
      eta: { type: 'string', default: '0' },
      image: { type: 'string' },
      strength: { type: 'string' },
      mask: { type: 'string' },
      model: { type: 'string', default: join(import.meta.dirname, '../public/weights/faces-128') },
      out: { type: 'string', default: 'faces.png' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help || values.prompt === undefined) {
    console.error(USAGE);
    return values.help ? 0 : 2;
  }
  const sampler = samplerOf(values.sampler);
  const recommended = recommendedSampling(values.model);
  const options = {
    prompt: values.prompt,
    negativePrompt: values.negative,
    seed: numberOf('seed', values.seed),
    numInferenceSteps: numberOf('steps', values.steps ?? String(recommended.numInferenceSteps)),
    guidanceScale: numberOf('guidance', values.guidance ?? String(recommended.guidanceScale)),
    numImages: numberOf('n', values.n),
    samplerSettings: settingsOf(values.setting),
    eta: numberOf('eta', values.eta),
    ...(values.strength !== undefined && { strength: numberOf('strength', values.strength) }),
    ...(sampler === undefined ? {} : { sampler }),
  };
  const { label } = await initBackend({ backend: 'wasm' });
  const pipe = await loadPipeline(nodeFolderSource(values.model), sampler === undefined ? {} : { sampler });
  for (const note of pipe.notes) console.log(note);
  const { words, truncated } = pipe.tokenizer.encode(options.prompt);
  console.log(`${words.length} words${truncated ? ', the end does not fit and is left out' : ''}; ${label}`);
  const start = performance.now();
  const image = values.image === undefined ? undefined : await readImage(values.image, 3, [-1, 1]);
  const mask = values.mask === undefined ? undefined : await readImage(values.mask, 1, [0, 1]);
  const latents = await pipe.generate({
    ...options,
    ...(image && { image }),
    ...(mask && { mask }),
    onStep: ({ index, total }) => {
      process.stdout.write(`\rstep ${index + 1} of ${total}`);
    },
  });
  tf.dispose([image, mask].filter((tensor) => tensor !== undefined));
  const pictures = pipe.decode(latents);
  const [count, height, width] = pictures.shape;
  const data = (await pictures.data()) as Float32Array;
  console.log(
    `\n${count} pictures of ${width} x ${height} in ${((performance.now() - start) / 1000).toFixed(1)} s`,
  );
  const grid = pictureGrid(data, [count, height, width], Math.ceil(Math.sqrt(count)));
  await writeFile(values.out, await encodePng(grid.rgb, grid.width, grid.height));
  console.log(`wrote ${values.out}`);
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
