// The walk of figure 1.4's points: where they begin, the steps from there, and the timestep that is drawn.
import { untrack } from 'svelte';
import type { CellState } from '../../kit/frame/cellState.svelte.ts';
import type { Rows } from '../../kit/frame/save.ts';
import { inSlices } from '../../kit/noise/inSlices.ts';
import {
  cloudOf,
  FIRST_DRAWING,
  FOLLOWED,
  marginal,
  placesAt,
  trail,
  walk,
  type Shape,
  type Walk,
} from './pointCloud.ts';

/** What the reader may choose. */
export interface CloudChoice {
  readonly t: number;
  readonly seed: number;
  readonly shape: Shape;
  /** As `writeDrawing` wrote it. */
  readonly drawing: string;
}

interface WalkCell extends Pick<CellState<never>, 'live' | 'visible' | 'run'> {
  readonly values: CloudChoice;
}

interface Walked {
  readonly from: Float32Array;
  readonly way: Walk;
}

export class PointWalk {
  /** The walk, and what it is a walk of: while a new one is made, the old one stays. */
  #walked: Walked = $state.raw({} as Walked);
  /** The timestep that is drawn: off screen it stays behind. */
  shown = $state(0);
  readonly #cell: WalkCell;
  readonly #betas: Float32Array;

  // Each by itself: what hangs on one must not be made again when another moves.
  readonly #t = $derived.by(() => this.#cell.values.t);
  readonly #shape = $derived.by(() => this.#cell.values.shape);
  readonly #drawing = $derived.by(() => this.#cell.values.drawing);
  readonly #seed = $derived.by(() => this.#cell.values.seed);
  /** The points at the start. */
  readonly x0 = $derived.by(() => cloudOf(this.#shape, this.#drawing, this.#seed));
  /** The reader has drawn them. */
  readonly drawn = $derived.by(() => this.#shape === 'drawn' && this.#drawing !== FIRST_DRAWING);

  readonly #reach = $derived.by(() => {
    const { places, width } = this.#walked.way;
    return Math.min(this.shown, places.length / width - 1);
  });
  /** The points where they are now. */
  readonly points = $derived.by(() => placesAt(this.#walked.way, this.#reach));
  readonly trails = $derived.by(() =>
    Array.from({ length: FOLLOWED }, (_, i) =>
      trail(this.#walked.from, this.#walked.way, 97 * i + 11, this.#reach),
    ),
  );
  /** How they are spread along both axes. */
  readonly x = $derived.by(() => marginal(this.points, 0));
  readonly y = $derived.by(() => marginal(this.points, 1));

  /** To be called while a component is set up. */
  constructor(cell: WalkCell, betas: Float32Array) {
    this.#cell = cell;
    this.#betas = betas;
    this.#walked = this.#first();
    this.shown = untrack(() => this.#t);
    $effect(() => {
      if (!cell.live) {
        if (untrack(() => this.#walked.from) !== this.x0) this.#walked = this.#first();
        return;
      }
      const from = this.x0;
      const work = walk(from, betas, this.#seed);
      void cell.run(
        async ({ signal }) => {
          const way = await inSlices(work, signal);
          this.#walked = { from, way };
          return undefined;
        },
        { supersede: 'abort' },
      );
    });
    $effect.pre(() => {
      if (cell.visible || !cell.live) this.shown = this.#t;
    });
  }

  /** Without scripts, and at first: the recorded state, made by the same lines. */
  #first(): Walked {
    return untrack(() => {
      const steps = walk(this.x0, this.#betas.subarray(0, this.#t + 1), this.#seed);
      for (;;) {
        const { done, value } = steps.next();
        if (done === true) return { from: this.x0, way: value };
      }
    });
  }

  csv(): Rows {
    const { points } = this;
    const { from } = this.#walked;
    return [
      ['x0', 'y0', 'xt', 'yt'],
      ...Array.from({ length: points.length / 2 }, (_, i) => [
        from[2 * i] ?? 0,
        from[2 * i + 1] ?? 0,
        points[2 * i] ?? 0,
        points[2 * i + 1] ?? 0,
      ]),
    ];
  }
}
