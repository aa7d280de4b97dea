// Events of training go to the page in batches: a message for each of a hundred steps a second would only cost time.
import type { LabEvent } from '../../engine/protocol/lab.ts';

/** About ten messages a second. */
const BATCH_MS = 100;

export class EventBatcher {
  readonly #send: (events: readonly LabEvent[]) => void;
  readonly #everyMs: number;
  #waiting: LabEvent[] = [];
  #lastSent = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(send: (events: readonly LabEvent[]) => void, everyMs = BATCH_MS) {
    this.#send = send;
    this.#everyMs = everyMs;
  }

  /** Sends `event` now, or with those that come soon. */
  add(event: LabEvent): void {
    this.#waiting.push(event);
    const wait = this.#lastSent + this.#everyMs - performance.now();
    // A timer may come late where one step takes long: then the next event sends them.
    if (wait <= 0) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), wait);
  }

  /** Sends what waits. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.length === 0) return;
    const events = this.#waiting;
    this.#waiting = [];
    this.#lastSent = performance.now();
    this.#send(events);
  }
}
