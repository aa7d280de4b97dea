// Builds the benchmark's page like the site itself, with the model and the ONNX file beside it, and serves it.
import { copyFileSync, cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import { formatHeaders, siteHeaders } from '../site/headers.ts';
import { createSiteServer, listen } from '../site/server.ts';
import { workerBuild } from '../site/workerBuild.ts';

const root = join(import.meta.dirname, '../..');
const dist = join(root, '.cache/bench/site');

export interface BenchSite {
  readonly url: string;
  close(): void;
}

/**
 * @param model path of a model folder in the diffusers layout
 * @param onnx path of the same denoiser as an .onnx file, if there is one
 */
export async function serveBenchSite(model: string, onnx: string | undefined): Promise<BenchSite> {
  if (!existsSync(join(model, 'model_index.json'))) {
    throw new Error(`${model} is no model folder: expected a model_index.json in it.`);
  }
  await build({
    configFile: false,
    root: join(root, 'bench'),
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
  cpSync(model, join(dist, 'model'), { recursive: true });
  if (onnx !== undefined) copyFileSync(onnx, join(dist, 'denoiser.onnx'));
  mkdirSync(join(dist, 'ort'));
  for (const file of ['ort-wasm-simd-threaded.mjs', 'ort-wasm-simd-threaded.wasm']) {
    copyFileSync(join(root, 'node_modules/onnxruntime-web/dist', file), join(dist, 'ort', file));
  }
  const rules = siteHeaders('/', [{ path: '', scriptHashes: [] }]);
  writeFileSync(join(dist, '_headers'), formatHeaders(rules));

  const { server } = createSiteServer(dist);
  const port = await listen(server, { host: '127.0.0.1', port: 4521 });
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
