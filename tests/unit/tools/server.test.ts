// The web server for a built site, asked over real sockets.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { request, type IncomingHttpHeaders, type Server } from 'node:http';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatHeaders, siteHeaders } from '../../../tools/site/headers.ts';
import { openAddresses } from '../../../tools/site/listen.ts';
import { serveOptions } from '../../../tools/site/serveOptions.ts';
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
  writeHeaders(dist, base, []);
  return dist;
}

function writeHeaders(dist: string, base: string, scriptHashes: readonly string[]): void {
  const pages = ['', 'model/', '404.html'].map((path) => ({ path, scriptHashes }));
  writeFileSync(join(dist, '_headers'), formatHeaders(siteHeaders(base, pages)));
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

const getLine = (path: string, headers = 'Connection: close'): string =>
  `GET ${path} HTTP/1.1\r\nHost: x\r\n${headers}\r\n\r\n`;

/** Sends a request line as it stands, which Node's client would refuse to. */
function askRaw(port: number, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(getLine(path)));
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
    ['/etc/passwd'],
    ['/_headers'],
    [`/${'a'.repeat(9000)}`],
    ['http://other.example/etc/passwd'],
  ])('refuses %.40s', async (path) => {
    const answer = await askRaw(port, path);
    expect(answer).toMatch(/^HTTP\/1\.1 40[04] /);
    expect(answer).not.toContain('root:');
    // And it still serves.
    expect((await ask(port, '/')).status).toBe(200);
  });
});

describe('one address', () => {
  it.each([
    ['/index.html', '/'],
    ['/model/index.html?seed=7', '/model/?seed=7'],
    ['/model/INDEX.HTML', '/model/'],
    ['/model/index%2ehtml', '/model/'],
    ['//model/', '/model/'],
    ['/model//', '/model/'],
    ['/./model/', '/model/'],
    ['/model/.', '/model/'],
    ['/%2e/model/', '/model/'],
    ['//_astro//a.js', '/_astro/a.js'],
    ['//_headers', '/_headers'],
    ['//elsewhere.example/x', '/elsewhere.example/x'],
    ['/.//elsewhere.example/x', '/elsewhere.example/x'],
    ['//%3Fa%0d%0ab', '/%3Fa%0D%0Ab'],
  ])('%s is led to %s', async (asked, to) => {
    const answer = await askRaw(port, asked);
    expect(answer).toMatch(/^HTTP\/1\.1 301 /);
    expect(/^Location: (.*)\r$/m.exec(answer)?.[1]).toBe(to);
    expect(answer).toMatch(/^Cross-Origin-Opener-Policy: same-origin\r$/m);
  });

  it.each(['/', '/mode%6c/', '/model%2f', '/model', '/404.html', '/nothing', '/no/pages/', '/x.html'])(
    'whatever is served at %s as HTML has its policy',
    async (path) => {
      const answer = await askRaw(port, path);
      expect(answer).toContain('text/html');
      expect(answer).toMatch(/^Content-Security-Policy: /m);
    },
  );

  it('serves no page without a rule: on some disks that is one by another name', async () => {
    writeFileSync(join(sites[0] ?? '', 'stray.html'), '<title>Stray</title>');
    const { status, body } = await ask(port, '/stray.html');
    expect([status, body.toString()]).toEqual([404, expect.stringContaining('No such page') as string]);
  });
});

describe('errors', () => {
  it.each([
    ['a part that the file has not', 416, { Range: 'bytes=99999999-' }],
    ['another state of the file', 412, { 'If-Match': '"other"' }],
  ])('%s: %d, and nothing of it is kept', async (_what, status, headers) => {
    const answer = await ask(port, '/_astro/a.js', { headers });
    expect(answer.status).toBe(status);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.headers.etag).toBeUndefined();
    expect(answer.headers['content-type']).toContain('text/plain');
    if (status === 416) expect(answer.headers['content-range']).toBe(`bytes */${script.length}`);
  });

  it('says why an address of more than 16 KB is refused', async () => {
    const answer = await askRaw(port, `/?prompt=${'a'.repeat(20000)}`);
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
    expect(answer).toMatch(/address is too long/);
  });

  it('have the headers of the site, outside of it too', async () => {
    const sub = await serve('/book/');
    for (const [path, method] of [
      ['/', 'GET'],
      ['/elsewhere', 'POST'],
      ['/elsewhere', 'GET'],
      ['/book/', 'POST'],
    ] as const) {
      const { headers } = await ask(sub, path, { method });
      expect(headers['x-content-type-options'], `${method} ${path}`).toBe('nosniff');
      expect(headers['cross-origin-resource-policy'], `${method} ${path}`).toBe('same-origin');
    }
  });
});

it('reads the headers again after a new build', async () => {
  const port = await serve('/');
  const dist = sites.at(-1) ?? '';
  writeHeaders(dist, '/', ['bmV3']);
  writeFileSync(join(dist, '404.html'), '<title>The new page</title>');
  utimesSync(join(dist, '_headers'), new Date(), new Date(Date.now() + 2000));
  const { headers } = await ask(port, '/');
  expect(headers['content-security-policy']).toContain("'sha256-bmV3'");
  expect((await ask(port, '/nothing')).body.toString()).toContain('The new page');
  // While the next one is being built there are none.
  rmSync(join(dist, '_headers'));
  rmSync(join(dist, '404.html'));
  expect((await ask(port, '/')).headers['content-security-policy']).toContain("'sha256-bmV3'");
  expect((await ask(port, '/nothing')).body.toString()).toContain('The new page');
});

describe('requests in a queue', () => {
  // Where the system doesn't list them, the closed connection has to do.
  const openFiles = (): number => (existsSync('/dev/fd') ? readdirSync('/dev/fd').length : 0);

  it('hold no files open', async () => {
    const before = openFiles();
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.write(getLine('/weights/faces/unet.safetensors', 'X: y').repeat(500));
    await closed;
    await expect.poll(openFiles).toBeLessThan(before + 20);
    expect((await ask(port, '/')).status).toBe(200);
  });

  it('one after the other on one connection are answered', async () => {
    const socket = connect(port, '127.0.0.1');
    for (let i = 0; i < 20; i++) {
      socket.write(getLine('/model/', 'X: y'));
      const text = await new Promise<string>((resolve) => {
        socket.once('data', (part: Buffer) => resolve(part.toString()));
      });
      expect(text).toMatch(/^HTTP\/1\.1 200 /);
      if (!text.includes('Model')) await new Promise((resolve) => socket.once('data', resolve));
    }
    socket.destroy();
  });
});

describe('the command line', () => {
  it('knows its options, and says what it expected', () => {
    expect(serveOptions([], {}, 'dist')).toEqual({
      port: 4321,
      host: '127.0.0.1',
      dist: 'dist',
      strict: false,
    });
    expect(serveOptions(['--port', '0', '--host', '0.0.0.0', '--strict'], { DIST: 'x' }, 'dist')).toEqual({
      port: 0,
      host: '0.0.0.0',
      dist: 'x',
      strict: true,
    });
    for (const args of [
      ['--port', '-1'],
      ['--port', ''],
      ['--port', '1e3'],
      ['--port=-1'],
      ['--port'],
      ['--host', ''],
      ['--bogus'],
      ['8080'],
    ]) {
      expect(() => serveOptions(args, {}, 'dist'), args.join(' ')).toThrow(
        /(--|').*\nUsage: npm run serve --/s,
      );
    }
    expect(() => serveOptions([], { PORT: 'many' }, 'dist')).toThrow(/0 to 65535, came "many"/);
  });

  it('ends with a sentence and no stack', async () => {
    const command = join(import.meta.dirname, '../../../tools/serve.ts');
    const { code, errors } = await new Promise<{ code: unknown; errors: string }>((resolve) => {
      execFile(process.execPath, [command, '--bogus'], (error, _out, errors) =>
        resolve({ code: error?.code, errors }),
      );
    });
    expect(code).toBe(1);
    expect(errors).toMatch(/--bogus/);
    expect(errors).not.toMatch(/^\s+at /m);
  });

  it('says by which addresses the site can be opened', () => {
    const part = { netmask: '', mac: '', cidr: null };
    const network = {
      lo: [{ ...part, family: 'IPv4' as const, address: '127.0.0.1', internal: true }],
      wifi: [
        { ...part, family: 'IPv4' as const, address: '192.168.1.5', internal: false },
        { ...part, family: 'IPv6' as const, address: 'fe80::1', internal: false, scopeid: 2 },
        { ...part, family: 'IPv6' as const, address: '2001:db8::5', internal: false, scopeid: 0 },
      ],
    };
    expect(openAddresses('127.0.0.1', 4321, '/', network)).toEqual({ here: 'http://127.0.0.1:4321/' });
    expect(openAddresses('::1', 80, '/book/', network)).toEqual({ here: 'http://[::1]:80/book/' });
    for (const host of ['0.0.0.0', '::', '0:0:0:0:0:0:0:0']) {
      expect(openAddresses(host, 4321, '/', network), host).toEqual({
        here: 'http://127.0.0.1:4321/',
        others: ['http://192.168.1.5:4321/'],
      });
    }
    expect(openAddresses('0.0.0.0', 4321, '/', {}).others).toEqual([]);
    const onlySix = { wifi: network.wifi.slice(1) };
    expect(openAddresses('::', 4321, '/', onlySix).others).toEqual(['http://[2001:db8::5]:4321/']);
  });

  it('says why it can not listen', async () => {
    const { server } = createSiteServer(sites[0] ?? '');
    await expect(listen(server, { host: '192.0.2.1', port: 0 })).rejects.toThrow(/--host/);
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
