// `npm run bench`: times the library in headless Chromium, beside onnxruntime-web if there is an .onnx file; prints JSON.
import { existsSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright';
import type { BenchRequest, BenchResult } from '../bench/types.ts';
import { launchArgs, requireBrowser, webgpuArgs } from './lib/browser.ts';
import { serveBenchSite } from './lib/benchSite.ts';

const root = join(import.meta.dirname, '..');
const { values } = parseArgs({
  options: {
    /** A model folder in the diffusers layout. */
    model: { type: 'string', default: join(root, 'public/weights/faces-64') },
    /** The model's denoiser as an .onnx file. */
    onnx: { type: 'string', default: join(root, '.cache/bench/denoiser.onnx') },
    backend: { type: 'string', default: 'wasm' },
    threads: { type: 'string', default: String(Math.min(8, availableParallelism())) },
    rounds: { type: 'string', default: '20' },
  },
});

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}

const { backend } = values;
if (backend !== 'wasm' && backend !== 'webgpu' && backend !== 'webgl') {
  fail(`--backend expects wasm, webgpu or webgl, came "${backend}".`);
}
const positive = (name: 'threads' | 'rounds'): number => {
  const value = Number(values[name]);
  return Number.isInteger(value) && value > 0
    ? value
    : fail(`--${name} expects a whole number above 0, came "${values[name]}".`);
};
const threads = positive('threads');
const rounds = positive('rounds');

const onnx = existsSync(values.onnx) ? values.onnx : undefined;
const missing =
  `${values.onnx} is not there, so our library runs alone. To compare with onnxruntime-web, export the denoiser first ` +
  '(25 MB, not kept in the repository): pip install -r training/requirements.txt onnx onnxscript && ' +
  `python training/export_onnx.py ${values.model} ${values.onnx}`;
if (onnx === undefined) console.error(missing);

const site = await serveBenchSite(values.model, onnx);
const browser = await chromium.launch({
  executablePath: requireBrowser(),
  args: [...(backend === 'wasm' ? launchArgs : webgpuArgs)],
});
try {
  const page = await browser.newPage();
  page.on('console', (message) => console.error(message.text()));
  await page.goto(site.url);
  if (!(await page.evaluate(() => crossOriginIsolated)))
    fail('The page is not cross-origin isolated: no threads to be had.');
  const request: BenchRequest = {
    modelUrl: `${site.url}model/`,
    ...(onnx === undefined ? {} : { onnxUrl: `${site.url}denoiser.onnx` }),
    backend,
    threads,
    rounds,
  };
  const result: BenchResult = await page.evaluate((asked) => window.runBench(asked), request);
  const report = {
    model: basename(values.model),
    machine: {
      cpu: cpus()[0]?.model.trim() ?? 'unknown',
      cores: availableParallelism(),
      platform: process.platform,
    },
    chromium: browser.version(),
    threads,
    ...result,
    ...(onnx === undefined ? { comparison: missing } : {}),
  };
  console.log(JSON.stringify(report, null, 2));
} finally {
  await browser.close();
  site.close();
}
