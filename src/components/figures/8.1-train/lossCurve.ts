// The loss over the steps, kept small: neighbours are averaged once there are many, so a long run costs no more to draw.
import type { ChartPoint } from '../../kit/charts/chart.ts';

/** Points that are kept; with twice as many, pairs are merged. */
const MOST = 120;

interface Bin {
  /** Sum over the bin's steps of the step and of its loss. */
  step: number;
  loss: number;
  count: number;
}

export class LossCurve {
  #bins: Bin[] = [];
  /** Steps a bin holds once it is full. */
  #width = 1;
  #points: readonly ChartPoint[] | undefined;

  /** The step that was added last, and its loss. */
  last: { readonly step: number; readonly loss: number } | undefined;

  get steps(): number {
    return this.last?.step ?? 0;
  }

  /** Adds the loss of a step; what a logarithmic axis can't show is left out. */
  add(step: number, loss: number): void {
    if (!Number.isFinite(loss) || loss <= 0) return;
    this.last = { step, loss };
    this.#points = undefined;
    const open = this.#bins.at(-1);
    if (open !== undefined && open.count < this.#width) {
      open.step += step;
      open.loss += loss;
      open.count += 1;
    } else this.#bins.push({ step, loss, count: 1 });
    if (this.#bins.length >= 2 * MOST) this.#merge();
  }

  /** Means of neighbouring steps, by growing step; the same list until there is another step. */
  points(): readonly ChartPoint[] {
    this.#points ??= this.#bins.map(({ step, loss, count }) => ({ x: step / count, y: loss / count }));
    return this.#points;
  }

  /** Mean loss of about the last `count` points; undefined before there is one. */
  recent(count = 8): number | undefined {
    const bins = this.#bins.slice(-count);
    const total = bins.reduce((sum, bin) => sum + bin.count, 0);
    return total === 0 ? undefined : bins.reduce((sum, bin) => sum + bin.loss, 0) / total;
  }

  /** Forgets every step after `step`: a resumed run does them again. */
  cutAfter(step: number): void {
    if (this.last === undefined || this.last.step <= step) return;
    this.#points = undefined;
    this.#bins = this.#bins.filter((bin) => bin.step / bin.count <= step);
    const end = this.#bins.at(-1);
    this.last = end === undefined ? undefined : { step: end.step / end.count, loss: end.loss / end.count };
  }

  #merge(): void {
    const merged: Bin[] = [];
    for (let i = 0; i < this.#bins.length; i += 2) {
      const [a, b] = [this.#bins[i]!, this.#bins[i + 1]];
      merged.push(
        b === undefined ? a : { step: a.step + b.step, loss: a.loss + b.loss, count: a.count + b.count },
      );
    }
    this.#bins = merged;
    this.#width *= 2;
  }
}
