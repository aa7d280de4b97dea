// Counts bytes over all files of a download and reports them at a rate that people can read.
import type { DownloadEvent } from '../../protocol/messages.ts';

const REPORT_EVERY_MS = 50;

export class Progress {
  readonly total: number;
  readonly #report: ((event: DownloadEvent) => void) | undefined;
  readonly #now: () => number;
  readonly #files = new Map<string, number>();
  #lastReport = -Infinity;
  #stored = true;

  constructor(total: number, report?: (event: DownloadEvent) => void, now = (): number => performance.now()) {
    this.total = total;
    this.#report = report;
    this.#now = now;
  }

  /** Bytes here, over all files. */
  get loaded(): number {
    let sum = 0;
    for (const bytes of this.#files.values()) sum += bytes;
    return sum;
  }

  /** Says that `loaded` bytes of `file` are here, and where they came from. The last byte is always reported. */
  set(file: string, loaded: number, origin: 'stored' | 'fetched'): void {
    this.#files.set(file, loaded);
    if (origin === 'fetched') this.#stored = false;
    const sum = this.loaded;
    if (sum < this.total && this.#now() - this.#lastReport < REPORT_EVERY_MS) return;
    this.#lastReport = this.#now();
    this.#report?.({ type: 'download', file, loaded: sum, total: this.total, stored: this.#stored });
  }
}
