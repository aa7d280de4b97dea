// The few values that were used last, by key.

export class Recent<T> {
  readonly #size: number;
  readonly #values = new Map<string, T>();

  /** @param size how many are kept */
  constructor(size: number) {
    this.#size = size;
  }

  get(key: string): T | undefined {
    const value = this.#values.get(key);
    if (value !== undefined) this.set(key, value);
    return value;
  }

  /** Keeps `value`; the one that was not used for longest leaves. */
  set(key: string, value: T): void {
    this.#values.delete(key);
    this.#values.set(key, value);
    for (const oldest of this.#values.keys()) {
      if (this.#values.size <= this.#size) return;
      this.#values.delete(oldest);
    }
  }
}
