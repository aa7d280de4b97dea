// Training until the end, a pause or trouble: step by step, with previews now and then, and checkpoints.
import { yieldToEventLoop } from '@noisebook/ldm/numbers';
import { type Phase, type TrainingStepEvent as StepEvent, TrainingStoppedError } from '@noisebook/ldm';
import type { LabEvent, LabTrainResult } from '../../engine/protocol/lab.ts';
import type { LabTrainRequest } from '../../engine/protocol/labJobs.ts';
import { isFull, StoreError, storeError, type ModelFiles, type NewSnapshot } from '../../storage/index.ts';
import { throwIfAborted } from '../../engine/worker/errors.ts';
import type { LiveRun } from './liveRun.ts';
import { milestones, passesMilestone, TimeShare } from './previewSchedule.ts';

export interface TrainingContext {
  readonly mode: LabTrainRequest['mode'];
  /** Aborted when the reader pauses. */
  readonly pause: AbortSignal;
  /** Aborted when the device is gone: somebody else goes on from the last checkpoint. */
  readonly lost: AbortSignal;
  readonly emit: (event: LabEvent) => void;
  /** Says that the store has changed. */
  readonly changed: () => void;
}

/** Milliseconds to the first checkpoint, the second, and all later ones. */
const CHECKPOINT_MS = [5000, 10_000, 20_000] as const;
/** Shares of the time that snapshots, guesses between them and checkpoints may take. */
const PREVIEWS = 0.06;
const GUESSES = 0.02;
const SAVES = 0.04;
/** How often a pause that takes its time says so. */
const SIGN_MS = 500;
/** Between two steps in slow motion. */
const SLOW_MS = 1500;
/** The first snapshot of the denoiser, every third after it, and the last keep the model's files. */
const FILES_EVERY = 3;

interface Ended extends Pick<LabTrainResult, 'ended' | 'message'> {
  /** Set if the run in memory is of no use any more. */
  readonly spoilt?: true;
}

export class TrainLoop {
  readonly #live: LiveRun;
  readonly #context: TrainingContext;
  /** What breaks off long work. */
  readonly #stop: AbortSignal;
  #previewShare = new TimeShare(PREVIEWS);
  readonly #guessShare = new TimeShare(GUESSES, 1000);
  readonly #saveShare = new TimeShare(SAVES);
  /** Phase and step of the last preview. */
  #phase: Phase;
  #previewedAt: number;
  #lastSave = performance.now();
  #saves = 0;
  #snapshots = 0;
  /** Whether previews of the finished model were made and its files kept: only then the run is at its end. */
  #isPreviewed: boolean;

  constructor(live: LiveRun, context: TrainingContext) {
    this.#live = live;
    this.#context = context;
    this.#stop = AbortSignal.any([context.pause, context.lost]);
    this.#phase = live.run.phase;
    this.#previewedAt = live.run.step;
    this.#isPreviewed = live.recorder.record.state === 'finished' && !live.fellBack;
  }

  /** Trains; when this returns, the run is stored, or the answer says that it could not be. */
  async train(): Promise<Ended> {
    const { run, recorder, fellBack } = this.#live;
    const { emit, pause } = this.#context;
    const { phase, step } = recorder.record;
    const unused = fellBack && recorder.from.checkpoint?.revision !== recorder.from.revision;
    emit({
      type: 'resumed',
      phase: run.phase,
      step: run.step,
      ...(unused && { unused: { phase, step } }),
    });
    recorder.clock(true);
    // The page waits for the end of a pause as long as it hears that it was heard: nothing must be lost.
    let signs: ReturnType<typeof setInterval> | undefined;
    const sign = (): void => emit({ type: 'progress', what: 'save', share: 0 });
    const heard = (): void => {
      sign();
      signs = setInterval(sign, SIGN_MS);
    };
    if (pause.aborted) heard();
    else pause.addEventListener('abort', heard, { once: true });
    try {
      await this.#steps();
      const ended = run.finished && this.#isPreviewed ? 'finished' : 'paused';
      if (recorder.dirty) await this.#save(ended);
      else await recorder.end(ended);
      return { ended };
    } catch (error) {
      throwIfAborted(this.#context.lost);
      const message = this.#reason(error);
      if (message === undefined) throw error;
      // There may be no room for this either. What somebody else has stored of the run is theirs.
      if (!isConflict(error)) await recorder.end('stopped', message).catch(() => undefined);
      return { ended: 'stopped', message, ...(!isFull(error) && !isChanged(error) && { spoilt: true }) };
    } finally {
      pause.removeEventListener('abort', heard);
      clearInterval(signs);
      recorder.clock(false);
    }
  }

  async #steps(): Promise<void> {
    const { run, recorder } = this.#live;
    const { mode, pause, lost, emit } = this.#context;
    try {
      const reporting = this.#reportAndYield('encode');
      const options = { signal: this.#stop, trace: mode !== 'run', onProgress: reporting };
      for await (const event of run.train(options)) {
        throwIfAborted(lost);
        recorder.add(event);
        emit(event);
        if (event.type === 'step') {
          if (!pause.aborted) await this.#preview(event);
          if (mode === 'step') return;
          if (this.#saveIsDue()) await this.#save('training');
          if (mode === 'slow') await sleep(SLOW_MS, this.#stop);
        }
        await yieldToEventLoop();
        if (this.#stop.aborted) return;
      }
      // A pause may have come between the last step and its samples.
      const { phase, step } = run;
      if (run.finished && !this.#isPreviewed) await this.#snapshot({ phase, step }, true);
    } catch (error) {
      // A pause breaks off the drawing of samples; it is no fault.
      if (!pause.aborted || error !== this.#stop.reason) throw error;
    }
  }

  /** RunPreviews at the run if this step is a milestone and there is time; at single steps, always at what is quick. */
  async #preview(event: StepEvent): Promise<void> {
    const { phase, step, steps } = event;
    if (phase !== this.#phase) {
      this.#phase = phase;
      this.#previewedAt = 0;
      // Samples cost otherwise than reconstructions.
      this.#previewShare = new TimeShare(PREVIEWS);
    }
    const begin = performance.now();
    const last = step === steps;
    // A late preview is left out just before the end, which has one anyway.
    const points = milestones(steps).filter((point) => point < steps);
    const late = step > (points.at(-1) ?? 0);
    const due = !late && passesMilestone(points, this.#previewedAt, step) && this.#previewShare.allows(begin);
    if (last || due) {
      this.#previewedAt = step;
      await this.#snapshot(event, last);
      this.#previewShare.took(begin, performance.now());
    } else if (this.#context.mode !== 'run' || (phase === 'denoiser' && this.#guessShare.allows(begin))) {
      await this.#showPreview(event);
      this.#guessShare.took(begin, performance.now());
    }
  }

  /** Pictures for the page only. */
  async #showPreview({ phase, step }: StepEvent): Promise<void> {
    const { run, previews } = this.#live;
    this.#context.emit(
      await (phase === 'denoiser' ? previews.guess(run, step) : previews.pictures(run, step)),
    );
    throwIfAborted(this.#context.lost);
  }

  /** Pictures for the page and for looking back. */
  async #snapshot({ phase, step }: Pick<StepEvent, 'phase' | 'step'>, last: boolean): Promise<void> {
    const { run, previews, recorder } = this.#live;
    const { emit } = this.#context;
    const at = { phase, step, trainedMs: recorder.trainedMs };
    let snapshot: NewSnapshot;
    if (phase === 'autoencoder') {
      snapshot = { ...at, pictures: await previews.pictures(run, step) };
    } else {
      const guess = await previews.guess(run, step);
      emit(guess);
      const samples = await previews.samples(run, step, this.#stop, this.#reportAndYield('sample'));
      const keeps = last || this.#snapshots % FILES_EVERY === 0;
      const files = keeps ? ownFiles(await run.files('averaged', { dtype: 'F16' })) : undefined;
      snapshot = { ...at, guess, samples, ...(files && { files }) };
      this.#snapshots++;
    }
    throwIfAborted(this.#context.lost);
    recorder.addSnapshot(snapshot);
    if (snapshot.pictures) emit(snapshot.pictures);
    if (snapshot.samples) emit(snapshot.samples);
    emit({ type: 'snapshot', phase, step });
    this.#isPreviewed ||= last && phase === 'denoiser';
  }

  /** Reports the progress of a part without steps, and yields, so that a pause is heard. */
  #reportAndYield(what: 'encode' | 'sample'): (done: number, total: number) => Promise<void> {
    return (done, total) => {
      this.#context.emit({ type: 'progress', what, share: done / total });
      return yieldToEventLoop();
    };
  }

  #saveIsDue(): boolean {
    const now = performance.now();
    const wait = CHECKPOINT_MS[Math.min(this.#saves, CHECKPOINT_MS.length - 1)]!;
    return now - this.#lastSave >= wait && this.#saveShare.allows(now);
  }

  async #save(state: 'training' | 'paused' | 'finished'): Promise<void> {
    const { run, recorder, backend } = this.#live;
    const { lost, emit, changed } = this.#context;
    const begin = performance.now();
    emit({ type: 'progress', what: 'save', share: 0 });
    const bytes = await recorder.save(run, { state, backend: backend.label, signal: lost });
    emit({ type: 'checkpoint', phase: run.phase, step: run.step, bytes });
    emit({ type: 'progress', what: 'save', share: 1 });
    changed();
    this.#lastSave = performance.now();
    this.#saveShare.took(begin, this.#lastSave);
    this.#saves++;
  }

  /** Why training has to stop, if `error` is such a reason. */
  #reason(error: unknown): string | undefined {
    if (error instanceof TrainingStoppedError) return error.message;
    if (isConflict(error)) return `Training has stopped: ${storeError(error).message}`;
    if (!isFull(error) && !isChanged(error)) return undefined;
    const { phase, step, revision } = this.#live.recorder.record;
    const kept =
      revision === 0 ? 'nothing of it is stored yet' : `it is stored up to step ${step} of the ${phase}`;
    const then = isFull(error)
      ? ' As long as this page stays open, the run goes on from where it stopped.'
      : '';
    return `Training has stopped: ${kept}. ${storeError(error).message}${then}`;
  }
}

const codeOf = (error: unknown): string | undefined => (error instanceof StoreError ? error.code : undefined);
/** Another tab has stored more of the run. */
const isConflict = (error: unknown): boolean => codeOf(error) === 'conflict';
/** Another version of the site has changed the storage. */
const isChanged = (error: unknown): boolean => codeOf(error) === 'changed';

/** Files whose bytes are our own, to be stored. */
const ownFiles = (files: ReadonlyMap<string, Uint8Array>): ModelFiles =>
  new Map([...files].map(([path, bytes]) => [path, new Uint8Array(bytes)]));

/** Waits, but not past an abort. */
function sleep(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const timer = setTimeout(wake, ms);
    signal.addEventListener('abort', wake);
  });
}
