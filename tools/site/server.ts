// The web server for a built site: its files with the headers of its `_headers`, compressed, with ranges, and a 404 page.
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import compression from 'compression';
import serveStatic from 'serve-static';
import { headersFor, parseHeaders, type HeaderRule } from './headers.ts';

/** The path that the site was built for: that of its site-wide rule, such as `/` or `/noisebook/`. */
const siteBase = (rules: readonly HeaderRule[]): string =>
  rules.find((rule) => rule.path.endsWith('/*'))?.path.slice(0, -1) ?? '/';

const refuse = (response: ServerResponse, status: number, text: string): void => {
  response.statusCode = status;
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.end(`${text}\n`);
};

/** The path of a request, decoded once; undefined when it is not a path that a browser would ask for. */
function requestPath(url: string): string | undefined {
  try {
    const path = decodeURIComponent(url.replace(/[?#].*$/, ''));
    const hostile = !path.startsWith('/') || /[\0\\]/.test(path) || path.split('/').includes('..');
    return hostile ? undefined : path;
  } catch {
    return undefined;
  }
}

/**
 * Makes the server; it does not listen yet.
 * @param dist the folder of the built site
 * @throws when there is no built site
 */
export function createSiteServer(dist: string): { server: Server; base: string } {
  const headersFile = join(dist, '_headers');
  if (!existsSync(headersFile)) {
    throw new Error(`No built site in ${dist}: expected ${headersFile}. Run "npm run build" first.`);
  }
  const rules = parseHeaders(readFileSync(headersFile, 'utf8'));
  const base = siteBase(rules);
  const notFoundPage = join(dist, '404.html');
  const files = serveStatic(dist, { cacheControl: false, dotfiles: 'ignore', redirect: true });
  const compress = compression({
    // A part of a file goes out as it is: its range counts the file's own bytes.
    filter: (request, response) =>
      request.headers.range === undefined && compression.filter(request, response),
  });

  const notFound = (response: ServerResponse): void => {
    response.statusCode = 404;
    response.setHeader('Cache-Control', 'no-cache');
    for (const [name, value] of headersFor(rules, `${base}404.html`)) response.setHeader(name, value);
    if (!existsSync(notFoundPage)) {
      refuse(response, 404, 'Not found.');
      return;
    }
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.end(readFileSync(notFoundPage));
  };

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const url = request.url ?? '/';
    const path = requestPath(url);
    response.setHeader('Cache-Control', 'no-cache');
    for (const [name, value] of headersFor(rules, path ?? `${base}404.html`)) response.setHeader(name, value);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      refuse(response, 405, 'This site is read with GET and HEAD.');
    } else if (path === undefined) {
      refuse(response, 400, 'This address is not a path of the site.');
    } else if (!path.startsWith(base)) {
      if (path === '/' || `${path}/` === base) response.writeHead(302, { Location: base }).end();
      else notFound(response);
    } else if (path === `${base}_headers`) {
      notFound(response);
    } else {
      const inside = Object.assign(request, { originalUrl: url, url: url.slice(base.length - 1) });
      files(inside, response, (error?: unknown) => {
        if (error === undefined) notFound(response);
        else refuse(response, 500, 'The file could not be read.');
      });
    }
  };

  const server = createServer((request, response) => {
    // The library is written for Express, whose requests and responses extend Node's; it uses only Node's part.
    compress(request as Parameters<typeof compress>[0], response as Parameters<typeof compress>[1], () => {
      answer(request, response);
    });
  });
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
    else socket.destroy();
  });
  return { server, base };
}

/** Listens on the first free port from `port` on. `onTaken` is told each port that is not free. */
export async function listen(
  server: Server,
  options: { host: string; port: number; onTaken?: (port: number) => void; tries?: number },
): Promise<number> {
  const { host, onTaken, tries = 50 } = options;
  for (let port = options.port; port < options.port + tries && port < 65536; port++) {
    const free = await new Promise<boolean>((resolve, reject) => {
      const failed = (error: NodeJS.ErrnoException): void => {
        if (error.code === 'EADDRINUSE') resolve(false);
        else reject(error);
      };
      server.once('error', failed);
      server.listen(port, host, () => {
        server.off('error', failed);
        resolve(true);
      });
    });
    if (free) return (server.address() as AddressInfo).port;
    onTaken?.(port);
  }
  throw new Error(
    `No free port from ${options.port} to ${options.port + tries - 1} on ${host}. Name another with --port.`,
  );
}
