// One training run as the lab shows it: curves and moments, recorded, stored or growing, and the moment that is looked at.
import type { Recipe } from '@noisebook/ldm/numbers';
import type { EncodedEvent, UpdateTraceEvent, Phase, TrainingStepEvent as StepEvent } from '@noisebook/ldm';
import type { LabDataset, LabEvent, LabGuessEvent } from '../../../engine/protocol/lab.ts';
import type { OpenRun } from '../../../lab/page/index.ts';
import { LossCurve } from './lossCurve.ts';
import type { Thumbnails } from './mapSheet.svelte.ts';
import { inOrder, withSeen, type Moment } from './moments.ts';
import { Redraw } from './redraw.svelte.ts';
import { Speed } from './speed.ts';
import { TimestepBins } from './timestepBins.ts';

export type RunData = Pick<LabDataset, 'kind' | 'title' | 'count' | 'size' | 'sampleCaptions'> &
  Partial<Pick<LabDataset, 'credit'>>;

export interface RunAbout {
  /** Undefined for the recorded run. */
  readonly id?: string;
  readonly name: string;
  readonly recipe: Recipe;
  readonly data: RunData;
}

interface Place {
  readonly phase: Phase;
  readonly step: number;
}

export class RunView {
  readonly about: RunAbout;
  readonly curves = { autoencoder: new LossCurve(), denoiser: new LossCurve() };
  bins: Pick<TimestepBins, 'add' | 'points'> = new TimestepBins();
  readonly speed = new Speed();
  /** When what is not a $state below may be drawn again. */
  readonly redraw = new Redraw();
  moments: readonly Moment[] = $state.raw([]);
  trace: UpdateTraceEvent | undefined = $state.raw();
  encoded: EncodedEvent | undefined = $state.raw();
  /** Where the newest step stands. */
  phase: Phase = $state('autoencoder');
  /** The newest step itself, since training began or went on; and where it went on. */
  newest: StepEvent | undefined;
  #from = 0;
  /** The newest guess; undefined for runs that are not growing. */
  guess: LabGuessEvent | undefined = $state.raw();
  /** The newest checkpoint that was stored. */
  saved: Place | undefined = $state.raw();
  /** The newest checkpoint could not be used: where it stands, and where training went on instead. */
  fellBack: { readonly from: Place; readonly to: Place } | undefined = $state.raw();
  /** A part of the work that has no steps. */
  part: { readonly what: string; readonly share: number } | undefined = $state.raw();
  /** Of the pictures on the map, in its order; undefined where they are not at hand. */
  thumbnails: Thumbnails | undefined = $state.raw();
  /** The moment that is looked at; undefined: always the newest. */
  #chosen: number | undefined = $state();

  constructor(about: RunAbout) {
    this.about = about;
  }

  /** A stored run with its past. */
  static of({ run, steps, encoded, snapshots }: OpenRun): RunView {
    const view = new RunView(run);
    for (const step of steps) view.#step(step);
    view.encoded = encoded;
    view.adopt(snapshots);
    view.phase = run.phase;
    if (run.step > 0) view.saved = { phase: run.phase, step: run.step };
    view.speed.pause();
    return view;
  }

  /** What is stored of the run: the same moments, with weights that can draw. */
  adopt(snapshots: OpenRun['snapshots']): void {
    const stored = snapshots.map(({ index, hasFiles, phase, step, pictures, samples, guess }) => ({
      phase,
      step,
      ...(pictures && { pictures }),
      ...(samples && { samples }),
      ...(guess && { guess }),
      ...(hasFiles && { files: index }),
    }));
    const last = stored.at(-1);
    // What was only looked at, after the last stored moment, stays.
    const newer = this.moments.filter((moment) => last === undefined || inOrder(moment, last) > 0);
    this.moments = [...stored, ...newer];
  }

  get recorded(): boolean {
    return this.about.id === undefined;
  }
  /** Index into `moments` of the one that is looked at; -1 before there is one. */
  get position(): number {
    return Math.min(this.#chosen ?? Infinity, this.moments.length - 1);
  }
  get following(): boolean {
    return this.#chosen === undefined;
  }
  /** Steps of the present phase that are done. */
  get step(): number {
    if (this.redraw.version < 0) return 0;
    return this.newest?.phase === this.phase ? this.newest.step : this.#from;
  }
  get finished(): boolean {
    return this.phase === 'denoiser' && this.step >= this.about.recipe.denoiserSteps;
  }

  scrub(position: number): void {
    this.#chosen = position >= this.moments.length - 1 ? undefined : Math.max(0, position);
  }

  take(events: readonly LabEvent[]): void {
    for (const event of events) this.#take(event);
    this.redraw.ask();
  }

  #take(event: LabEvent): void {
    switch (event.type) {
      case 'step':
        this.part = undefined;
        this.#step(event);
        this.speed.step(event.phase, performance.now(), event.ms);
        break;
      case 'pictures':
        this.moments = withSeen(this.moments, event);
        break;
      case 'samples':
        this.moments = withSeen(this.moments, event);
        if (this.guess?.step === event.step) this.moments = withSeen(this.moments, this.guess);
        break;
      case 'guess':
        this.guess = event;
        // Guesses come more often than samples: only one made with them is a moment of the time line.
        if (this.moments.at(-1)?.samples?.step === event.step) this.moments = withSeen(this.moments, event);
        break;
      case 'update-trace':
        this.trace = event;
        break;
      case 'encoded':
        this.encoded = event;
        break;
      case 'checkpoint':
        this.saved = { phase: event.phase, step: event.step };
        break;
      case 'progress':
        this.part = event;
        break;
      case 'resumed':
        this.#resume(event.phase, event.step);
        this.#fall(event);
        break;
      case 'snapshot':
        break;
    }
  }

  #step(event: StepEvent): void {
    this.newest = event;
    this.#from = 0;
    if (this.phase !== event.phase) this.phase = event.phase;
    this.curves[event.phase].add(event.step, event.loss);
    if (event.timesteps && event.errors) this.bins.add(event.timesteps, event.errors);
  }

  #fall({ phase, step, unused }: Extract<LabEvent, { type: 'resumed' }>): void {
    this.fellBack = unused && { from: unused, to: { phase, step } };
    if (unused !== undefined) this.saved = { phase, step };
  }

  #resume(phase: Phase, step: number): void {
    const last = { phase, step };
    this.curves[phase].cutAfter(step);
    if (phase === 'autoencoder') this.curves.denoiser.cutAfter(0);
    this.moments = this.moments.filter((moment) => inOrder(moment, last) <= 0);
    this.phase = phase;
    this.newest = undefined;
    this.#from = step;
    this.speed.pause();
  }
}
