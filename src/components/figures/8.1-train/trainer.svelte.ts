// Training as the lab's buttons see it: start, pause, one step, slow motion; one run at a time.
import type { Lab, TrainingStatus } from '../../../lab/page/index.ts';
import { isAborted } from '../../../engine/page/errors.ts';
import type { LabTrainRequest } from '../../../engine/protocol/labJobs.ts';
import { phaseOf, type Phase as FramePhase } from '../../kit/frame/phase.ts';
import type { RunView } from './runView.svelte.ts';

export type Mode = LabTrainRequest['mode'];

export type Activity =
  | { readonly kind: 'idle' }
  /** Before the first step: what is done, and how far it is (0 to 1) where that is known. */
  | { readonly kind: 'preparing'; readonly text: string; readonly share?: number }
  | { readonly kind: 'loading'; readonly phase: FramePhase }
  | { readonly kind: 'training'; readonly mode: Mode }
  | { readonly kind: 'paused'; readonly stepped: boolean }
  | { readonly kind: 'finished' }
  /** Ended by itself, for a reason that the reader should know. */
  | { readonly kind: 'stopped'; readonly message: string }
  | { readonly kind: 'error'; readonly message: string };

export const isBusy = ({ kind }: Activity): boolean =>
  kind === 'preparing' || kind === 'loading' || kind === 'training';

export class Trainer {
  activity: Activity = $state.raw({ kind: 'idle' });
  status: TrainingStatus | undefined = $state.raw();
  /** Where it computes, for people; undefined until known. */
  backend: string | undefined = $state();
  /** False where what is trained is gone with the page. */
  lasting = $state(true);
  #controller: AbortController | undefined;

  readonly busy = $derived.by(() => isBusy(this.activity));

  /** Saves and stops; what is being prepared is dropped. */
  pause(): void {
    this.#controller?.abort();
  }

  /** Everything that can be stopped runs in here: never rejects, errors are shown. */
  async guard(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    if (this.busy) return;
    const controller = (this.#controller = new AbortController());
    try {
      await work(controller.signal);
    } catch (error) {
      this.activity = isAborted(error)
        ? { kind: 'idle' }
        : { kind: 'error', message: error instanceof Error ? error.message : String(error) };
    } finally {
      this.#settle();
      this.#controller = undefined;
      this.status = undefined;
    }
  }

  /** Nothing is going on any more. */
  #settle(): void {
    if (isBusy(this.activity)) this.activity = { kind: 'idle' };
  }

  /** Trains `view`'s run. To be called in `guard`. */
  async train(lab: Lab, view: RunView, mode: Mode, signal: AbortSignal): Promise<void> {
    const { id } = view.about;
    if (id === undefined) return;
    this.activity = { kind: 'preparing', text: 'Getting ready …' };
    view.scrub(Infinity);
    const result = await lab
      .train(id, mode, {
        signal,
        onLoad: (event) => (this.activity = { kind: 'loading', phase: phaseOf(event) }),
        onStatus: (status) => (this.status = status),
        onEvents: (events) => {
          this.activity = { kind: 'training', mode };
          view.take(events);
        },
      })
      .catch((error: unknown) => {
        // Stopped before it began, or the worker had to be ended: the run stands at its last checkpoint.
        if (!isAborted(error)) throw error;
        return undefined;
      });
    const open = await lab.open(id).catch((error: unknown) => {
      // A run that stopped because its storage is gone: why it stopped says more.
      if (result?.ended !== 'stopped') throw error;
      return undefined;
    });
    view.speed.pause();
    view.part = undefined;
    if (open !== undefined) {
      const { phase, step } = open.run;
      if (result === undefined) view.take([{ type: 'resumed', phase, step }]);
      view.saved = step > 0 || phase === 'denoiser' ? { phase, step } : undefined;
      view.adopt(open.snapshots);
    }
    view.redraw.ask();
    this.backend = result?.backend.label ?? this.backend;
    if (result === undefined) this.activity = { kind: 'paused', stepped: false };
    else if (result.ended === 'finished') this.activity = { kind: 'finished' };
    else if (result.ended === 'paused') this.activity = { kind: 'paused', stepped: mode === 'step' };
    else this.activity = { kind: 'stopped', message: result.message ?? 'The run stopped.' };
  }
}
