// The state of figure 0.1: settings, what is running, what there is to see. No drawing here.
import type { Engine } from '../../client/engineTypes.ts';
import type { EngineInfo, GenerateEvent, GenerateRequest, PromptWord } from '../../protocol.ts';
import { readFaceAddress, replaceFaceAddress, writeFaceAddress, type FaceSettings } from './faceAddress.ts';
import {
  addStep,
  finishRun,
  nextMissing,
  reached,
  startRun,
  totalSteps,
  type FaceRun,
  type View,
} from './faceRun.ts';
import { isBusy, type Phase } from './faceStatus.ts';
import type { CellView } from './frame/cellState.svelte.ts';
import type { Phase as FramePhase } from './frame/phase.ts';

const NUM_IMAGES = 4;
/** Changes of the address wait this long, so that dragging a slider is one change. Milliseconds. */
const ADDRESS_DELAY = 300;

/** Numbers for the cost panel; each appears when it has been measured. */
export interface Cost {
  readonly info?: EngineInfo;
  readonly downloaded?: number;
  /** Milliseconds from one step to the next, the preview included; the median. */
  readonly msPerStep?: number;
}

/** A prompt as the model's tokenizer found it. */
export interface Reading {
  readonly prompt: string;
  readonly words: readonly PromptWord[];
  /** True when the end of the prompt was left out. */
  readonly truncated: boolean;
}

/** The model that draws, and the settings to begin with. */
export interface FaceModel {
  readonly name: string;
  readonly settings?: Pick<FaceSettings, 'prompt' | 'guidance' | 'steps'>;
}

export interface FaceCellOptions {
  /** The notebook's model, which drew the recorded pictures. */
  readonly model: string;
  readonly settings: FaceSettings;
  /** Where the scrubber stands before anything is there to scrub. */
  readonly position: number;
  /** Makes the engine; called at the first Generate. */
  readonly createEngine: () => Promise<Engine>;
  /** Called once the figure is on the page. */
  readonly start: () => void;
}

function median(values: readonly number[]): number | undefined {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

export class FaceCell implements CellView {
  settings: FaceSettings = $state.raw({ prompt: '', negative: '', seed: 0, guidance: 1, steps: 1 });
  view: View = $state('decoded');
  position = $state(0);
  /** What the figure's own status line says; the frame's stays empty. */
  activity: Phase = $state.raw({ kind: 'recorded' });
  readonly phase: FramePhase = { kind: 'recorded' };
  run: FaceRun | undefined = $state.raw();
  /** Goes up whenever `run` has something new to draw. */
  version = $state(0);
  /** What the model made of a prompt; undefined until it has read one. */
  reading: Reading | undefined = $state.raw();
  notices: readonly string[] = $state.raw([]);
  cost: Cost = $state.raw({});
  /** What is below the pointer, in words. */
  probe = $state('');

  /** The model that the next drawing uses. */
  #model: FaceModel = $state.raw({ name: '' });

  busy = $derived(isBusy(this.activity));
  /** True when the settings are no longer those of the pictures. */
  stale = $derived(!this.busy && this.run !== undefined && !this.#isOf(this.run.request));

  /** True while the picture at the scrubber's position is still to be decoded. */
  get waiting(): boolean {
    if (this.version < 0 || this.run === undefined || this.view === 'latents') return false;
    return this.run.frames[this.position]?.[this.view] === undefined;
  }

  /** The last position with something to see in the present view; undefined before there is a run. */
  get reach(): number | undefined {
    return this.version >= 0 && this.run !== undefined ? reached(this.run, this.view) : undefined;
  }

  readonly #options: FaceCellOptions;
  #engine: Promise<Engine> | undefined;
  #controller: AbortController | undefined;
  #following = true;
  #filling = false;
  #stepTimes: number[] = [];
  #addressTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: FaceCellOptions) {
    this.#options = options;
    this.#model = { name: options.model };
    this.settings = options.settings;
    this.position = options.position;
  }

  /** Draws with another model from now on; undefined: the notebook's. Settings that were not touched follow it. */
  useModel(model: FaceModel | undefined): void {
    const next = model ?? { name: this.#options.model };
    if (next.name === this.#model.name) return;
    const [before, after] = [this.#model.settings, next.settings].map(
      (settings) => settings ?? this.#options.settings,
    ) as [NonNullable<FaceModel['settings']>, NonNullable<FaceModel['settings']>];
    const { prompt, guidance, steps } = this.settings;
    this.stop();
    this.#model = next;
    this.reading = undefined;
    this.settings = {
      ...this.settings,
      ...(prompt === before.prompt && { prompt: after.prompt }),
      ...(guidance === before.guidance && { guidance: after.guidance }),
      ...(steps === before.steps && { steps: after.steps }),
    };
  }

  /** Changes settings and, a moment later, the address. */
  set(change: Partial<FaceSettings>): void {
    this.settings = { ...this.settings, ...change };
    clearTimeout(this.#addressTimer);
    this.#addressTimer = setTimeout(() => replaceFaceAddress(this.settings), ADDRESS_DELAY);
  }

  /** Shows a recorded run, unless something live is there already. */
  showRecording(run: FaceRun): void {
    if (this.run !== undefined) return;
    this.run = run;
    this.position = totalSteps(run);
  }

  setView(view: View): void {
    this.view = view;
    if (this.run !== undefined) this.scrub(this.#following ? reached(this.run, view) : this.position);
  }

  /** Moves all pictures to `position`, as far as there is something to see. */
  scrub(position: number): void {
    if (this.run === undefined) return;
    const furthest = reached(this.run, this.view);
    this.position = Math.max(0, Math.min(position, furthest));
    this.#following = position >= furthest;
    void this.#fillIn();
  }

  /** True once something was drawn here. */
  get live(): boolean {
    return this.version >= 0 && this.run?.recorded === false;
  }

  stop(): void {
    this.#controller?.abort();
  }

  /** Back to the recorded result and its settings. */
  reset(): void {
    this.stop();
    const { settings = this.#options.settings } = this.#model;
    const { prompt, guidance, steps } = settings;
    this.set({ ...this.#options.settings, prompt, guidance, steps });
    this.run = undefined;
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
    this.notices = notices;
    this.#options.start();
    return () => this.stop();
  }

  /** Adds a sentence below the figure, once. */
  notice(sentence: string): void {
    if (!this.notices.includes(sentence)) this.notices = [...this.notices, sentence];
  }

  async generate(): Promise<void> {
    if (this.busy || this.activity.kind === 'impossible') return;
    const request = this.#request();
    clearTimeout(this.#addressTimer);
    replaceFaceAddress(this.settings);
    const controller = (this.#controller = new AbortController());
    this.activity = { kind: 'preparing', what: 'start' };
    this.notices = [];
    this.#following = true;
    let live: FaceRun | undefined;
    try {
      const engine = await this.#start();
      const result = await engine.generate(request, {
        signal: controller.signal,
        onEvent: (event) => {
          if (event.type === 'start') live = startRun(request, event);
          if (!controller.signal.aborted) this.#follow(event, request.prompt, live);
        },
      });
      if (live === undefined) return;
      finishRun(live, result.images);
      this.#draw(live);
      this.activity = { kind: 'done', ms: result.ms, backend: result.backend.label };
      const msPerStep = median(this.#stepTimes.slice(1).map((time, i) => time - this.#stepTimes[i]!));
      this.cost = { ...this.cost, ...(msPerStep !== undefined && { msPerStep }) };
    } catch (error) {
      const step = this.run === live && live !== undefined ? live.frames.length - 1 : 0;
      this.activity = controller.signal.aborted
        ? { kind: 'stopped', step, total: request.numInferenceSteps }
        : { kind: 'error', message: error instanceof Error ? error.message : String(error) };
    } finally {
      this.#controller = undefined;
    }
    await this.#measure();
    await this.#fillIn();
  }

  #request(): GenerateRequest {
    const { prompt, negative, seed, guidance, steps } = this.settings;
    return {
      model: this.#model.name,
      prompt,
      ...(negative !== '' && { negativePrompt: negative }),
      seed,
      guidanceScale: guidance,
      numInferenceSteps: steps,
      numImages: NUM_IMAGES,
      previewOf: this.view === 'predicted' ? 'predX0' : 'latents',
    };
  }

  #isOf(request: GenerateRequest): boolean {
    const { prompt, negative, seed, guidance, steps } = this.settings;
    return (
      this.#model.name === request.model &&
      prompt === request.prompt &&
      negative === (request.negativePrompt ?? '') &&
      seed === request.seed &&
      guidance === request.guidanceScale &&
      steps === request.numInferenceSteps
    );
  }

  #start(): Promise<Engine> {
    this.#engine ??= this.#options.createEngine().then((engine) => {
      engine.onNotice((message) => {
        this.notice(message);
      });
      return engine;
    });
    this.#engine.catch(() => (this.#engine = undefined));
    return this.#engine;
  }

  #follow(event: GenerateEvent, prompt: string, live: FaceRun | undefined): void {
    if (event.type === 'download') {
      const { loaded, total, stored } = event;
      this.activity = { kind: 'loading', loaded, total, stored };
      if (!stored) this.cost = { ...this.cost, downloaded: loaded };
    } else if (event.type === 'preparing') this.activity = { kind: 'preparing', what: event.what };
    else if (event.type === 'prompt') {
      this.reading = { prompt, words: event.words, truncated: event.truncated };
    } else if (live !== undefined) {
      if (event.type === 'start') this.#stepTimes = [];
      else addStep(live, event);
      this.#stepTimes.push(performance.now());
      this.activity = { kind: 'busy', step: live.frames.length - 1, total: totalSteps(live) };
      this.#draw(live);
    }
  }

  #draw(live: FaceRun): void {
    this.run = live;
    this.version++;
    if (this.#following) this.position = reached(live, this.view);
  }

  /** Decodes what the current view lacks, nearest to the scrubber first, while nothing else is running. */
  async #fillIn(): Promise<void> {
    if (this.#filling || this.#engine === undefined) return;
    this.#filling = true;
    try {
      const engine = await this.#engine;
      for (;;) {
        const run = this.run;
        const { view } = this;
        if (run === undefined || run.recorded || this.busy) break;
        const missing = nextMissing(run, view, this.position);
        if (missing === undefined || view === 'latents') break;
        const rgba = await engine.decode(missing.latents, run.sizes.numImages, { model: run.request.model });
        missing.frame[view] = { rgba, exact: true };
        this.version++;
      }
    } catch (error) {
      // A newer generation takes precedence; anything else the reader should know.
      if (!this.busy)
        this.notices = [...this.notices, error instanceof Error ? error.message : String(error)];
    } finally {
      this.#filling = false;
    }
  }

  async #measure(): Promise<void> {
    if (this.#engine === undefined || this.busy || this.activity.kind === 'error') return;
    try {
      this.cost = { ...this.cost, info: await (await this.#engine).info() };
    } catch {
      // The panel keeps its last numbers.
    }
  }
}
