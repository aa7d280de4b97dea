// Who trains a run holds its lock; the browser frees it when that tab or worker is gone, however it went.
import { inTime, TimeLimitError } from '@noisebook/ldm/numbers';

const nameOf = (id: string): string => `noisebook-run-${id}`;
/** How long the lock of a worker that was ended just now may outlive it. */
const GRACE_MS = 1500;
const PAUSE_MS = 50;
/** Milliseconds for the browser to say who holds a lock. */
const QUERY_MS = 2000;

const lockManager = (): LockManager | undefined => (navigator as Partial<Navigator>).locks;

/**
 * Runs `task` while holding the lock of a run. Browsers without locks (plain http), or whose locks do not answer, run it
 * unguarded.
 * @returns undefined, and `task` is not run, when somebody else holds it
 */
export async function withRunLock<T>(
  id: string,
  task: () => Promise<T>,
  { graceMs = GRACE_MS }: { readonly graceMs?: number } = {},
): Promise<{ readonly value: T } | undefined> {
  const locks = lockManager();
  if (locks === undefined) return { value: await task() };
  const deadline = performance.now() + graceMs;
  for (;;) {
    const answered = Promise.withResolvers<undefined>();
    let givenUp = false;
    const asked = locks.request(nameOf(id), { ifAvailable: true }, async (lock) => {
      answered.resolve(undefined);
      return lock === null || givenUp ? undefined : { value: await task() };
    });
    try {
      await inTime(Promise.race([answered.promise, asked]), QUERY_MS, 'the locks of the browser');
    } catch (error) {
      if (!(error instanceof TimeLimitError)) throw error;
      givenUp = true;
      asked.catch(() => undefined);
      return { value: await task() };
    }
    const outcome = await asked;
    if (outcome !== undefined || performance.now() >= deadline) return outcome;
    await new Promise((wake) => setTimeout(wake, PAUSE_MS));
  }
}

/** Ids of the runs that are trained now, in any tab. */
export async function trainedRuns(): Promise<Set<string>> {
  const locks = lockManager();
  // Without an answer in time no run counts as trained elsewhere; its own lock still guards it.
  const asked = locks && inTime(locks.query(), QUERY_MS, 'the locks of the browser').catch(() => undefined);
  const { held = [] } = (await asked) ?? {};
  const prefix = nameOf('');
  return new Set(
    held.flatMap(({ name }) => (name?.startsWith(prefix) === true ? [name.slice(prefix.length)] : [])),
  );
}
