// The web server for a built site, asked over real sockets.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request, type IncomingHttpHeaders, type Server } from 'node:http';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatHeaders, siteHeaders } from '../../../tools/site/headers.ts';
import { createSiteServer, listen } from '../../../tools/site/server.ts';

const script = `const text = ${JSON.stringify('noise '.repeat(2000))};`;
const weights = Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 37) % 251));

function makeSite(base: string): string {
  const dist = mkdtempSync(join(tmpdir(), 'site-'));
  for (const folder of ['_astro', '_worker', 'model', 'weights/faces'])
    mkdirSync(join(dist, folder), { recursive: true });
  writeFileSync(join(dist, 'index.html'), '<!doctype html><title>Home</title>');
  writeFileSync(join(dist, 'model/index.html'), '<!doctype html><title>Model</title>');
  writeFileSync(join(dist, '404.html'), '<!doctype html><title>No such page</title>');
  writeFileSync(join(dist, '_astro/a.js'), script);
  writeFileSync(join(dist, '_worker/main.js'), 'postMessage(1)');
  writeFileSync(join(dist, 'weights/faces/unet.safetensors'), weights);
  const pages = ['', 'model/', '404.html'].map((path) => ({ path, scriptHashes: [] }));
  writeFileSync(join(dist, '_headers'), formatHeaders(siteHeaders(base, pages)));
  return dist;
}

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

function ask(
  port: number,
  path: string,
  options: { method?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, ...options }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) });
      });
    });
    asked.on('error', reject);
    asked.end();
  });
}

/** Sends a request line as it stands, which Node's client would refuse to. */
function askRaw(port: number, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`),
    );
    let text = '';
    socket.on('data', (part) => (text += part.toString('latin1')));
    socket.on('end', () => resolve(text));
    socket.on('error', reject);
  });
}

const sites: string[] = [];
const servers: Server[] = [];
async function serve(base: string): Promise<number> {
  const dist = makeSite(base);
  sites.push(dist);
  const { server } = createSiteServer(dist);
  servers.push(server);
  return listen(server, { host: '127.0.0.1', port: 0 });
}

let port = 0;
beforeAll(async () => {
  port = await serve('/');
});
afterAll(() => {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
  for (const site of sites) rmSync(site, { recursive: true });
});

describe('a built site', () => {
  it('comes with isolation and a policy on its pages', async () => {
    const { status, headers, body } = await ask(port, '/?prompt=a+face');
    expect(status).toBe(200);
    expect(body.toString()).toContain('Home');
    expect(headers).toMatchObject({
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
      'cross-origin-resource-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-cache',
    });
    expect(headers['content-security-policy']).toContain("script-src 'self' 'wasm-unsafe-eval';");
    expect((await ask(port, '/model/')).body.toString()).toContain('Model');
  });

  it('allows blobs as scripts in the compute worker only', async () => {
    expect((await ask(port, '/_worker/main.js')).headers['content-security-policy']).toContain(
      "'wasm-unsafe-eval' blob:",
    );
    expect((await ask(port, '/')).headers['content-security-policy']).not.toMatch(/script-src[^;]*blob:/);
  });

  it('leads a folder to its slash', async () => {
    const { status, headers } = await ask(port, '/model');
    expect(status).toBe(301);
    expect(headers.location).toBe('/model/');
  });

  it('compresses text, keeps hashed files for ever, and weights by their tag', async () => {
    const js = await ask(port, '/_astro/a.js', { headers: { 'Accept-Encoding': 'gzip' } });
    expect(js.headers['content-encoding']).toBe('gzip');
    expect(js.body.length).toBeLessThan(script.length / 4);
    expect(js.headers['cache-control']).toContain('immutable');

    const file = await ask(port, '/weights/faces/unet.safetensors', {
      headers: { 'Accept-Encoding': 'gzip, br' },
    });
    expect(file.headers['content-encoding']).toBeUndefined();
    expect(file.headers['content-length']).toBe(String(weights.length));
    expect(file.body.equals(weights)).toBe(true);
    expect(file.headers['cache-control']).toBe('no-cache');
    const tag = file.headers.etag ?? '';
    const again = await ask(port, '/weights/faces/unet.safetensors', { headers: { 'If-None-Match': tag } });
    expect([again.status, again.body.length]).toEqual([304, 0]);
  });

  it.each([
    ['bytes=100-199', 100, 200],
    ['bytes=4900-', 4900, 5000],
    ['bytes=-50', 4950, 5000],
  ])('answers the range %s', async (range, from, to) => {
    const { status, headers, body } = await ask(port, '/weights/faces/unet.safetensors', {
      headers: { Range: range },
    });
    expect(status).toBe(206);
    expect(headers['content-range']).toBe(`bytes ${from}-${to - 1}/5000`);
    expect(body.equals(weights.subarray(from, to))).toBe(true);
  });

  it('gives parts of a compressible file uncompressed', async () => {
    const { status, headers, body } = await ask(port, '/_astro/a.js', {
      headers: { Range: 'bytes=0-9', 'Accept-Encoding': 'gzip' },
    });
    expect([status, headers['content-encoding'], body.toString()]).toEqual([
      206,
      undefined,
      script.slice(0, 10),
    ]);
  });

  it('has a page for what it does not have', async () => {
    const { status, headers, body } = await ask(port, '/nothing/here');
    expect(status).toBe(404);
    expect(body.toString()).toContain('No such page');
    expect(headers['content-security-policy']).toBeDefined();
  });

  it('answers HEAD without a body and refuses to be written to', async () => {
    const head = await ask(port, '/', { method: 'HEAD' });
    expect([head.status, head.body.length]).toEqual([200, 0]);
    expect((await ask(port, '/', { method: 'POST' })).status).toBe(405);
  });

  it.each([
    ['/../package.json'],
    ['/..%2f..%2fetc/passwd'],
    ['/%2e%2e/%2e%2e/etc/passwd'],
    ['/..%5c..%5cetc%5cpasswd'],
    ['/%00'],
    ['/index.html%00.png'],
    ['/%'],
    ['/%c0%ae%c0%ae/'],
    ['//etc/passwd'],
    ['/_headers'],
    [`/${'a'.repeat(9000)}`],
    [`/${'a'.repeat(40000)}`],
    ['http://other.example/etc/passwd'],
  ])('refuses %.40s', async (path) => {
    const answer = await askRaw(port, path);
    expect(answer).toMatch(/^HTTP\/1\.1 40[04] /);
    expect(answer).not.toContain('root:');
    // And it still serves.
    expect((await ask(port, '/')).status).toBe(200);
  });
});

describe('below a sub-path', () => {
  it('serves there and leads there', async () => {
    const sub = await serve('/book/');
    expect((await ask(sub, '/book/model/')).body.toString()).toContain('Model');
    const root = await ask(sub, '/');
    expect([root.status, root.headers.location]).toEqual([302, '/book/']);
    expect((await ask(sub, '/model/')).status).toBe(404);
    expect((await ask(sub, '/book/model')).headers.location).toBe('/book/model/');
  });
});

describe('ports', () => {
  it('takes the next one when one is taken, and says so', async () => {
    const other = createServer();
    const taken = await new Promise<number>((resolve) => {
      other.listen(0, '127.0.0.1', () => resolve((other.address() as { port: number }).port));
    });
    try {
      const { server } = createSiteServer(sites[0] ?? '');
      servers.push(server);
      const told: number[] = [];
      const got = await listen(server, { host: '127.0.0.1', port: taken, onTaken: (p) => told.push(p) });
      expect(got).toBeGreaterThan(taken);
      expect(told[0]).toBe(taken);
      expect((await ask(got, '/')).status).toBe(200);
      await expect(
        listen(createSiteServer(sites[0] ?? '').server, { host: '127.0.0.1', port: taken, tries: 1 }),
      ).rejects.toThrow(/No free port/);
    } finally {
      other.close();
    }
  });
});

it('says what to do when nothing has been built', () => {
  expect(() => createSiteServer(join(tmpdir(), 'no-such-site'))).toThrow(/npm run build/);
});
