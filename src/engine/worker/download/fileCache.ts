// Model files in Cache Storage, keyed by checksum. Every failure here, no answer included, means "not cached", never a
// failed load.
import { inTime } from '@noisebook/ldm/numbers';

const CACHE_NAME = 'noisebook-weights-v1';
/** Milliseconds that the store may take to open or find a file, and to read or write one. */
const ANSWER_MS = 4000;
const FILE_MS = 20_000;

/** A store of model files that outlives the page. */
export interface FileCache {
  /** Bytes of a stored file, or undefined. */
  get(path: string, sha256: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** Stores a file; false when the browser has no room or refuses. */
  put(path: string, sha256: string, bytes: Uint8Array<ArrayBuffer>): Promise<boolean>;
  delete(path: string, sha256: string): Promise<void>;
  getManifest(): Promise<string | undefined>;
  putManifest(text: string): Promise<boolean>;
  /** Drops the model's files whose checksum is not in `keep`: those of older versions. */
  evict(keep: ReadonlySet<string>): Promise<void>;
}

/**
 * Opens the store of the model at `modelUrl` (absolute, ends in '/').
 * Undefined when this browser has no Cache Storage or denies it (plain http, some private windows).
 */
export async function openFileCache(
  storage: Pick<CacheStorage, 'open'> | undefined,
  modelUrl: string,
  { answerMs = ANSWER_MS, fileMs = FILE_MS } = {},
): Promise<FileCache | undefined> {
  let cache: Cache;
  try {
    if (storage === undefined) return undefined;
    cache = await inTime(storage.open(CACHE_NAME), answerMs, 'Cache Storage');
  } catch {
    return undefined;
  }
  const fileKey = (path: string, sha256: string): string => `${modelUrl}${path}?sha256=${sha256}`;
  const manifestKey = `${modelUrl}manifest.json`;

  const read = async (key: string): Promise<Response | undefined> => {
    try {
      return await inTime(cache.match(key), answerMs, 'Cache Storage');
    } catch {
      return undefined;
    }
  };
  const write = async (key: string, body: BodyInit, type: string): Promise<boolean> => {
    try {
      const response = new Response(body, { headers: { 'Content-Type': type } });
      await inTime(cache.put(key, response), fileMs, 'Cache Storage');
      return true;
    } catch {
      return false; // QuotaExceededError, or storage cleared under us
    }
  };
  return {
    async get(path, sha256) {
      try {
        const response = await read(fileKey(path, sha256));
        if (response === undefined) return undefined;
        return new Uint8Array(await inTime(response.arrayBuffer(), fileMs, 'Cache Storage'));
      } catch {
        return undefined;
      }
    },
    put: (path, sha256, bytes) => write(fileKey(path, sha256), bytes, 'application/octet-stream'),
    async delete(path, sha256) {
      await inTime(cache.delete(fileKey(path, sha256)), answerMs, 'Cache Storage').catch(() => false);
    },
    async getManifest() {
      const response = await read(manifestKey);
      if (response === undefined) return undefined;
      return inTime(response.text(), answerMs, 'Cache Storage').catch(() => undefined);
    },
    putManifest: (text) => write(manifestKey, text, 'application/json'),
    async evict(keep) {
      try {
        for (const request of await inTime(cache.keys(), answerMs, 'Cache Storage')) {
          if (!request.url.startsWith(modelUrl)) continue;
          const sha256 = new URL(request.url).searchParams.get('sha256');
          if (sha256 !== null && !keep.has(sha256))
            await inTime(cache.delete(request), answerMs, 'Cache Storage');
        }
      } catch {
        // Nothing lost: an old version stays until next time.
      }
    },
  };
}
