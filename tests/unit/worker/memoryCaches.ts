// A Cache Storage in memory, as much of it as the download uses, and a site that can misbehave.
import { createHash } from 'node:crypto';

export class MemoryCaches {
  readonly entries = new Map<string, Uint8Array<ArrayBuffer>>();
  full = false;
  async open(): Promise<Cache> {
    const { entries } = this;
    const urlOf = (request: RequestInfo | URL): string =>
      request instanceof Request ? request.url : String(request);
    const cache = {
      match: (request: RequestInfo | URL) => {
        const bytes = entries.get(urlOf(request));
        return Promise.resolve(bytes === undefined ? undefined : new Response(bytes));
      },
      put: async (request: RequestInfo | URL, response: Response) => {
        if (this.full) throw new DOMException('no room', 'QuotaExceededError');
        entries.set(urlOf(request), new Uint8Array(await response.arrayBuffer()));
      },
      delete: (request: RequestInfo | URL) => Promise.resolve(entries.delete(urlOf(request))),
      keys: () => Promise.resolve([...entries.keys()].map((url) => new Request(url))),
    };
    return Promise.resolve(cache as unknown as Cache);
  }
}

export const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

type Answer = (request: { url: string; from: number; init: RequestInit }) => Response | Promise<Response>;

/** A site of files with ranges; `override` answers in their place when it returns something. */
export class Site {
  readonly files = new Map<string, Uint8Array<ArrayBuffer>>();
  readonly requests: { path: string; from: number; cache: RequestCache | undefined }[] = [];
  readonly overrides = new Map<string, Answer[]>();
  readonly base: string;
  online = true;
  constructor(base: string) {
    this.base = base;
  }
  /** Answers the next requests of `path` with these, in order. */
  next(path: string, ...answers: Answer[]): void {
    this.overrides.set(path, [...(this.overrides.get(path) ?? []), ...answers]);
  }
  readonly fetch: typeof fetch = async (input, init = {}) => {
    const url = input instanceof Request ? input.url : String(input);
    const path = url.replace(this.base, '');
    const range = new Headers(init.headers).get('range');
    const from = Number(/bytes=(\d+)-/.exec(range ?? '')?.[1] ?? 0);
    this.requests.push({ path, from, cache: init.cache });
    init.signal?.throwIfAborted();
    if (!this.online) throw new TypeError('Failed to fetch');
    const answer = this.overrides.get(path)?.shift();
    if (answer !== undefined) return answer({ url, from, init });
    return this.plain(path, from);
  };
  plain(path: string, from: number): Response {
    const bytes = this.files.get(path);
    if (bytes === undefined) return new Response('no', { status: 404 });
    if (from === 0) return new Response(bytes);
    if (from >= bytes.length) return new Response('', { status: 416 });
    return new Response(bytes.slice(from), {
      status: 206,
      headers: { 'Content-Range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` },
    });
  }
  /** Puts a model of these files there, with its manifest; `more` goes into that. */
  publish(
    model: string,
    files: Record<string, Uint8Array<ArrayBuffer>>,
    more: Readonly<Record<string, unknown>> = {},
  ): void {
    const list = Object.entries(files).map(([path, bytes]) => {
      this.files.set(`${model}/${path}`, bytes);
      return { path, bytes: bytes.length, sha256: hashOf(bytes) };
    });
    const manifest = { name: model, title: 'A model', files: list, knownWords: ['hat'], ...more };
    this.files.set(`${model}/manifest.json`, new TextEncoder().encode(JSON.stringify(manifest)));
  }
}

/** The first `count` of `bytes`, then a broken connection. */
export function broken(bytes: Uint8Array<ArrayBuffer>, count: number, init: ResponseInit = {}): Response {
  let sent = false;
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent || count === 0) controller.error(new TypeError('network error'));
      else controller.enqueue(bytes.slice(0, count));
      sent = true;
    },
  });
  return new Response(stream, init);
}
