// Decides at each step whether there is time to decode a preview.

/** All of it, previews included, should take no longer than this. */
const COMFORTABLE_MS = 3600;
/** Where it does anyway, previews take at most this share of the time. */
const SHARE = 0.25;

export class PreviewBudget {
  readonly #total: number;
  #steps = 0;
  #stepMs = 0;
  #decodes = 0;
  #decodeMs = 0;

  /** @param total number of steps to come */
  constructor(total: number) {
    this.#total = total;
  }

  stepTook(ms: number): void {
    this.#steps++;
    this.#stepMs += ms;
  }

  decodeTook(ms: number): void {
    this.#decodes++;
    this.#decodeMs += ms;
  }

  /** Whether the step that was just made may have its preview decoded. The first always may. */
  allows(): boolean {
    if (this.#decodes === 0) return true;
    const decode = this.#decodeMs / this.#decodes;
    const spent = this.#stepMs + this.#decodeMs;
    const remaining = this.#total - this.#steps;
    const expected = spent + decode + remaining * (this.#stepMs / this.#steps + decode);
    if (expected <= COMFORTABLE_MS) return true;
    return this.#decodeMs + decode <= SHARE * (spent + decode);
  }
}
