// Figure 0.1 at work: settings, and when they are drawn: asked for, while the reader types, when the reader rests.
import { isAborted } from '../../../engine/page/errors.ts';
import type { Engine } from '../../../engine/page/engineTypes.ts';
import { Newest } from '../../../engine/page/newest.ts';
import { OneLoad } from '../../../engine/page/oneLoad.ts';
import type { GenerateRequest, LoadEvent } from '../../../engine/protocol/messages.ts';
import { readBackend } from '../../../state/address.ts';
import { readFigure, writeFigure } from '../../../state/figureAddress.ts';
import type { CellView } from '../../kit/frame/cellState.svelte.ts';
import { LateAddress } from '../../kit/frame/lateAddress.ts';
import { isBusy, phaseOf, type Phase } from '../../kit/frame/phase.ts';
import {
  generateInPage,
  type DoneGeneration,
  type Follow,
  type Generation,
  type View,
} from '../../kit/player/generation.ts';
import { Player } from '../../kit/player/player.svelte.ts';
import type { Reading } from '../../kit/prompt/promptWords.ts';
import { drawing, drawn, sketched, stoppedAfter, type Cost, type Trigger } from './faceText.ts';
import definition, { recordedSettings, type FaceSettings } from './figure.ts';
import {
  fullRequest,
  mayFollow,
  NUM_IMAGES,
  msPerCallOf,
  quickRequest,
  sameDrawing,
  settingsFor,
  type FaceModel,
} from './modelPolicy.ts';
import { TypingTrigger } from './typingTrigger.ts';

export interface FaceOptions {
  /** The notebook's model, which drew the recorded pictures. */
  readonly model: FaceModel;
  /** Makes the engine; called by the first drawing. */
  readonly createEngine: () => Promise<Engine>;
  /** Whether the reader's connection is to be spared: then typing downloads nothing. */
  readonly sparing: () => boolean;
  /** Called once the figure is on the page, and when it goes back to the recorded result. */
  readonly start: () => void;
}

/** A drawing while it is made. */
interface Work {
  readonly request: GenerateRequest;
  readonly signal: AbortSignal;
}

/** The lower of the two in the middle, where there are two: of two steps the first may have warmed up the backend. */
function median(values: readonly number[]): number | undefined {
  return [...values].sort((a, b) => a - b)[(values.length - 1) >> 1];
}

export class Face implements CellView {
  readonly player = new Player({ numImages: NUM_IMAGES, position: recordedSettings.steps });
  settings: FaceSettings = $state.raw(recordedSettings);
  phase: Phase = $state.raw({ kind: 'recorded' });
  /** While the first picture stands there as the newest thing: how long it took, and whether the others follow. */
  sketch: { readonly ms: number; readonly follows: boolean } | undefined = $state.raw();
  notices: readonly string[] = $state.raw([]);
  cost: Cost = $state.raw({});
  /** What the model made of a prompt; undefined until it has read one. */
  reading: Reading | undefined = $state.raw();
  /** The prompt as it was when the reader last rested: words are checked in it, not while they are typed. */
  checkedPrompt = $state(recordedSettings.prompt);

  readonly #options: FaceOptions;
  /** The model that the next drawing uses. */
  #model: FaceModel = $state.raw({
    name: '',
    quick: { name: '', steps: 1, guidance: 1, bytes: 0, shared: 0 },
  });
  #trigger: Trigger = $state('asked');
  /** False from a key until the reader rests: what the status line says meanwhile is not spoken. */
  #rested = $state(true);
  /** What was set when the last drawing was begun; a student has its own steps and guidance. */
  #drawnAt: Pick<FaceSettings, 'guidance' | 'steps'> = $state.raw({ guidance: 1, steps: 1 });
  /** After a failure typing draws no more until Generate did. */
  #failed = false;
  /** The reader typed while Generate's drawing was made: it is answered afterwards. */
  #unanswered = false;
  /** Milliseconds that a call of the network took in the last quick picture. */
  #msPerCall: number | undefined;

  readonly #engine: OneLoad;
  readonly #newest = new Newest();
  /** What is being drawn. */
  #work: Work | undefined;
  #stepTimes: number[] = [];
  readonly #typing = new TypingTrigger({ draw: () => this.#answer(), read: () => this.#read() });
  readonly #address = new LateAddress(() => this.link());

  readonly busy = $derived.by(() => isBusy(this.phase));
  /** True while Generate's drawing is made; one that typing began gives way to anything. */
  readonly asked = $derived.by(() => this.busy && this.#trigger === 'asked');
  /** True while screen readers are spared the status line. */
  readonly hushed = $derived.by(
    () => !this.#rested && (this.phase.kind === 'busy' || this.sketch !== undefined) && !this.asked,
  );
  /** True when the settings are no longer those of the pictures. */
  readonly stale = $derived.by(() => {
    const { run } = this.player;
    return !this.asked && run !== undefined && !this.#isCurrent(run.request);
  });
  /** True where typing is enough to draw. */
  readonly answers = $derived.by(() => this.settings.typing && !this.#options.sparing());

  constructor(options: FaceOptions) {
    this.#options = options;
    this.#model = options.model;
    this.#engine = new OneLoad(options.createEngine, (message) => this.notice(message));
  }

  get live(): boolean {
    return this.player.live;
  }

  /** The name of the model that Generate uses. */
  get modelName(): string {
    return this.#model.name;
  }

  /** The name of the model that draws while the reader types. */
  get quickName(): string {
    return this.#quick().model;
  }

  /** Adds a sentence below the figure, once. */
  notice(sentence: string): void {
    if (!this.notices.includes(sentence)) this.notices = [...this.notices, sentence];
  }

  /** Draws with another model from now on; undefined: the notebook's. Settings that were not touched follow it. */
  useModel(model: FaceModel | undefined): void {
    const next = model ?? this.#options.model;
    if (next.name === this.#model.name) return;
    const { settings: before = recordedSettings } = this.#model;
    this.stop();
    this.#model = next;
    this.#msPerCall = undefined;
    this.reading = undefined;
    this.settings = settingsFor(this.settings, before, next.settings ?? recordedSettings);
    this.checkedPrompt = this.settings.prompt;
  }

  /** Changes settings and, a moment later, the address. */
  set(change: Partial<FaceSettings>): void {
    this.settings = { ...this.settings, ...change };
    this.#address.follow();
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
  scrub(position: number): void {
    this.#stay();
    this.player.scrub(position);
    void this.#fillIn();
  }

  setView(view: View): void {
    this.#stay();
    this.player.setView(view);
    void this.#fillIn();
  }

  async generate(): Promise<void> {
    if (this.asked || this.phase.kind === 'impossible') return;
    this.#typing.leave();
    this.#failed = this.#unanswered = false;
    this.#address.write();
    this.notices = [];
    await this.#perform('asked');
  }

  /** Ends what is being loaded and drawn. */
  stop(): void {
    this.#unanswered = false;
    this.#typing.leave();
    this.#engine.stop();
    this.#newest.stop();
  }

  /** Back to the recorded result and its settings. */
  reset(): void {
    this.stop();
    const { settings = recordedSettings } = this.#model;
    const { prompt, guidance, steps } = settings;
    this.set({ ...recordedSettings, prompt, guidance, steps });
    this.player.forget();
    this.reading = undefined;
    this.#enter({ kind: 'recorded' });
    this.#options.start();
  }

  link(): string {
    return writeFigure(window.location.search, definition.number, definition.fields, this.settings);
  }

  mount(): () => void {
    const { search } = window.location;
    const { given, notices } = readFigure(search, definition.number, definition.fields);
    const { notice } = readBackend(search);
    this.settings = { ...this.settings, ...given };
    this.checkedPrompt = this.settings.prompt;
    this.notices = notice === undefined ? notices : [...notices, notice];
    this.#options.start();
    return () => {
      this.stop();
      this.#typing.cancel();
    };
  }

  /** Whether typing draws now: not for those who pay for every byte, unless the engine runs anyway. */
  get #draws(): boolean {
    if (this.phase.kind === 'impossible' || this.#failed || !this.settings.typing) return false;
    return this.answers || this.#engine.started !== undefined;
  }

  #answer(): void {
    const toCome = this.#work?.request ?? this.player.run?.request;
    if (this.asked) this.#unanswered = true;
    else if (this.#draws && (toCome === undefined || !this.#isCurrent(toCome))) void this.#perform('typed');
  }

  #read(): void {
    this.checkedPrompt = this.settings.prompt;
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
    if (this.sketch?.follows === true)
      this.#enter(sketched(this.sketch.ms, false), { ...this.sketch, follows: false });
  }

  #enter(phase: Phase, sketch?: Face['sketch']): void {
    this.phase = phase;
    this.sketch = sketch;
  }

  #full(): GenerateRequest {
    return fullRequest(
      this.modelName,
      this.settings,
      this.player.view === 'predicted' ? 'predX0' : 'latents',
    );
  }

  #quick(numImages = 1): GenerateRequest {
    const { name, quick } = this.#model;
    const { guidance, steps } = this.settings;
    // Where the connection is to be spared there is no second model: what Generate brought draws quickly, too.
    const model = this.#options.sparing()
      ? { name, quick: { ...quick, name, guidance, steps } }
      : this.#model;
    const msPerCall = this.#msPerCall === undefined ? {} : { msPerCall: this.#msPerCall };
    return quickRequest(model, this.settings, { ...msPerCall, numImages });
  }

  /** All four for a reader who rests: those of Generate, or those of its student where it is not here or takes long. */
  #four(): GenerateRequest {
    const [full, quick] = [this.#full(), this.#quick(NUM_IMAGES)];
    const fits =
      this.#engine.has(full.model) && (this.#msPerCall === undefined || mayFollow(full, this.#msPerCall));
    return fits || quick.model === full.model ? full : quick;
  }

  #isCurrent(request: GenerateRequest): boolean {
    if (request.model === this.modelName)
      return [this.#full(), this.#quick()].some((own) => sameDrawing(request, own));
    const { guidance, steps } = this.settings;
    const untouched = guidance === this.#drawnAt.guidance && steps === this.#drawnAt.steps;
    return untouched && sameDrawing(request, this.#quick(request.numImages));
  }

  async #perform(trigger: Trigger): Promise<void> {
    const request = { asked: () => this.#full(), typed: () => this.#quick(), rested: () => this.#four() };
    this.#drawnAt = this.settings;
    if (!(await this.#draw(request[trigger](), trigger))) return;
    this.#failed = this.phase.kind === 'error';
    if (trigger === 'typed' && this.sketch !== undefined) return;
    if (this.#unanswered) {
      this.#unanswered = false;
      if (this.#draws && this.stale) return this.#perform('typed');
    }
    await this.#measure();
    await this.#fillIn();
  }

  /**
   * Draws. Only what was begun last counts: it takes the place of what is being drawn.
   * @returns false where something else took its place
   */
  async #draw(request: GenerateRequest, trigger: Trigger): Promise<boolean> {
    const signal = this.#newest.begin();
    const work: Work = (this.#work = { request, signal });
    const isNewest = (): boolean => this.#work === work;
    this.#trigger = trigger;
    // Another model's load, which typing began, would come first.
    if (trigger === 'asked') this.#engine.stop(request.model);
    if (this.#engine.has(request.model)) this.#enter(drawing(trigger, 0, request.numInferenceSteps));
    else if (!this.busy) this.#enter({ kind: 'preparing', what: 'start' });
    this.player.follow();
    let live: Generation | undefined;
    const onEvent: Follow['onEvent'] = (event, run) => {
      live = run;
      if (isNewest() && !signal.aborted) this.#follow(event, request, run);
    };
    // A load that typing began goes on for whatever is drawn next.
    const onLoad = (event: LoadEvent): void => {
      const present = this.#work;
      if (present?.request.model === request.model && !present.signal.aborted) this.#followLoad(event);
    };
    try {
      const engine = await this.#engine.start();
      if (trigger === 'typed') await this.#engine.load(request.model, onLoad);
      if (!isNewest()) return false;
      const onOwnLoad = (event: LoadEvent): void => {
        if (isNewest()) onLoad(event);
      };
      const run = await generateInPage(engine, request, { signal, onLoad: onOwnLoad, onEvent });
      if (!isNewest()) return false;
      this.player.show(run);
      this.#drew(run, trigger);
    } catch (error) {
      if (!isNewest()) return false;
      const step = live === undefined || live !== this.player.run ? 0 : live.frames.length - 1;
      if (signal.aborted || isAborted(error)) this.#enter(stoppedAfter(step, request.numInferenceSteps));
      else this.#enter({ kind: 'error', message: error instanceof Error ? error.message : String(error) });
    } finally {
      if (isNewest()) this.#work = undefined;
    }
    return true;
  }

  #followLoad(event: LoadEvent): void {
    this.#enter(phaseOf(event));
    if (event.type === 'download' && !event.stored) this.cost = { ...this.cost, downloaded: event.loaded };
  }

  #follow(
    event: Parameters<NonNullable<Follow['onEvent']>>[0],
    { prompt }: GenerateRequest,
    run: Generation | undefined,
  ): void {
    if (event.type === 'prompt') this.reading = { prompt, words: event.words, truncated: event.truncated };
    if (event.type === 'prompt' || run === undefined) return;
    if (event.type === 'start') this.#stepTimes = [];
    this.#stepTimes.push(performance.now());
    this.#enter(drawing(this.#trigger, run.frames.length - 1, run.timesteps.length));
    // What nobody asked for does not move: its pictures come when they are done.
    if (this.#trigger === 'asked') this.player.show(run);
  }

  /** A drawing is there: says so, and what follows. */
  #drew({ request, ms, backend }: DoneGeneration, trigger: Trigger): void {
    // Previews included.
    const msPerStep = median(this.#stepTimes.slice(1).map((time, i) => time - this.#stepTimes[i]!));
    if (trigger !== 'typed') {
      this.#enter(drawn(ms, backend));
      this.cost = { ...this.cost, ...(msPerStep !== undefined && { msPerStep }) };
      return;
    }
    this.#msPerCall = msPerStep === undefined ? undefined : msPerCallOf(request, msPerStep);
    const follows = this.#msPerCall !== undefined && mayFollow(this.#four(), this.#msPerCall);
    this.#enter(sketched(ms, follows), { ms, follows });
    this.#typing.follow(() => void (follows ? this.#perform('rested') : this.#fillIn()));
  }

  /** Decodes what the scrubber may come to, while nothing else is drawn. */
  async #fillIn(): Promise<void> {
    const { started } = this.#engine;
    if (started === undefined) return;
    try {
      await this.player.decodeMissing(started, () => this.busy);
    } catch (error) {
      // A newer generation takes precedence; anything else the reader should know.
      if (!this.busy) this.notice(error instanceof Error ? error.message : String(error));
    }
  }

  /** Asks the engine for the numbers of the cost panel. */
  async #measure(): Promise<void> {
    const { started } = this.#engine;
    if (started === undefined || this.busy || this.phase.kind === 'error') return;
    try {
      const info = await (await started).call('info', null);
      this.cost = { ...this.cost, info };
    } catch {
      // The panel keeps its last numbers.
    }
  }
}
