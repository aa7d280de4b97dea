// The page's engine as a figure uses it that draws unasked: made by the first drawing, and one model loaded at a time, once.
import type { LoadEvent } from '../protocol/messages.ts';
import type { Engine } from './engineTypes.ts';

interface Loading {
  readonly model: string;
  readonly controller: AbortController;
  readonly done: Promise<unknown>;
}

export class OneLoad {
  readonly #create: () => Promise<Engine>;
  readonly #onNotice: (message: string) => void;
  #engine: Promise<Engine> | undefined;
  #loading: Loading | undefined;
  #made: Engine | undefined;

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
      this.#made = engine;
      return engine;
    });
    this.#engine.catch(() => (this.#engine = undefined));
    return this.#engine;
  }

  /** True while `model` is in the worker's memory. */
  has(model: string): boolean {
    return this.#made?.models.includes(model) ?? false;
  }

  /** Loads a model that is not here yet; a call that comes meanwhile waits for the same load. */
  async load(model: string, onEvent: (event: LoadEvent) => void): Promise<void> {
    const engine = await this.start();
    if (this.has(model)) return;
    if (this.#loading?.model !== model) {
      this.stop();
      const controller = new AbortController();
      const done = engine.call('load', { model }, { signal: controller.signal, onEvent });
      const loading: Loading = { model, controller, done };
      this.#loading = loading;
      const ended = (): void => {
        if (this.#loading === loading) this.#loading = undefined;
      };
      done.then(ended, ended);
    }
    await this.#loading.done;
  }

  /** Ends a load that is under way, unless it is that of `exceptFor`. */
  stop(exceptFor?: string): void {
    if (this.#loading?.model === exceptFor) return;
    this.#loading?.controller.abort();
    this.#loading = undefined;
  }
}
