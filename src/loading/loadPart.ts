// Code that comes when it is first needed: waited for only so long, and a sentence where it does not come.
import { inTime, TimeLimitError } from '@noisebook/ldm/numbers';

/** Milliseconds for a part of the site's code to arrive, also on a slow line. */
export const PART_MS = 45_000;

/** Something of this site did not arrive. Its `message` is for the reader: what was expected, what came, what to try. */
export class LoadError extends Error {
  override name = 'LoadError';
}

/**
 * Waits for a dynamic import, but not for ever.
 *
 * Asking again is always right: a part that was only slow has come meanwhile. One that failed may not be fetched again
 * before the page is reloaded, because browsers remember the failure; the sentence says so.
 * @param part `import(...)`, or what is picked from it with `then`
 * @param what names it in the sentence: "the code that trains"
 * @throws {LoadError}
 */
export async function loadPart<T>(part: Promise<T>, what: string): Promise<T> {
  try {
    return await inTime(part, PART_MS, what);
  } catch (cause) {
    throw new LoadError(
      cause instanceof TimeLimitError
        ? `Expected ${what} from this site within ${PART_MS / 1000} s, nothing came. Check the connection and try again; if that does not help, reload the page.`
        : `Expected ${what} from this site, it could not be fetched. Reload the page: there may be a new version of it, or no connection.`,
      { cause },
    );
  }
}
