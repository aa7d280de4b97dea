// A model's manifest: from the site, or, when that can't be reached, the copy kept from last time.
import { isHtmlPage } from '@noisebook/ldm/numbers';
import { abortReason, throwIfAborted, WorkerError } from '../errors.ts';
import type { DownloadOptions } from './downloadModel.ts';
import { isPageType, missing } from './fetchBytes.ts';
import type { FileCache } from './fileCache.ts';
import { parseManifest, type Manifest } from './manifest.ts';

const PATIENCE_MS = { withCopy: 4000, without: 20_000 };
const TRIES = 3;

/** Reads `manifest.json` of the model, newest first. */
export async function loadManifest(
  options: Pick<DownloadOptions, 'modelUrl' | 'transport' | 'signal' | 'onNotice'>,
  cache: FileCache | undefined,
): Promise<Manifest> {
  const { transport, signal, onNotice } = options;
  const copy = await cache?.getManifest();
  // With a copy at hand one try is enough; without one, be patient.
  const tries = copy === undefined && transport.isOnline() ? TRIES : 1;
  let cause: unknown;
  for (let attempt = 0; attempt < tries; attempt++) {
    if (attempt > 0) await transport.sleep(500 * attempt, signal);
    throwIfAborted(signal);
    try {
      const text = await requestManifest(
        options,
        copy === undefined ? PATIENCE_MS.without : PATIENCE_MS.withCopy,
      );
      const manifest = parseManifest(text, "The model's manifest.json");
      await cache?.putManifest(text);
      return manifest;
    } catch (error) {
      if (signal?.aborted === true) throw abortReason(signal);
      if (error instanceof WorkerError) throw error;
      cause = error;
    }
  }
  if (copy !== undefined) {
    onNotice?.("The site can't be reached: using the model kept in this browser.");
    return parseManifest(copy, 'The stored manifest.json');
  }
  throw transport.isOnline()
    ? new WorkerError(
        'connection-dropped',
        'The model could not be reached. Check the connection, then try again.',
        { cause },
      )
    : new WorkerError(
        'offline',
        "You are offline, and the model isn't in this browser yet. Connect, then try again.",
        { cause },
      );
}

/** Text of the site's manifest. Throws a WorkerError when the site answered, something else when it didn't. */
async function requestManifest(
  { modelUrl, transport, signal }: Pick<DownloadOptions, 'modelUrl' | 'transport' | 'signal'>,
  patienceMs: number,
): Promise<string> {
  const patience = AbortSignal.timeout(patienceMs);
  const response = await transport.fetch(`${modelUrl}manifest.json`, {
    cache: 'no-cache',
    signal: signal === undefined ? patience : AbortSignal.any([signal, patience]),
  });
  if (response.status === 404 || response.status === 410 || (response.ok && isPageType(response)))
    throw missing('manifest.json');
  if (!response.ok) throw new Error(`manifest.json: the server answered ${response.status}`);
  const text = await response.text();
  if (isHtmlPage(new TextEncoder().encode(text.slice(0, 2048)))) throw missing('manifest.json');
  return text;
}
