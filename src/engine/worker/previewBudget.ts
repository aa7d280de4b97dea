// Decides at each step whether there is time to decode a preview.

/** All of it, previews included, should take no longer than this. */
const COMFORTABLE_MS = 3600;
/** A first decode up to this long is no reason not to try a second, which shows how long they really take. */
const BEARABLE_MS = 1000;
/** Where it does anyway, previews take at most this share of the time. */
const SHARE = 0.25;

export class PreviewBudget {
  readonly #total: number;
  #steps = 0;
  #spentMs = 0;
  #decodes = 0;
  #decodesMs = 0;
  /** The fastest so far: the first of each also warms up the backend and says little about the others. */
  #stepMs = Infinity;
  #decodeMs = Infinity;

  /** @param total number of steps to come */
  constructor(total: number) {
    this.#total = total;
  }

  stepTook(ms: number): void {
    this.#steps++;
    this.#spentMs += ms;
    this.#stepMs = Math.min(this.#stepMs, ms);
  }

  decodeTook(ms: number): void {
    this.#spentMs += ms;
    this.#decodes++;
    this.#decodesMs += ms;
    this.#decodeMs = Math.min(this.#decodeMs, ms);
  }

  /** Whether the step that was just made may have its preview decoded. The first always may. */
  allows(): boolean {
    if (this.#decodes === 0 || (this.#decodes === 1 && this.#decodeMs <= BEARABLE_MS)) return true;
    const decode = this.#decodeMs;
    const expected = this.#spentMs + decode + (this.#total - this.#steps) * (this.#stepMs + decode);
    if (expected <= COMFORTABLE_MS) return true;
    return this.#decodesMs + decode <= SHARE * (this.#spentMs + decode);
  }
}
