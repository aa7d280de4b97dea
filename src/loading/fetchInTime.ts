// Files of the site that figures need: pictures, recordings, sheets. None of them is waited for for ever.
import { inTime, TimeLimitError } from '@noisebook/ldm/numbers';
import { LoadError } from './loadPart.ts';

/** Milliseconds without a byte after which a file is given up. A slow line that still brings something is waited for. */
export const SILENCE_MS = 20_000;

/**
 * Fetches a file of the site.
 * @param what names it in the sentence: "the recorded pictures"
 * @throws {LoadError} when it is not there, breaks off, or nothing comes for SILENCE_MS; asked again, it is fetched again
 * @throws the signal's reason when that is aborted
 */
export async function fetchInTime(
  url: string,
  what: string,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<Blob> {
  const given = new AbortController();
  const until = signal === undefined ? given.signal : AbortSignal.any([signal, given.signal]);
  try {
    const response = await inTime(fetch(url, { signal: until }), SILENCE_MS, what);
    if (!response.ok) {
      throw new LoadError(
        `Expected ${what} from this site, got status ${response.status}. Try again later; if that does not help, reload the page.`,
      );
    }
    const reader = response.body?.getReader();
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    for (;;) {
      const next = reader && (await inTime(reader.read(), SILENCE_MS, what));
      if (next?.value === undefined) break;
      pieces.push(next.value);
    }
    return new Blob(pieces, { type: response.headers.get('content-type') ?? '' });
  } catch (cause) {
    given.abort();
    signal?.throwIfAborted();
    if (cause instanceof LoadError) throw cause;
    const came =
      cause instanceof TimeLimitError ? `nothing came for ${SILENCE_MS / 1000} s` : 'the connection failed';
    throw new LoadError(`Expected ${what} from this site, ${came}. Check the connection, then try again.`, {
      cause,
    });
  }
}
