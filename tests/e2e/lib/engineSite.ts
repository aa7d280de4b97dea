// Builds the engine's bare page like the site itself, below a sub-path, and serves it with weights that can go wrong.
import { createHash } from 'node:crypto';
import { cpSync, globSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join, sep } from 'node:path';
import { build } from 'vite';
import { formatHeaders, siteHeaders } from '../../../tools/site/headers.ts';
import { createSiteServer, listen } from '../../../tools/site/server.ts';
import { workerBuild } from '../../../tools/site/workerBuild.ts';

const root = join(import.meta.dirname, '../../..');
const dist = join(root, '.cache/e2e/engine');
const base = '/book/';

/** Answers a request for a model's file in place of the server; false leaves it to the server. */
export type Fault = (request: IncomingMessage, response: ServerResponse, file: Buffer) => boolean;

export interface EngineSite {
  readonly url: string;
  /** Requests for model files since the last `reset`: path below `weights/`, first byte asked for. */
  readonly requests: { readonly path: string; readonly from: number }[];
  /** Faults by path below `weights/`. */
  readonly faults: Map<string, Fault>;
  reset(): void;
  close(): void;
}

/** Writes a manifest into a model folder that has none. */
function writeManifest(folder: string, name: string): void {
  const files = globSync('{*/*.{json,txt,safetensors},model_index.json}', { cwd: folder })
    .map((file) => file.split(sep).join('/'))
    .sort()
    .map((path) => {
      const bytes = readFileSync(join(folder, path));
      return { path, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
    });
  const manifest = { name, title: name, files, knownWords: ['a', 'person', 'with', 'red', 'hair'] };
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
}

export async function serveEngineSite(port: number): Promise<EngineSite> {
  await build({
    configFile: false,
    root: join(root, 'tests/e2e/engine'),
    base,
    publicDir: false,
    logLevel: 'error',
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
  mkdirSync(join(dist, 'weights'));
  cpSync(join(root, 'tests/fixtures/micro'), join(dist, 'weights/micro'), { recursive: true });
  writeManifest(join(dist, 'weights/micro'), 'micro');
  // Its denoiser and text encoder in 8 bits, and the rest from the folder above.
  cpSync(join(root, 'tests/fixtures/micro-int8'), join(dist, 'weights/micro-int8'), { recursive: true });
  // Folders of nothing but a first stage.
  for (const name of ['six', 'transpose']) {
    cpSync(join(root, 'tests/fixtures/first-stages', name), join(dist, 'weights', name), { recursive: true });
    writeManifest(join(dist, 'weights', name), name);
  }
  cpSync(join(root, 'public/weights/faces-64'), join(dist, 'weights/faces-64'), { recursive: true });
  writeFileSync(join(dist, '_headers'), formatHeaders(siteHeaders(base, [{ path: '', scriptHashes: [] }])));

  const faults = new Map<string, Fault>();
  const requests: { path: string; from: number }[] = [];
  const site = createSiteServer(dist).server;
  const server = createServer((request, response) => {
    const path = (request.url ?? '').replace(/[?#].*$/, '').replace(`${base}weights/`, '');
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    if (path !== request.url) requests.push({ path, from });
    const fault = faults.get(path);
    const file = join(dist, 'weights', path);
    if (fault !== undefined && statSync(file).isFile() && fault(request, response, readFileSync(file)))
      return;
    site.emit('request', request, response);
  });
  const taken = await listen(server, { host: '127.0.0.1', port });
  return {
    url: `http://127.0.0.1:${taken}${base}`,
    requests,
    faults,
    reset: () => {
      faults.clear();
      requests.length = 0;
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Sends the first `count` bytes of the file from the byte asked for; what happens then is up to `end`. */
function sendPart(count: number, end: (request: IncomingMessage) => void): Fault {
  return (request, response, file) => {
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    response.writeHead(from > 0 ? 206 : 200, {
      'Content-Type': 'application/octet-stream',
      'Content-Length': file.length - from,
      'Cross-Origin-Resource-Policy': 'same-origin',
      ...(from > 0 && { 'Content-Range': `bytes ${from}-${file.length - 1}/${file.length}` }),
    });
    response.write(file.subarray(from, from + count), () => end(request));
    return true;
  };
}

/** Ends the connection after `count` bytes, a moment later: Chromium may drop what the page hasn't read when it breaks. */
export const cutAfter = (count: number): Fault =>
  sendPart(count, (request) => setTimeout(() => request.socket.end(), 250));

/** Says nothing more after `count` bytes. */
export const hangAfter = (count: number): Fault => sendPart(count, () => undefined);

/** Sends the file with one bit in the middle turned over. */
export const damage: Fault = (_request, response, file) => {
  const bytes = Buffer.from(file);
  const middle = bytes.length >> 1;
  bytes[middle] = bytes[middle]! ^ 1;
  response
    .writeHead(200, { 'Content-Type': 'application/octet-stream', 'Cache-Control': 'no-cache' })
    .end(bytes);
  return true;
};

export const lose: Fault = (_request, response) => {
  response.writeHead(404).end('Not found.');
  return true;
};
