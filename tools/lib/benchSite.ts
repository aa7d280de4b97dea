// Builds the benchmarks' pages like the site itself, with the files that they ask for beside them, and serves them.
import { copyFileSync, cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import { formatHeaders, siteHeaders } from '../site/headers.ts';
import { createSiteServer, listen } from '../site/server.ts';
import { workerBuild } from '../site/workerBuild.ts';

const root = join(import.meta.dirname, '../..');
export interface BenchSite {
  readonly url: string;
  close(): void;
}

/**
 * Builds a page and serves it with the site's headers.
 * @param page its folder below the root, with an index.html
 * @param dist where to build it, emptied first
 * @param add puts more files beside it
 */
async function serveBuilt(page: string, dist: string, port: number, add: () => void): Promise<BenchSite> {
  await build({
    configFile: false,
    root: join(root, page),
    base: '/',
    publicDir: false,
    logLevel: 'warn',
    worker: workerBuild,
    build: {
      outDir: dist,
      emptyOutDir: true,
      assetsDir: '_astro',
      assetsInlineLimit: 0,
      target: 'es2022',
      chunkSizeWarningLimit: 2500,
    },
  });
  add();
  const rules = siteHeaders('/', [{ path: '', scriptHashes: [] }]);
  writeFileSync(join(dist, '_headers'), formatHeaders(rules));
  const { server } = createSiteServer(dist);
  const taken = await listen(server, { host: '127.0.0.1', port });
  return {
    url: `http://127.0.0.1:${taken}/`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/**
 * @param model path of a model folder in the diffusers layout
 * @param onnx path of the same denoiser as an .onnx file, if there is one
 */
export async function serveBenchSite(model: string, onnx: string | undefined): Promise<BenchSite> {
  if (!existsSync(join(model, 'model_index.json'))) {
    throw new Error(`${model} is no model folder: expected a model_index.json in it.`);
  }
  const dist = join(root, '.cache/bench/site');
  return serveBuilt('bench', dist, 4521, () => {
    cpSync(model, join(dist, 'model'), { recursive: true });
    if (onnx !== undefined) copyFileSync(onnx, join(dist, 'denoiser.onnx'));
    mkdirSync(join(dist, 'ort'));
    for (const file of ['ort-wasm-simd-threaded.mjs', 'ort-wasm-simd-threaded.wasm']) {
      copyFileSync(join(root, 'node_modules/onnxruntime-web/dist', file), join(dist, 'ort', file));
    }
  });
}

/** The page that times training steps. @param cases folder of folders that tools/lib/stepCase.ts wrote */
export async function serveStepSite(cases: string): Promise<BenchSite> {
  const dist = join(root, '.cache/bench/training-site');
  return serveBuilt('bench/training', dist, 4522, () => {
    cpSync(cases, join(dist, 'cases'), { recursive: true });
  });
}
