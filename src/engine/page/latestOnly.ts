// Runs one task at a time and, of those waiting, only the newest: for a slider that asks faster than answers come.
import { superseded } from './errors.ts';

interface Waiting {
  readonly start: () => void;
  readonly drop: () => void;
}

export class LatestOnly {
  #busy = false;
  #waiting: Waiting | undefined;

  /** Runs `task` now or after the running one; rejects with 'superseded' if a newer call comes first. */
  run<T>(task: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting?.drop();
      this.#waiting = {
        start: () => {
          this.#busy = true;
          task()
            .then(resolve, reject)
            .finally(() => {
              this.#busy = false;
              this.#next();
            });
        },
        drop: () => reject(superseded()),
      };
      if (!this.#busy) this.#next();
    });
  }

  #next(): void {
    const next = this.#waiting;
    this.#waiting = undefined;
    next?.start();
  }
}
