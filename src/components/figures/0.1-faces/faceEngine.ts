// The engine as figure 0.1 uses it: made by the first drawing, and each model loaded once, however often that is asked.
import type { Engine } from '../../../engine/page/engineTypes.ts';
import type { LoadEvent } from '../../../engine/protocol/messages.ts';

/** Whole models that the worker keeps (src/engine/worker/wholeModels.ts). */
const KEPT = 2;

interface Loading {
  readonly model: string;
  readonly controller: AbortController;
  readonly done: Promise<unknown>;
}

export class FaceEngine {
  readonly #create: () => Promise<Engine>;
  readonly #onNotice: (message: string) => void;
  #engine: Promise<Engine> | undefined;
  #loading: Loading | undefined;
  /** The models used last, the last one first: as many as the worker keeps. */
  #here: readonly string[] = [];

  constructor(create: () => Promise<Engine>, onNotice: (message: string) => void) {
    this.#create = create;
    this.#onNotice = onNotice;
  }

  /** The engine, if anything has started it. */
  get started(): Promise<Engine> | undefined {
    return this.#engine;
  }

  start(): Promise<Engine> {
    this.#engine ??= this.#create().then((engine) => {
      engine.onNotice(this.#onNotice);
      return engine;
    });
    this.#engine.catch(() => (this.#engine = undefined));
    return this.#engine;
  }

  /** True while `model` is one of the two that this figure used last. */
  has(model: string): boolean {
    return this.#here.includes(model);
  }

  /** To be called when `model` has drawn. */
  used(model: string): void {
    this.#here = [model, ...this.#here.filter((name) => name !== model)].slice(0, KEPT);
  }

  /** To be called after a failure: nobody knows what is still here. */
  failed(): void {
    this.#here = [];
  }

  /** Loads a model that is not here yet; a call that comes meanwhile waits for the same load. */
  async load(model: string, onEvent: (event: LoadEvent) => void): Promise<void> {
    const engine = await this.start();
    if (this.has(model)) return;
    if (this.#loading?.model !== model) {
      this.stopLoading();
      const controller = new AbortController();
      const done = engine.call('load', { model }, { signal: controller.signal, onEvent });
      const loading: Loading = { model, controller, done };
      this.#loading = loading;
      const ended = (loaded: boolean): void => {
        if (this.#loading !== loading) return;
        this.#loading = undefined;
        if (loaded) this.used(model);
      };
      done.then(
        () => ended(true),
        () => ended(false),
      );
    }
    await this.#loading.done;
  }

  /** Ends a load that is under way, unless it is that of `exceptFor`. */
  stopLoading(exceptFor?: string): void {
    if (this.#loading?.model === exceptFor) return;
    this.#loading?.controller.abort();
    this.#loading = undefined;
  }
}
