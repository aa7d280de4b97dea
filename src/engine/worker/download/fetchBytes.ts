// Fetches one file of known length: streamed, resumed where it broke off, retried with growing pauses.
import { isHtmlPage } from '@noisebook/ldm/numbers';
import { abortReason, throwIfAborted, WorkerError } from '../errors.ts';

/** What of the browser a download needs; tests bring their own. */
export interface Transport {
  readonly fetch: typeof fetch;
  /** Resolves after `ms` milliseconds or as soon as `signal` is aborted. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** False when the browser knows that it has no network. */
  readonly isOnline: () => boolean;
}

/** The part of a file that has arrived: the first `loaded` bytes of `bytes`. Outlives a failed call. */
export interface PartialFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  loaded: number;
}

export interface FetchBytesOptions {
  readonly transport: Transport;
  /** Name of the file in errors. */
  readonly name: string;
  readonly signal?: AbortSignal;
  /** Ask the server even if the browser's own cache has an answer. */
  readonly bypassCache?: boolean;
  readonly onProgress?: (loaded: number) => void;
  /** Milliseconds without a byte after which the connection counts as dropped. */
  readonly stallMs?: number;
}

/** The connection broke and retrying didn't help. The caller knows the totals and words the message. */
export class ConnectionDropped extends Error {
  override name = 'ConnectionDropped';
}

const PAUSES_MS = [500, 1000, 2000];
const STALL_MS = 20_000;
const TRY_LATER = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * Fetches `url` into `partial`, going on from what is there already.
 *
 * Gives up after four tries in a row that brought nothing.
 * @throws {ConnectionDropped} when the connection keeps breaking
 * @throws {WorkerError} 'missing-file', 'damaged-file' (wrong length), 'aborted', 'failed' (other answers)
 */
export async function fetchBytes(
  url: string,
  partial: PartialFile,
  options: FetchBytesOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  if (partial.loaded > 0 && partial.loaded === partial.bytes.length) return partial.bytes;
  let fruitless = 0;
  let furthest = partial.loaded;
  let endedAt = -1;
  for (;;) {
    throwIfAborted(options.signal);
    try {
      await receive(url, partial, options);
      if (partial.loaded === partial.bytes.length) return partial.bytes;
      // The server says that was all. Once can be a cut connection, twice at the same place is a short file.
      if (partial.loaded === endedAt) throw damaged(options.name, 'is shorter than it should be');
      endedAt = partial.loaded;
    } catch (error) {
      if (options.signal?.aborted === true) throw abortReason(options.signal);
      if (error instanceof WorkerError) throw error;
    }
    fruitless = partial.loaded > furthest ? 0 : fruitless + 1;
    furthest = Math.max(furthest, partial.loaded);
    const pause = PAUSES_MS[fruitless === 0 ? 0 : fruitless - 1];
    if (pause === undefined) throw new ConnectionDropped(`${options.name}: no answer`);
    await options.transport.sleep(pause, options.signal);
  }
}

const damaged = (name: string, how: string): WorkerError =>
  new WorkerError(
    'damaged-file',
    `The model file ${name} ${how}: the site's copy is damaged. Try again later; the recorded pictures stay usable.`,
  );

export const missing = (name: string): WorkerError =>
  new WorkerError(
    'missing-file',
    `The model file ${name} is missing on this site. Reload the page; if that doesn't help, the site is incomplete.`,
  );

/** The other files, a README or a licence, are anybody's text. */
const isModelFile = (name: string): boolean => /\.(safetensors|json|txt)$/.test(name);

/** One request; adds to `partial` until the body ends. Errors other than WorkerError may be retried. */
async function receive(url: string, partial: PartialFile, options: FetchBytesOptions): Promise<void> {
  const { transport, name, signal, onProgress, bypassCache = false, stallMs = STALL_MS } = options;
  const stall = new AbortController();
  let timer = setTimeout(() => stall.abort(), stallMs);
  try {
    const response = await transport.fetch(url, {
      signal: signal === undefined ? stall.signal : AbortSignal.any([signal, stall.signal]),
      cache: bypassCache ? 'reload' : 'default',
      headers: partial.loaded > 0 ? { Range: `bytes=${partial.loaded}-` } : {},
    });
    checkAnswer(response, partial, name);
    if (response.body === null) return;
    const reader = response.body.getReader();
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      clearTimeout(timer);
      timer = setTimeout(() => stall.abort(), stallMs);
      if (partial.loaded === 0 && isHtmlPage(next.value) && isModelFile(name)) {
        void reader.cancel().catch(() => undefined);
        throw missing(name);
      }
      if (partial.loaded + next.value.length > partial.bytes.length) {
        partial.loaded = 0;
        void reader.cancel().catch(() => undefined);
        throw damaged(name, 'is longer than it should be');
      }
      partial.bytes.set(next.value, partial.loaded);
      partial.loaded += next.value.length;
      onProgress?.(partial.loaded);
    }
  } finally {
    clearTimeout(timer);
  }
}

/** Whether the server says that it sends a web page. */
export const isPageType = (response: Response): boolean =>
  /^(text\/html|application\/xhtml\+xml)\b/i.test(response.headers.get('content-type') ?? '');

/** Throws unless `response` brings the bytes that are missing in `partial`. */
function checkAnswer(response: Response, partial: PartialFile, name: string): void {
  const { status } = response;
  if (status === 206) {
    const start = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1];
    if (Number(start) === partial.loaded) return;
    partial.loaded = 0;
    throw new Error(`${name}: the server sent another range than asked for`);
  }
  if (status === 416) {
    partial.loaded = 0;
    throw damaged(name, 'is shorter than it should be');
  }
  if (status === 404 || status === 410) throw missing(name);
  if (TRY_LATER.has(status)) throw new Error(`${name}: the server answered ${status}`);
  if (status !== 200) {
    throw new WorkerError(
      'failed',
      `The server answered ${status} for the model file ${name}. Try again later.`,
    );
  }
  // Some hosts answer every unknown address with a page.
  if (isPageType(response)) throw missing(name);
  partial.loaded = 0;
}
