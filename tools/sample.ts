// npm run sample -- --prompt "...": draws pictures without a browser, on the wasm backend, into one PNG.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { initBackend, loadPipeline } from '@noisebook/ldm';
import type { SchedulerClassName } from '@noisebook/ldm/numbers';
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
  --eta X             0; fresh noise in DDIM's steps, up to 1
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
      eta: { type: 'string', default: '0' },
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
    eta: numberOf('eta', values.eta),
    ...(sampler === undefined ? {} : { sampler }),
  };
  const { label } = await initBackend({ backend: 'wasm' });
  const pipe = await loadPipeline(nodeFolderSource(values.model), sampler === undefined ? {} : { sampler });
  for (const note of pipe.notes) console.log(note);
  const { words, truncated } = pipe.tokenizer.encode(options.prompt);
  console.log(`${words.length} words${truncated ? ', the end does not fit and is left out' : ''}; ${label}`);
  const start = performance.now();
  const latents = await pipe.textToImage({
    ...options,
    onStep: ({ index, total }) => {
      process.stdout.write(`\rstep ${index + 1} of ${total}`);
    },
  });
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
