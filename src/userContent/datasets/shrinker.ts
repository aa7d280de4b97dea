// The page's side of the worker that makes pictures small. It runs while pictures are taken, and is ended then.
import type { ShrinkReply, ShrinkRequest } from '../../engine/protocol/shrink.ts';

/** Longer than the largest photograph takes on a slow machine: a decoder that hangs is given up. */
const PATIENCE_MS = 60_000;

interface Waiting {
  readonly settle: (reply: ShrinkReply) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

export class Shrinker {
  #worker: Worker | undefined;
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;

  /** Never rejects: what can't be opened, or takes a minute, comes back as such. */
  shrink(request: Omit<ShrinkRequest, 'id'>): Promise<ShrinkReply> {
    const worker = (this.#worker ??= this.#start());
    const id = this.#next++;
    return new Promise((settle) => {
      const timer = setTimeout(() => {
        this.end('took too long');
      }, PATIENCE_MS);
      this.#waiting.set(id, { settle, timer });
      worker.postMessage({ id, ...request } satisfies ShrinkRequest);
    });
  }

  /** Ends the worker; the next picture starts a new one. */
  end(message = 'stopped'): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    for (const [id, { settle, timer }] of this.#waiting) {
      clearTimeout(timer);
      settle({ id, outcome: 'unopened', message, width: 0, height: 0 });
    }
    this.#waiting.clear();
  }

  #start(): Worker {
    const worker = new Worker(new URL('../worker/shrinkPictures.ts', import.meta.url), {
      type: 'module',
      name: 'pictures',
    });
    worker.addEventListener('message', ({ data }: MessageEvent<ShrinkReply>) => {
      const waiting = this.#waiting.get(data.id);
      if (waiting === undefined) return;
      clearTimeout(waiting.timer);
      this.#waiting.delete(data.id);
      waiting.settle(data);
    });
    worker.addEventListener('error', () => {
      if (worker === this.#worker) this.end('the worker has stopped');
    });
    return worker;
  }
}
