// The state of figure 0.1: settings, and when they are drawn: asked for, while the reader types, when the reader rests.
import type { GenerateRequest, GenerateResult } from '../../../engine/protocol/messages.ts';
import { readFaceAddress, replaceFaceAddress, writeFaceAddress, type FaceSettings } from './faceAddress.ts';
import { FaceDrawing } from './faceDrawing.svelte.ts';
import {
  fullRequest,
  mayFollow,
  NUM_IMAGES,
  paceOf,
  quickRequest,
  sameDrawing,
  settingsFor,
  type FaceModel,
} from './faceRequest.ts';
import type { Occasion } from './faceStatus.ts';
import type { FaceCellOptions } from './faceTypes.ts';
import { Typing } from './faceTyping.ts';
import type { CellView } from '../../kit/frame/cellState.svelte.ts';
import type { Phase as FramePhase } from '../../kit/frame/phase.ts';

/** Changes of the address wait this long, so that dragging a slider is one change. Milliseconds. */
const ADDRESS_DELAY = 300;

export class FaceCell extends FaceDrawing implements CellView {
  settings: FaceSettings = $state.raw({
    prompt: '',
    negative: '',
    seed: 0,
    guidance: 1,
    steps: 1,
    typing: true,
  });
  readonly phase: FramePhase = { kind: 'recorded' };
  /** The prompt as it was when the reader last rested: words are judged in it, not while they are typed. */
  judged = $state('');
  /** The model that the next drawing uses. */
  #model: FaceModel = $state.raw({
    name: '',
    quick: { name: '', steps: 1, guidance: 1, bytes: 0, shared: 0 },
  });
  /** False from a key until the reader rests: what the status line says meanwhile is not spoken. */
  #rested = $state(true);

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

  /** The name of the model that draws while the reader types. */
  get quickName(): string {
    return this.#quick().model;
  }

  readonly #options: FaceCellOptions;
  readonly #typing = new Typing({ draw: () => this.#answer(), read: () => this.#read() });
  /** After a failure typing draws no more until Generate did. */
  #failed = false;
  /** The reader typed while Generate's drawing was made: it is answered afterwards. */
  #unanswered = false;
  /** Milliseconds that a call of the network took in the last quick picture. */
  #pace: number | undefined;
  /** What was set when the last drawing was begun; a student has its own steps and guidance. */
  #drawnAt: Pick<FaceSettings, 'guidance' | 'steps'> = $state.raw({ guidance: 1, steps: 1 });
  #addressTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: FaceCellOptions) {
    super(options);
    this.#options = options;
    this.#model = options.model;
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
    void this.fillIn();
  }

  override stop(): void {
    this.#unanswered = false;
    this.#typing.leave();
    super.stop();
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
    return this.answers || this.engine.started !== undefined;
  }

  #answer(): void {
    const toCome = this.work?.request ?? this.run?.request;
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

  async #perform(occasion: Occasion): Promise<void> {
    const request = { asked: () => this.#full(), typed: () => this.#quick(), rested: () => this.#four() };
    this.#drawnAt = this.settings;
    if (!(await this.perform(request[occasion](), occasion))) return;
    this.#failed = this.activity.kind === 'error';
    if (occasion === 'typed' && this.activity.kind === 'sketched') return;
    if (this.#unanswered) {
      this.#unanswered = false;
      if (this.#draws && this.stale) return this.#perform('typed');
    }
    await this.measure();
    await this.fillIn();
  }

  /** Says what was drawn, and what follows. */
  protected override drew(
    result: GenerateResult,
    request: GenerateRequest,
    occasion: Occasion,
    msPerStep: number | undefined,
  ): void {
    if (occasion !== 'typed') {
      super.drew(result, request, occasion, msPerStep);
      return;
    }
    this.#pace = msPerStep === undefined ? undefined : paceOf(request, msPerStep);
    const follows = this.#pace !== undefined && mayFollow(this.#four(), this.#pace);
    this.activity = { kind: 'sketched', ms: result.ms, follows };
    this.#typing.follow(() => void (follows ? this.#perform('rested') : this.fillIn()));
  }

  #full(): GenerateRequest {
    return fullRequest(this.#model, this.settings, this.view === 'predicted' ? 'predX0' : 'latents');
  }

  #quick(numImages = 1): GenerateRequest {
    const { name, quick } = this.#model;
    const { guidance, steps } = this.settings;
    // Where the connection is to be spared there is no second model: what Generate brought draws quickly, too.
    const model = this.#options.sparing()
      ? { name, quick: { ...quick, name, guidance, steps } }
      : this.#model;
    const pace = this.#pace === undefined ? {} : { pace: this.#pace };
    return quickRequest(model, this.settings, { ...pace, numImages });
  }

  /** All four for a reader who rests: those of Generate, or those of its student where it is not here or takes long. */
  #four(): GenerateRequest {
    const [full, quick] = [this.#full(), this.#quick(NUM_IMAGES)];
    const fits = this.engine.has(full.model) && (this.#pace === undefined || mayFollow(full, this.#pace));
    return fits || quick.model === full.model ? full : quick;
  }

  #isCurrent(request: GenerateRequest): boolean {
    if (request.model === this.#model.name)
      return [this.#full(), this.#quick()].some((own) => sameDrawing(request, own));
    const { guidance, steps } = this.settings;
    const untouched = guidance === this.#drawnAt.guidance && steps === this.#drawnAt.steps;
    return untouched && sameDrawing(request, this.#quick(request.numImages));
  }
}
