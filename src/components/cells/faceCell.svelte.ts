// The state of figure 0.1: settings, what is running, and what typing begins. What there is to see: faceShown.svelte.ts.
import { isAborted } from '../../client/errors.ts';
import type { GenerateEvent, GenerateRequest, GenerateResult, LoadEvent } from '../../protocol.ts';
import { readFaceAddress, replaceFaceAddress, writeFaceAddress, type FaceSettings } from './faceAddress.ts';
import { FaceEngine } from './faceEngine.ts';
import {
  fullRequest,
  mayFollow,
  quickRequest,
  sameDrawing,
  settingsFor,
  type FaceModel,
} from './faceRequest.ts';
import { addStep, finishRun, startRun, totalSteps, type FaceRun } from './faceRun.ts';
import { FaceShown } from './faceShown.svelte.ts';
import { isBusy, type Occasion, type Phase } from './faceStatus.ts';
import type { Cost, FaceCellOptions, Reading, Work } from './faceTypes.ts';
import { Typing } from './faceTyping.ts';
import type { CellView } from './frame/cellState.svelte.ts';
import type { Phase as FramePhase } from './frame/phase.ts';

/** Changes of the address wait this long, so that dragging a slider is one change. Milliseconds. */
const ADDRESS_DELAY = 300;

function median(values: readonly number[]): number | undefined {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

export class FaceCell extends FaceShown implements CellView {
  settings: FaceSettings = $state.raw({
    prompt: '',
    negative: '',
    seed: 0,
    guidance: 1,
    steps: 1,
    typing: true,
  });
  /** What the figure's own status line says; the frame's stays empty. */
  activity: Phase = $state.raw({ kind: 'recorded' });
  readonly phase: FramePhase = { kind: 'recorded' };
  /** The prompt as it was when the reader last rested: words are judged in it, not while they are typed. */
  judged = $state('');
  /** What the model made of a prompt; undefined until it has read one. */
  reading: Reading | undefined = $state.raw();
  notices: readonly string[] = $state.raw([]);
  cost: Cost = $state.raw({});
  /** The model that the next drawing uses. */
  #model: FaceModel = $state.raw({ name: '', quick: { name: '', steps: 1, guidance: 1, bytes: 0 } });
  #occasion: Occasion = $state('asked');
  /** False from a key until the reader rests: what the status line says meanwhile is not spoken. */
  #rested = $state(true);

  busy = $derived(isBusy(this.activity));
  /** True while Generate's drawing is made; one that typing began gives way to anything. */
  asked = $derived(this.busy && this.#occasion === 'asked');
  /** True while screen readers are spared the status line. */
  hushed = $derived(
    !this.#rested && (this.activity.kind === 'busy' || this.activity.kind === 'sketched') && !this.asked,
  );
  /** True when the settings are no longer those of the pictures. */
  stale = $derived(!this.asked && this.run !== undefined && !this.#isCurrent(this.run.request));
  /** True where typing is enough to draw. */
  answers = $derived.by(() => this.settings.typing && !this.#options.sparing());

  /** The name of the model that Generate uses. */
  get modelName(): string {
    return this.#model.name;
  }

  /** What a first key downloads; undefined where typing does not draw. */
  get quickBytes(): number | undefined {
    return this.answers ? this.#model.quick.bytes : undefined;
  }

  readonly #options: FaceCellOptions;
  readonly #engine: FaceEngine;
  readonly #typing = new Typing({ draw: () => this.#answer(), read: () => this.#read() });
  #work: Work | undefined;
  /** After a failure typing draws no more until Generate did. */
  #failed = false;
  /** The reader typed while Generate's drawing was made: it is answered afterwards. */
  #unanswered = false;
  #stepTimes: number[] = [];
  /** Milliseconds a step of the last quick picture. */
  #pace: number | undefined;
  #addressTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: FaceCellOptions) {
    super();
    this.#options = options;
    this.#model = options.model;
    this.#engine = new FaceEngine(options.createEngine, (message) => this.notice(message));
    this.settings = options.settings;
    this.judged = options.settings.prompt;
    this.position = options.position;
  }

  /** Draws with another model from now on; undefined: the notebook's. Settings that were not touched follow it. */
  useModel(model: FaceModel | undefined): void {
    const next = model ?? this.#options.model;
    if (next.name === this.#model.name) return;
    const [before, after] = [this.#model, next].map(({ settings }) => settings ?? this.#options.settings);
    this.stop();
    this.#model = next;
    this.#pace = undefined;
    this.reading = undefined;
    this.settings = settingsFor(this.settings, before!, after!);
    this.judged = this.settings.prompt;
  }

  /** Changes settings and, a moment later, the address. */
  set(change: Partial<FaceSettings>): void {
    this.settings = { ...this.settings, ...change };
    clearTimeout(this.#addressTimer);
    this.#addressTimer = setTimeout(() => replaceFaceAddress(this.settings), ADDRESS_DELAY);
  }

  /** Changes a sentence. Where typing draws, a quick picture follows a moment after the last change. */
  say(change: Partial<Pick<FaceSettings, 'prompt' | 'negative'>>): void {
    this.set(change);
    this.#rested = false;
    this.#typing.key(this.#draws);
  }

  /** Switches drawing while typing on or off. Off also ends the drawing that typing began. */
  setTyping(typing: boolean): void {
    this.set({ typing });
    if (typing && this.stale) this.#typing.key(this.#draws);
    else if (!typing) this.#leave();
  }

  /** Moves all pictures to `position`, as far as there is something to see. */
  override scrub(position: number): void {
    this.#stay();
    super.scrub(position);
    void this.#fillIn();
  }

  stop(): void {
    this.#unanswered = false;
    this.#typing.leave();
    this.#engine.stopLoading();
    this.#work?.controller.abort();
  }

  /** Back to the recorded result and its settings. */
  reset(): void {
    this.stop();
    const { settings = this.#options.settings } = this.#model;
    const { prompt, guidance, steps } = settings;
    this.set({ ...this.#options.settings, prompt, guidance, steps });
    this.forget();
    this.reading = undefined;
    this.activity = { kind: 'recorded' };
    this.#options.start();
  }

  link(): string {
    return writeFaceAddress(this.settings, window.location.search);
  }

  mount(): () => void {
    const { settings, notices } = readFaceAddress(window.location.search, this.settings);
    this.settings = settings;
    this.judged = settings.prompt;
    this.notices = notices;
    this.#options.start();
    return () => {
      this.stop();
      this.#typing.cancel();
    };
  }

  /** Adds a sentence below the figure, once. */
  notice(sentence: string): void {
    if (!this.notices.includes(sentence)) this.notices = [...this.notices, sentence];
  }

  async generate(): Promise<void> {
    if (this.asked || this.activity.kind === 'impossible') return;
    this.#typing.leave();
    this.#failed = this.#unanswered = false;
    clearTimeout(this.#addressTimer);
    replaceFaceAddress(this.settings);
    this.notices = [];
    await this.#perform('asked');
  }

  /** Whether typing draws now: not for those who pay for every byte, unless the engine runs anyway. */
  get #draws(): boolean {
    if (this.activity.kind === 'impossible' || this.#failed || !this.settings.typing) return false;
    return this.answers || this.#engine.started !== undefined;
  }

  #answer(): void {
    const toCome = this.#work?.request ?? this.run?.request;
    if (this.asked) this.#unanswered = true;
    else if (this.#draws && (toCome === undefined || !this.#isCurrent(toCome))) void this.#perform('typed');
  }

  #read(): void {
    this.judged = this.settings.prompt;
    this.#rested = true;
  }

  /** The reader does something else: nothing more is drawn unasked. */
  #leave(): void {
    if (this.busy && !this.asked) this.stop();
    this.#typing.leave();
    this.#stay();
  }

  /** The first picture stays alone. */
  #stay(): void {
    this.#typing.stay();
    if (this.activity.kind === 'sketched') this.activity = { ...this.activity, follows: false };
  }

  /** Draws. Only what was begun last counts: it takes the place of what is being drawn. */
  async #perform(occasion: Occasion): Promise<void> {
    const request = occasion === 'typed' ? this.#quick() : this.#full();
    const work: Work = (this.#work = { request, controller: new AbortController() });
    const { signal } = work.controller;
    const isNewest = (): boolean => this.#work === work;
    this.#occasion = occasion;
    if (this.#engine.has(request.model))
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
      if (this.#work?.controller.signal.aborted === false) this.#follow(event, request, undefined);
    };
    try {
      const engine = await this.#engine.start();
      if (occasion === 'typed') await this.#engine.load(request.model, followLoad);
      if (!isNewest()) return;
      const result = await engine.generate(request, { signal, onEvent: follow });
      if (!isNewest() || live === undefined) return;
      finishRun(live, result.images);
      this.#engine.used(request.model);
      this.draw(live);
      this.#say(result, request);
    } catch (error) {
      if (!isNewest()) return;
      this.#fail(error, work, live);
    } finally {
      if (isNewest()) this.#work = undefined;
    }
    if (this.#work !== undefined) return;
    if (occasion === 'typed' && this.activity.kind === 'sketched') return;
    if (this.#unanswered) {
      this.#unanswered = false;
      if (this.#draws && this.stale) return this.#perform('typed');
    }
    await this.#measure();
    await this.#fillIn();
  }

  /** Says what was drawn, and what follows. */
  #say({ ms, backend }: GenerateResult, request: GenerateRequest): void {
    // The median: the first step may also warm up the backend.
    const msPerStep = median(this.#stepTimes.slice(1).map((time, i) => time - this.#stepTimes[i]!));
    if (this.#occasion !== 'typed') {
      this.activity = { kind: 'done', ms, backend: backend.label };
      this.cost = { ...this.cost, ...(msPerStep !== undefined && { msPerStep }) };
      return;
    }
    this.#pace = msPerStep;
    const full = this.#full();
    const follows =
      msPerStep !== undefined && this.#engine.has(full.model) && mayFollow(full, request, msPerStep);
    this.activity = { kind: 'sketched', ms, follows };
    this.#typing.follow(() => void (follows ? this.#perform('rested') : this.#fillIn()));
  }

  #fail(error: unknown, { request, controller }: Work, live: FaceRun | undefined): void {
    const step = live === undefined || live !== this.run ? 0 : live.frames.length - 1;
    if (controller.signal.aborted || (isAborted(error) && this.#occasion !== 'asked')) {
      this.activity = { kind: 'stopped', step, total: request.numInferenceSteps };
      return;
    }
    this.#failed = true;
    this.#engine.failed();
    this.activity = { kind: 'error', message: error instanceof Error ? error.message : String(error) };
  }

  #full(): GenerateRequest {
    return fullRequest(this.#model, this.settings, this.view === 'predicted' ? 'predX0' : 'latents');
  }

  #quick(): GenerateRequest {
    return quickRequest(this.#model, this.settings, this.#pace);
  }

  #isCurrent(request: GenerateRequest): boolean {
    return sameDrawing(request, this.#full()) || sameDrawing(request, this.#quick());
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

  async #fillIn(): Promise<void> {
    const { started } = this.#engine;
    if (started === undefined) return;
    try {
      await this.decodeMissing(started, () => this.busy);
    } catch (error) {
      // A newer generation takes precedence; anything else the reader should know.
      if (!this.busy) this.notice(error instanceof Error ? error.message : String(error));
    }
  }

  async #measure(): Promise<void> {
    const { started } = this.#engine;
    if (started === undefined || this.busy || this.activity.kind === 'error') return;
    try {
      const info = await (await started).info();
      this.cost = { ...this.cost, info };
    } catch {
      // The panel keeps its last numbers.
    }
  }
}
