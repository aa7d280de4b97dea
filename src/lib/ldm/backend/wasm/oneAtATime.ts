// Starts workers from within a worker, one at a time. Firefox starts each through the page's thread while it holds up the
// caller: `new Worker` beside another that is still starting can block this thread for ever.
import { inTime } from '../../base/inTime.ts';

/** Milliseconds that one worker may take until its first message. */
export const WORKER_MS = 4000;

/**
 * Makes up to `count` workers, the next one only when the one before has answered. The first that fails or does not
 * answer in time is ended, and the rest is left out.
 * @param make makes one and sends it what it will answer
 * @param isAnswer whether a message of it says that it runs
 * @returns those that run
 */
export async function startOneAtATime(
  count: number,
  make: (index: number) => Worker,
  isAnswer: (data: unknown) => boolean,
  limitMs = WORKER_MS,
): Promise<readonly Worker[]> {
  const running: Worker[] = [];
  while (running.length < count) {
    let worker: Worker | undefined;
    try {
      worker = make(running.length);
      await inTime(firstAnswer(worker, isAnswer), limitMs, 'a thread');
      running.push(worker);
    } catch {
      worker?.terminate();
      break;
    }
  }
  return running;
}

function firstAnswer(worker: Worker, isAnswer: (data: unknown) => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = new AbortController();
    const { signal } = done;
    const listen = (event: Event): void => {
      if (event instanceof MessageEvent && !isAnswer(event.data)) return;
      done.abort();
      if (event instanceof MessageEvent) resolve();
      else reject(new Error('A worker that was to be a thread could not start.'));
    };
    worker.addEventListener('message', listen, { signal });
    worker.addEventListener('error', listen, { signal });
  });
}
