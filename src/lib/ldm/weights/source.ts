// Where a model's files come from: an address, a list of files, or memory. Paths are relative, with slashes.
import { isHtmlPage } from './sniff.ts';

export interface ReadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes of this file read so far, after every piece that arrives. */
  readonly onProgress?: ((loadedBytes: number) => void) | undefined;
}

/** A folder of model files in the diffusers layout, wherever it lies. */
export interface ModelSource {
  /** For messages: the address or the folder's name. */
  readonly name: string;
  /** The bytes of one file, or undefined when there is no such file. Any other trouble is an Error. */
  read(path: string, options?: ReadOptions): Promise<Uint8Array | undefined>;
  /** The folder of that name beside this one, where such can be read. */
  beside?(name: string): ModelSource;
}

/** Throws unless `path` is relative, uses single slashes and stays inside the folder. */
export function checkPath(path: string): void {
  const parts = path.split('/');
  if (path.includes('\\') || parts.some((part) => part === '' || part === '.' || part === '..')) {
    throw new Error(
      `Expected a path inside the model folder such as "unet/config.json", got ${JSON.stringify(path)}.`,
    );
  }
}

/**
 * Files below an address, read with fetch. 404 and 410 mean "no such file", and so does a web page, which many servers
 * send for every address that they do not know: no file of a model is one. Other failures are errors. A read has no time
 * limit but the caller's `signal`: how long a large file may take is not known here.
 */
export function urlSource(baseUrl: string, options?: { readonly fetch?: typeof fetch }): ModelSource {
  const base = baseUrl.endsWith('/') ? baseUrl : `${baseUrl}/`;
  const get = options?.fetch ?? ((...args: Parameters<typeof fetch>) => fetch(...args));
  return {
    name: baseUrl,
    beside: (name) => urlSource(base.replace(/[^/]+\/$/, `${encodeURIComponent(name)}/`), options),
    async read(path, { signal, onProgress } = {}) {
      checkPath(path);
      signal?.throwIfAborted();
      const url = base + path.split('/').map(encodeURIComponent).join('/');
      let response: Response;
      try {
        response = await get(url, signal ? { signal } : {});
      } catch (error) {
        signal?.throwIfAborted();
        throw new Error(`Could not download ${url}: no answer. Check the connection and try again.`, {
          cause: error,
        });
      }
      if (response.status === 404 || response.status === 410) {
        await response.body?.cancel();
        return undefined;
      }
      if (!response.ok) {
        await response.body?.cancel();
        throw new Error(`Could not download ${url}: expected status 200, got ${response.status}. Try again.`);
      }
      // A compressed answer's length counts the compressed bytes, so it says nothing about ours.
      const length = response.headers.get('content-length');
      const expected =
        length !== null && !response.headers.get('content-encoding') ? Number(length) : undefined;
      let loaded = 0;
      try {
        const bytes = await readStream(response.body, signal, (count) => {
          loaded = count;
          onProgress?.(count);
        });
        if (expected !== undefined && Number.isFinite(expected) && bytes.length !== expected) {
          throw new Error(`the connection closed after ${bytes.length} of ${expected} bytes`);
        }
        return isHtmlPage(bytes) ? undefined : bytes;
      } catch (error) {
        signal?.throwIfAborted();
        const reason = error instanceof Error ? error.message : String(error);
        throw new Error(`The download of ${url} broke off after ${loaded} bytes (${reason}). Try again.`, {
          cause: error,
        });
      }
    },
  };
}

/**
 * Files that someone chose or dropped. Their paths are taken from `webkitRelativePath` (else the name) and
 * counted from the folder that holds model_index.json; without one, from the deepest folder common to all.
 */
export function fileListSource(files: Iterable<File>): ModelSource {
  const all = new Map<string, File>();
  for (const file of files) {
    const path = (file.webkitRelativePath || file.name).replace(/^\/+/, '');
    if (all.has(path)) throw new Error(`Expected each file once, got ${JSON.stringify(path)} twice.`);
    all.set(path, file);
  }
  const root = rootFolder([...all.keys()]);
  return {
    name: root === '' ? 'chosen files' : root.slice(0, -1),
    async read(path, { signal, onProgress } = {}) {
      checkPath(path);
      signal?.throwIfAborted();
      const file = all.get(root + path);
      if (!file) return undefined;
      try {
        return await readStream(file.stream(), signal, onProgress);
      } catch (error) {
        signal?.throwIfAborted();
        throw new Error(`Could not read ${file.name}: it may have been moved or changed. Choose it again.`, {
          cause: error,
        });
      }
    },
  };
}

/** Files held in memory, for tests and for models that were trained in the page. */
export function memorySource(name: string, files: ReadonlyMap<string, Uint8Array>): ModelSource {
  return {
    name,
    async read(path, { signal, onProgress } = {}) {
      checkPath(path);
      signal?.throwIfAborted();
      const bytes = files.get(path);
      if (bytes) onProgress?.(bytes.length);
      return Promise.resolve(bytes);
    },
  };
}

/** The folder (with its slash, or '') that the model's own paths are counted from. */
function rootFolder(paths: readonly string[]): string {
  const index = paths
    .filter((path) => path === 'model_index.json' || path.endsWith('/model_index.json'))
    .sort((a, b) => a.length - b.length)[0];
  if (index !== undefined) return index.slice(0, index.length - 'model_index.json'.length);
  let common = paths[0]?.split('/').slice(0, -1) ?? [];
  for (const path of paths) {
    const parts = path.split('/').slice(0, -1);
    const differs = common.findIndex((part, i) => part !== parts[i]);
    if (differs >= 0) common = common.slice(0, differs);
  }
  // A lone part (say, only the files of unet/) is not the root of a model.
  if (common.length === 1 && /^(vae|unet|text_encoder|tokenizer|scheduler)$/.test(common[0] ?? ''))
    common = [];
  return common.length === 0 ? '' : `${common.join('/')}/`;
}

/** Reads a byte stream to its end; cancels it when aborted. */
async function readStream(
  stream: ReadableStream<Uint8Array> | null,
  signal: AbortSignal | undefined,
  onProgress: ((loadedBytes: number) => void) | undefined,
): Promise<Uint8Array> {
  if (!stream) return new Uint8Array(0);
  const reader = stream.getReader();
  const pieces: Uint8Array[] = [];
  let loaded = 0;
  const stop = (): void => void reader.cancel(signal?.reason).catch(() => undefined);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    for (;;) {
      const { done, value } = await reader.read();
      signal?.throwIfAborted();
      if (done) break;
      pieces.push(value);
      loaded += value.length;
      onProgress?.(loaded);
    }
  } finally {
    signal?.removeEventListener('abort', stop);
  }
  if (pieces.length === 1 && pieces[0]) return pieces[0];
  const bytes = new Uint8Array(loaded);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
