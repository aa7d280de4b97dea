// How fast training goes, and whether the browser slows it down while nobody looks.
import type { LabEvent } from '../../engine/protocol/lab.ts';

/** Milliseconds over which the throughput is measured, and that it takes to be known at all. */
const WINDOW_MS = 10_000;
const KNOWN_AFTER_MS = 3000;
/** Slower than this many times counts as slowed down: previews and saves alone cost far less. */
const THROTTLED = 2;

interface Mark {
  readonly at: number;
  readonly steps: number;
}

export class Throughput {
  #phase = '';
  #hidden = false;
  #marks: Mark[] = [];
  /** Steps a second while the page was seen. */
  #seen: number | undefined;

  /** Takes the events of a batch that came at `now`, in milliseconds, while the page was hidden or not. */
  add(events: readonly LabEvent[], now: number, hidden: boolean): void {
    for (const event of events) {
      if (event.type !== 'step' || event.phase === this.#phase) continue;
      this.#phase = event.phase;
      this.#seen = undefined;
      this.#marks = [];
    }
    if (hidden !== this.#hidden) {
      if (hidden) this.#seen = this.stepsPerSecond ?? this.#seen;
      this.#hidden = hidden;
      this.#marks = [];
    }
    const steps = events.filter(({ type }) => type === 'step').length;
    // What came before the first mark took time that is not known.
    this.#marks.push({ at: now, steps: this.#marks.length === 0 ? 0 : steps });
    while (this.#marks.length > 2 && this.#marks[1]!.at <= now - WINDOW_MS) this.#marks.shift();
  }

  /** Over the last seconds; undefined until known. */
  get stepsPerSecond(): number | undefined {
    const [first, ...rest] = this.#marks;
    const ms = first === undefined ? 0 : (rest.at(-1)?.at ?? first.at) - first.at;
    if (ms < KNOWN_AFTER_MS) return undefined;
    return (1000 * rest.reduce((sum, { steps }) => sum + steps, 0)) / ms;
  }

  /** While the page is hidden: how many times slower than when it was seen, if that is a lot. */
  get throttled(): number | undefined {
    const now = this.stepsPerSecond;
    if (!this.#hidden || now === undefined || this.#seen === undefined) return undefined;
    const slower = this.#seen / now;
    return slower >= THROTTLED ? slower : undefined;
  }
}
