// The web server for a built site: its files with the headers of its `_headers`, compressed, with ranges, and a 404 page.
import { existsSync, readFileSync, statSync } from 'node:fs';
import {
  createServer,
  STATUS_CODES,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import compression from 'compression';
import serveStatic from 'serve-static';
import { headersFor, parseHeaders, type HeaderRule } from './headers.ts';
import { encodePath, siteAddress } from './siteAddress.ts';

export { listen } from './listen.ts';

interface BuiltSite {
  readonly rules: readonly HeaderRule[];
  /** The path that the site was built for, such as `/` or `/noisebook/`. */
  readonly base: string;
  readonly notFoundPage: Buffer | undefined;
}

function readSite(dist: string): BuiltSite {
  const rules = parseHeaders(readFileSync(join(dist, '_headers'), 'utf8'));
  const page = join(dist, '404.html');
  return {
    rules,
    // The path of the site-wide rule.
    base: rules.find((rule) => rule.path.endsWith('/*'))?.path.slice(0, -1) ?? '/',
    notFoundPage: existsSync(page) ? readFileSync(page) : undefined,
  };
}

/** The site as it was last built: read again after a new build, whose pages have other inline scripts. */
function watchedSite(dist: string): () => BuiltSite {
  const file = join(dist, '_headers');
  if (!existsSync(file)) {
    throw new Error(`No built site in ${dist}: expected ${file}. Run "npm run build" first.`);
  }
  const stampOf = (): string => {
    const { mtimeMs, size } = statSync(file);
    return `${mtimeMs} ${size}`;
  };
  let stamp = stampOf();
  let site = readSite(dist);
  return () => {
    try {
      const now = stampOf();
      if (now !== stamp) {
        site = readSite(dist);
        stamp = now;
      }
    } catch {
      // In the middle of a build, or out of file descriptors: the last one that could be read.
    }
    return site;
  };
}

/** What a file's own answer would have said about it; an error says none of that. */
const ofTheFile = [
  'Accept-Ranges',
  'Content-Disposition',
  'Content-Encoding',
  'Content-Length',
  'Content-Range',
  'ETag',
  'Last-Modified',
];

function refuse(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.headersSent) {
    // Half of a file is out already: only a broken connection tells that the rest won't come.
    response.destroy();
    return;
  }
  for (const name of ofTheFile) response.removeHeader(name);
  response.statusCode = status;
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.end(`${text}\n`);
}

const reasons: Readonly<Record<number, string>> = {
  412: 'The file is another one than the request asked for.',
  416: 'The file has no such part.',
};

/** Answers for a file that could not be sent, with the status that the library gives. */
function refuseFile(response: ServerResponse, error: unknown): void {
  const { status = 500, headers } = error as { status?: number; headers?: Record<string, string> };
  const reason = reasons[status];
  if (reason === undefined) refuse(response, 500, 'The file could not be read.');
  else refuse(response, status, reason, headers);
}

/** Answers a request that is none, by what is wrong with it. */
function refuseConnection(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const [status, text] =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? [
          431,
          'This address is too long: with its headers it may have 16 KB. Open it without what follows the "?".',
        ]
      : [400, 'This is no request that a browser would send.'];
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Connection: close',
    'Cache-Control: no-store',
    'Content-Type: text/plain; charset=utf-8',
    'X-Content-Type-Options: nosniff',
    `Content-Length: ${text.length + 1}`,
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}\n`);
}

/**
 * Makes the server; it does not listen yet.
 * @param dist the folder of the built site
 * @throws when there is no built site
 */
export function createSiteServer(dist: string): { server: Server; base: string } {
  const current = watchedSite(dist);
  const files = serveStatic(dist, { cacheControl: false, dotfiles: 'ignore', redirect: true });
  const compress = compression({
    // A part of a file goes out as it is: its range counts the file's own bytes.
    filter: (request, response) =>
      request.headers.range === undefined && compression.filter(request, response),
  });

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const { rules, base, notFoundPage } = current();
    const url = request.url ?? '/';
    const query = /\?[^#]*/s.exec(url)?.[0] ?? '';
    const address = siteAddress(url);
    const path = address?.path ?? '';
    const inside = path.startsWith(base);
    const setHeaders = (of: string): void => {
      for (const [name, value] of headersFor(rules, of)) response.setHeader(name, value);
    };
    const leadTo = (status: number, to: string): void => {
      response.writeHead(status, { Location: to }).end();
    };
    const notFound = (): void => {
      setHeaders(`${base}404.html`);
      if (notFoundPage === undefined) {
        refuse(response, 404, 'Not found.');
        return;
      }
      response.statusCode = 404;
      response.setHeader('Cache-Control', 'no-cache');
      response.setHeader('Content-Type', 'text/html; charset=utf-8');
      response.end(notFoundPage);
    };
    // A page of the build has a rule. Without one it is another spelling, which some disk takes for the same.
    const isStray = /(\/|\.html?)$/i.test(path) && !rules.some((rule) => rule.path === path);

    response.setHeader('Cache-Control', 'no-cache');
    setHeaders(inside && !isStray ? path : `${base}404.html`);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      refuse(response, 405, 'This site is read with GET and HEAD.');
    } else if (address === undefined) {
      refuse(response, 400, 'This address is not a path of the site.');
    } else if (address.respelled) {
      leadTo(301, encodePath(path) + query);
    } else if (!inside) {
      if (path === '/' || `${path}/` === base) leadTo(302, base + query);
      else notFound();
    } else if (isStray || path === `${base}_headers`) {
      notFound();
    } else {
      // The library gets the very path whose headers are set, however it was encoded.
      Object.assign(request, {
        originalUrl: encodePath(path) + query,
        url: encodePath(path.slice(base.length - 1)) + query,
      });
      files(request, response, (error?: unknown) => {
        if (error === undefined) notFound();
        else refuseFile(response, error);
      });
    }
  };

  const server = createServer((request, response) => {
    // Sent before the last answer was out. Each would hold an open file until its turn, and all of them if the client
    // leaves; browsers wait.
    if (response.socket === null) {
      request.socket.destroy();
      return;
    }
    // The library is written for Express, whose requests and responses extend Node's; it uses only Node's part.
    compress(request as Parameters<typeof compress>[0], response as Parameters<typeof compress>[1], () => {
      answer(request, response);
    });
  });
  server.on('clientError', refuseConnection);
  return { server, base: current().base };
}
