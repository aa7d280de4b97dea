// The one time limit: what may never answer is waited for only so long.

/** Something did not answer in time. What it would still bring is thrown away. */
export class TimeLimitError extends Error {
  constructor(what: string, limitMs: number) {
    super(`Expected an answer of ${what} within ${limitMs / 1000} s, none came: going on without it.`);
    this.name = 'TimeLimitError';
  }
}

/**
 * Waits for `promise`, but not longer than `limitMs` milliseconds.
 * @param what names it in the error
 * @param onLate takes what comes after the limit all the same, to close or free it
 * @throws {TimeLimitError} when nothing came in time; the caller then tries the next thing
 */
export function inTime<T>(
  promise: PromiseLike<T>,
  limitMs: number,
  what: string,
  onLate?: (late: T) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      reject(new TimeLimitError(what, limitMs));
    }, limitMs);
    promise.then(
      (value) => {
        clearTimeout(timer);
        if (late) onLate?.(value);
        else resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error instanceof Error ? error : new Error(String(error), { cause: error }));
      },
    );
  });
}
