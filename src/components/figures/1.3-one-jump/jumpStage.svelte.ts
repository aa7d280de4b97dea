// What figure 1.3 has computed: many small steps beside one jump, for a value's copies and for a picture.
import type { CellState } from '../../kit/frame/cellState.svelte.ts';
import { inSlices } from '../../kit/noise/inSlices.ts';
import type { LivePicture } from '../../kit/noise/livePicture.svelte.ts';
import { bothPictures, compare, type Comparison, type Pictures } from './oneJump.ts';

/** Fewer random numbers than this are drawn fast enough to follow a slider. */
const QUICK = 6e6;

/** How many copies of the value. */
export const COUNTS = ['1000', '4000', '16000'] as const;

/** What the reader may choose. */
export interface JumpChoice {
  readonly t: number;
  readonly seed: number;
  /** The value that the copies start from. */
  readonly start: number;
  readonly count: (typeof COUNTS)[number];
  /** Forget a factor in the small steps. */
  readonly broken: boolean;
}

interface JumpCell extends Pick<CellState<never>, 'live' | 'run'> {
  readonly values: JumpChoice;
}

export interface Schedule {
  readonly betas: Float32Array;
  readonly alphasCumprod: Float32Array;
}

export class JumpStage {
  /** Undefined while the recorded result is shown. */
  made: { readonly comparison: Comparison; readonly pictures: Pictures } | undefined = $state.raw();

  /** To be called while a component is set up. */
  constructor(cell: JumpCell, source: LivePicture, schedule: Schedule) {
    $effect(() => {
      if (!cell.live) {
        this.made = undefined;
        return;
      }
      const x0 = source.values;
      if (x0 === undefined) return;
      const { values } = cell;
      const setting = { ...values, ...schedule, count: Number(values.count) };
      const total = 2 * (setting.t + 1);
      const costly = (setting.t + 1) * (setting.count + x0.length) > QUICK;
      void cell.run(
        async ({ signal, progress }) => {
          const comparison = await inSlices(compare(setting), signal, (done) => progress(done, total));
          const pictures = await inSlices(bothPictures(x0, setting), signal, (done) =>
            progress(setting.t + 1 + done, total),
          );
          this.made = { comparison, pictures };
          return undefined;
        },
        { supersede: costly ? 'abort' : 'wait' },
      );
    });
  }
}
