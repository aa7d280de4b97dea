// When a run shows what it can do: at points that lie further and further apart, and only while that costs little.

/** Snapshots of one phase. */
export const SNAPSHOTS = 24;

/**
 * Steps at which to make previews: few apart in the beginning, when much changes, then further; the last step always.
 * @returns at most `count` of them, rising
 */
export function milestones(steps: number, count = SNAPSHOTS): number[] {
  const points = Array.from({ length: count }, (_, i) => Math.round(steps * ((i + 1) / count) ** 2));
  return [...new Set(points)].filter((point) => point > 0);
}

/** Whether a milestone lies behind `from`, up to `to`. */
export const passesMilestone = (points: readonly number[], from: number, to: number): boolean =>
  points.some((point) => point > from && point <= to);

/** Keeps something that may wait to a share of all time. */
export class TimeShare {
  readonly #share: number;
  readonly #minMs: number;
  #next = -Infinity;
  #first = true;

  /**
   * @param share 0 to 1
   * @param minMs milliseconds between two at least
   */
  constructor(share: number, minMs = 0) {
    this.#share = share;
    this.#minMs = minMs;
  }

  allows(now: number): boolean {
    return now >= this.#next;
  }

  /** Says that it was done from `begin` to `end`. */
  took(begin: number, end: number): void {
    // The first time includes what is done once, such as compiling shaders.
    const cost = (end - begin) * (this.#first ? 0.25 : 1);
    this.#first = false;
    this.#next = end + Math.max(this.#minMs, cost * (1 / this.#share - 1));
  }
}
