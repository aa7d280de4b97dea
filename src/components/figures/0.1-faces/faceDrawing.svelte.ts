// One drawing of figure 0.1 after the other: loading, steps, result, failure. When to draw what: faceCell.svelte.ts.
import { isAborted } from '../../../engine/page/errors.ts';
import { Newest } from '../../../engine/page/newest.ts';
import type {
  GenerateEvent,
  GenerateRequest,
  GenerateResult,
  LoadEvent,
} from '../../../engine/protocol/messages.ts';
import { FaceEngine } from './faceEngine.ts';
import { addStep, finishRun, startRun, totalSteps, type FaceRun } from './faceRun.ts';
import { FaceShown } from './faceShown.svelte.ts';
import { isBusy, type Occasion, type Phase } from './faceStatus.ts';
import type { Cost, FaceCellOptions, Reading, Work } from './faceTypes.ts';

/** The lower of the two in the middle, where there are two: of two steps the first may have warmed up the backend. */
function median(values: readonly number[]): number | undefined {
  return [...values].sort((a, b) => a - b)[(values.length - 1) >> 1];
}

export class FaceDrawing extends FaceShown {
  /** What the figure's own status line says; the frame's stays empty. */
  activity: Phase = $state.raw({ kind: 'recorded' });
  /** What the model made of a prompt; undefined until it has read one. */
  reading: Reading | undefined = $state.raw();
  notices: readonly string[] = $state.raw([]);
  cost: Cost = $state.raw({});
  #occasion: Occasion = $state('asked');

  busy = $derived(isBusy(this.activity));
  /** True while Generate's drawing is made; one that typing began gives way to anything. */
  asked = $derived(this.busy && this.#occasion === 'asked');

  protected readonly engine: FaceEngine;
  /** What is being drawn. */
  protected work: Work | undefined;
  readonly #newest = new Newest();
  #stepTimes: number[] = [];

  constructor({ createEngine }: Pick<FaceCellOptions, 'createEngine'>) {
    super();
    this.engine = new FaceEngine(createEngine, (message) => this.notice(message));
  }

  /** Adds a sentence below the figure, once. */
  notice(sentence: string): void {
    if (!this.notices.includes(sentence)) this.notices = [...this.notices, sentence];
  }

  /** Ends what is being loaded and drawn. */
  stop(): void {
    this.engine.stopLoading();
    this.#newest.stop();
  }

  /**
   * Draws. Only what was begun last counts: it takes the place of what is being drawn.
   * @returns false where something else took its place, or nothing was drawn
   */
  protected async perform(request: GenerateRequest, occasion: Occasion): Promise<boolean> {
    const signal = this.#newest.begin();
    const work: Work = (this.work = { request, signal });
    const isNewest = (): boolean => this.work === work;
    this.#occasion = occasion;
    // Another model's load, which typing began, would come first.
    if (occasion === 'asked') this.engine.stopLoading(request.model);
    if (this.engine.has(request.model))
      this.activity = { kind: 'busy', occasion, step: 0, total: request.numInferenceSteps };
    else if (!this.busy) this.activity = { kind: 'preparing', what: 'start' };
    this.follow();
    let live: FaceRun | undefined;
    const follow = (event: GenerateEvent): void => {
      if (event.type === 'start') live = startRun(request, event);
      if (isNewest() && !signal.aborted) this.#follow(event, request, live);
    };
    // A load that typing began goes on for whatever is drawn next.
    const followLoad = (event: LoadEvent): void => {
      const { work: present } = this;
      if (present?.request.model === request.model && !present.signal.aborted)
        this.#follow(event, request, undefined);
    };
    try {
      const engine = await this.engine.start();
      if (occasion === 'typed') await this.engine.load(request.model, followLoad);
      if (!isNewest()) return false;
      const result = await engine.call('generate', request, { signal, onEvent: follow });
      if (!isNewest() || live === undefined) return false;
      finishRun(live, result.images);
      this.draw(live);
      const msPerStep = median(this.#stepTimes.slice(1).map((time, i) => time - this.#stepTimes[i]!));
      this.drew(result, request, occasion, msPerStep);
    } catch (error) {
      if (!isNewest()) return false;
      this.#fail(error, work, live);
    } finally {
      if (isNewest()) this.work = undefined;
    }
    return true;
  }

  /**
   * A drawing is there: says so.
   * @param msPerStep the median, previews included
   */
  protected drew(
    { ms, backend }: GenerateResult,
    _request: GenerateRequest,
    _occasion: Occasion,
    msPerStep: number | undefined,
  ): void {
    this.activity = { kind: 'done', ms, backend: backend.label };
    this.cost = { ...this.cost, ...(msPerStep !== undefined && { msPerStep }) };
  }

  #fail(error: unknown, { request, signal }: Work, live: FaceRun | undefined): void {
    const step = live === undefined || live !== this.run ? 0 : live.frames.length - 1;
    if (signal.aborted || isAborted(error)) {
      this.activity = { kind: 'stopped', step, total: request.numInferenceSteps };
      return;
    }
    this.activity = { kind: 'error', message: error instanceof Error ? error.message : String(error) };
  }

  #follow(event: GenerateEvent, request: GenerateRequest, live: FaceRun | undefined): void {
    if (event.type === 'download') {
      const { loaded, total, stored } = event;
      this.activity = { kind: 'loading', loaded, total, stored };
      if (!stored) this.cost = { ...this.cost, downloaded: loaded };
    } else if (event.type === 'preparing') this.activity = { kind: 'preparing', what: event.what };
    else if (event.type === 'prompt') {
      this.reading = { prompt: request.prompt, words: event.words, truncated: event.truncated };
    } else if (live !== undefined) {
      if (event.type === 'start') this.#stepTimes = [];
      else addStep(live, event);
      this.#stepTimes.push(performance.now());
      const [step, total] = [live.frames.length - 1, totalSteps(live)];
      this.activity = { kind: 'busy', occasion: this.#occasion, step, total };
      // What nobody asked for does not move: its pictures come when they are done.
      if (this.#occasion === 'asked') this.draw(live);
    }
  }

  /** Decodes what the scrubber may come to, while nothing else is drawn. */
  protected async fillIn(): Promise<void> {
    const { started } = this.engine;
    if (started === undefined) return;
    try {
      await this.decodeMissing(started, () => this.busy);
    } catch (error) {
      // A newer generation takes precedence; anything else the reader should know.
      if (!this.busy) this.notice(error instanceof Error ? error.message : String(error));
    }
  }

  /** Asks the engine for the numbers of the cost panel. */
  protected async measure(): Promise<void> {
    const { started } = this.engine;
    if (started === undefined || this.busy || this.activity.kind === 'error') return;
    try {
      const info = await (await started).call('info', null);
      this.cost = { ...this.cost, info };
    } catch {
      // The panel keeps its last numbers.
    }
  }
}
