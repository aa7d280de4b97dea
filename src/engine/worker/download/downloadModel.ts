// Brings a model folder into memory: manifest, then each file from this browser's storage or from the site.
import type { DownloadEvent } from '../../protocol/messages.ts';
import { abortReason, throwIfAborted, WorkerError } from '../errors.ts';
import { ConnectionDropped, fetchBytes, type PartialFile, type Transport } from './fetchBytes.ts';
import { openLayers, type Layer } from './layers.ts';
import { totalBytes, type Manifest, type ManifestFile } from './manifest.ts';
import { megabytes } from '../../../writing/numbers.ts';
import { Progress } from './progress.ts';
import { sha256 } from '../../../storage/sha256.ts';

export interface DownloadOptions {
  /** Absolute address of the model's folder; ends in '/'. */
  readonly modelUrl: string;
  readonly transport: Transport;
  /** `globalThis.caches`, where there is one. */
  readonly caches: Pick<CacheStorage, 'open'> | undefined;
  /** The folder inside the model that is wanted, 'vae' for example; left out, all of it. */
  readonly only?: string;
  /** Files that arrived in part, by checksum; kept by the caller from one call to the next. */
  readonly partials: Map<string, PartialFile>;
  readonly signal?: AbortSignal;
  readonly onProgress?: (event: DownloadEvent) => void;
  readonly onNotice?: (message: string) => void;
  /** Milliseconds without a byte after which a connection counts as dropped. */
  readonly stallMs?: number;
}

export interface DownloadedModel {
  readonly manifest: Manifest;
  /** Verified bytes by path; only those asked for. */
  readonly files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}

const PARALLEL = 3;

interface Download extends DownloadOptions {
  readonly progress: Progress;
  storeFailed: boolean;
}

/**
 * Loads the files of a model and of its base, each checked against the manifest's SHA-256.
 *
 * What has arrived is kept when the call fails or is cancelled: whole files in Cache Storage, parts in `partials`.
 * @throws {WorkerError} saying which file is missing or damaged, or how far it came before the connection dropped
 */
export async function downloadModel(options: DownloadOptions): Promise<DownloadedModel> {
  const { signal, onNotice, only } = options;
  throwIfAborted(signal);
  const { layers, manifest } = await openLayers(options);
  const waiting = layers
    .flatMap((layer) => layer.files.map((file) => ({ layer, file })))
    .filter(({ file }) => only === undefined || file.path.startsWith(`${only}/`));
  const progress = new Progress(totalBytes(waiting.map(({ file }) => file)), options.onProgress);
  const unstored = layers.some(({ cache }) => cache === undefined);
  const download: Download = { ...options, progress, storeFailed: unstored };

  const isWanted = (hash: string): boolean => layers.some(({ hashes }) => hashes.has(hash));
  for (const hash of options.partials.keys()) if (!isWanted(hash)) options.partials.delete(hash);

  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  const stopOthers = new AbortController();
  const own = {
    ...download,
    signal: signal ? AbortSignal.any([signal, stopOthers.signal]) : stopOthers.signal,
  };
  const takeFiles = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      files.set(next.file.path, await loadFile(next.file, next.layer, own));
    }
  };
  const takers = Array.from({ length: PARALLEL }, () =>
    takeFiles().catch((error: unknown) => {
      stopOthers.abort(error);
      throw error;
    }),
  );
  // Wait for all of them: nothing may still be writing into `partials` when this call ends.
  const failed = (await Promise.allSettled(takers)).find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw explain(stopOthers.signal.reason ?? failed.reason, options, progress);

  if (own.storeFailed) {
    const why = unstored ? 'keeps nothing for this page' : 'has no room to keep the model';
    onNotice?.(`This browser ${why}: everything works, but the model will be downloaded again next time.`);
  }
  for (const { cache, hashes } of layers) await cache?.evict(hashes);
  return { manifest, files };
}

/** One file: from storage if it is there and sound, else from the site, checked, and stored. */
async function loadFile(
  file: ManifestFile,
  { cache, modelUrl }: Layer,
  download: Download,
): Promise<Uint8Array<ArrayBuffer>> {
  const { progress, partials, signal, onNotice } = download;
  throwIfAborted(signal);
  const stored = await cache?.get(file.path, file.sha256);
  if (stored !== undefined) {
    if (stored.length === file.bytes && (await sha256(stored)) === file.sha256) {
      progress.set(file.path, file.bytes, 'stored');
      return stored;
    }
    await cache?.delete(file.path, file.sha256);
    onNotice?.(`The stored copy of ${file.path} was damaged; downloading it again.`);
  }
  const bytes = await fetchVerified(file, modelUrl, download);
  partials.delete(file.sha256);
  if (cache !== undefined && !(await cache.put(file.path, file.sha256, bytes))) download.storeFailed = true;
  return bytes;
}

/** Fetches a file and checks its checksum; a damaged one is asked for once more, past the browser's cache. */
async function fetchVerified(
  file: ManifestFile,
  modelUrl: string,
  download: Download,
): Promise<Uint8Array<ArrayBuffer>> {
  const { transport, signal, progress, partials, stallMs } = download;
  const partial = partials.get(file.sha256) ?? { bytes: new Uint8Array(file.bytes), loaded: 0 };
  partials.set(file.sha256, partial);
  if (partial.loaded > 0) progress.set(file.path, partial.loaded, 'fetched');
  for (const bypassCache of [false, true]) {
    const bytes = await fetchBytes(modelUrl + file.path, partial, {
      transport,
      name: file.path,
      bypassCache,
      ...(signal && { signal }),
      ...(stallMs !== undefined && { stallMs }),
      onProgress: (loaded) => progress.set(file.path, loaded, 'fetched'),
    });
    if ((await sha256(bytes)) === file.sha256) return bytes;
    partial.loaded = 0;
    progress.set(file.path, 0, 'fetched');
  }
  throw new WorkerError(
    'damaged-file',
    `The model file ${file.path} has the wrong checksum: the site's copy is damaged. Reload the page; if that doesn't help, try again later.`,
  );
}

/** Words a failure for the reader; only here the totals are known. */
function explain(error: unknown, { signal, transport }: DownloadOptions, progress: Progress): unknown {
  if (signal?.aborted === true) return abortReason(signal);
  if (!(error instanceof ConnectionDropped)) return error;
  const here = `${megabytes(progress.loaded)} of ${megabytes(progress.total)}`;
  return transport.isOnline()
    ? new WorkerError(
        'connection-dropped',
        `The connection dropped after ${here}. Try again: what has arrived is kept.`,
        { cause: error },
      )
    : new WorkerError(
        'offline',
        `You are offline, and only ${here} of the model are here. Connect, then try again: what has arrived is kept.`,
        { cause: error },
      );
}
