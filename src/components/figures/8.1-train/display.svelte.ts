// What of a run is on show now: the pictures of the moment that is looked at, and their recorded stand-ins.
import type { LabGuessEvent, LabPicturesEvent, LabSamplesEvent } from '../../../engine/protocol/lab.ts';
import type { LabStage } from './labStage.svelte.ts';
import { lastWith, type Moment } from './moments.ts';
import type { RecordedFiles, SheetCell } from './recordedRun.ts';
import type { RunView } from './runView.svelte.ts';

export class RunDisplay {
  readonly #stage: LabStage;
  readonly #files: RecordedFiles;

  constructor(stage: LabStage, files: RecordedFiles) {
    this.#stage = stage;
    this.#files = files;
  }

  get view(): RunView {
    return this.#stage.view;
  }
  get other(): RunView | undefined {
    return this.#stage.other;
  }

  readonly pictures: LabPicturesEvent | undefined = $derived.by(() => this.#last('pictures'));
  readonly samples: LabSamplesEvent | undefined = $derived.by(() => this.#last('samples'));
  readonly guess: LabGuessEvent | undefined = $derived.by(
    () => (this.view.following ? this.view.guess : undefined) ?? this.#last('guess'),
  );
  /** The moments that have samples, up to the newest, in order. */
  readonly strip: readonly (Moment & { readonly samples: LabSamplesEvent })[] = $derived.by(() =>
    this.view.moments.filter((moment) => moment.samples !== undefined),
  ) as readonly (Moment & { readonly samples: LabSamplesEvent })[];

  #last<K extends 'pictures' | 'samples' | 'guess'>(what: K): NonNullable<Moment[K]> | undefined {
    return lastWith(this.view.moments, this.view.position, what);
  }

  /** The row of the moment that is looked at in a recorded sheet that has a row for each moment. */
  fallbackRow(file: 'reconstructions' | 'guesses'): number {
    const what = file === 'guesses' ? 'guess' : 'pictures';
    const shown = this.#last(what);
    return Math.max(
      0,
      this.view.moments
        .filter((moment) => moment[what] !== undefined)
        .findIndex((moment) => moment[what] === shown),
    );
  }

  /** The recorded picture that stands in before its file is read; undefined for a live run. */
  fallback(file: keyof RecordedFiles['sheets'], column: number, row: number): SheetCell | undefined {
    if (!this.view.recorded) return undefined;
    const { src, columns, rows } = this.#files.sheets[file];
    return { src, columns, rows, column, row };
  }
}
