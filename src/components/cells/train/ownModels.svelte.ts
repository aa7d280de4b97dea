// The state of "your models": what is kept here, what is being opened or packed, and how that ended.
import { isAborted } from '../../../client/errors.ts';
import { storeChoice } from '../../../client/modelChoice.ts';
import { chosenModel, followChoice } from '../../../client/modelChoice.svelte.ts';
import {
  deleteOwnModel,
  listOwnModels,
  onOwnModels,
  renameOwnModel,
} from '../../../client/models/ownModels.ts';
import { pageEngine } from '../../../client/pageEngine.ts';
import type { LoadEvent } from '../../../protocol.ts';
import type { ModelExportRequest, ModelOpenRequest, ModelProgressEvent } from '../../../protocol/models.ts';
import type { OwnModel } from '../../../runs/types.ts';
import { saveAs } from '../frame/save.ts';

const DOING: Readonly<Record<ModelProgressEvent['what'], string>> = {
  read: 'Reading the files …',
  check: 'Checking every setting and every number …',
  try: 'Drawing with it once …',
  'try-slowly': 'Drawing with it once: with a model of this size this can take minutes …',
  store: 'Keeping it in this browser …',
  pack: 'Packing …',
};

export class OwnModels {
  models: readonly OwnModel[] = $state.raw([]);
  /** A sentence about what goes on or how it ended. */
  said = $state('');
  failed = $state(false);
  busy = $state(false);
  progress: number | undefined = $state();
  /** What was left out of an opened model, or made anew. */
  notes: readonly string[] = $state.raw([]);
  #controller: AbortController | undefined;

  /** Call when on the page; returns what undoes it. */
  mount(): () => void {
    followChoice();
    const refresh = (): void =>
      void listOwnModels().then(
        (models) => (this.models = models),
        (error: unknown) => this.#fail(error),
      );
    refresh();
    const stop = onOwnModels(refresh);
    return () => {
      stop();
      this.stop();
    };
  }

  stop(): void {
    this.#controller?.abort();
  }

  /** Opens a model from disk and keeps it. */
  open(request: ModelOpenRequest | undefined): Promise<void> {
    if (request === undefined) return Promise.resolve();
    followChoice();
    return this.#run(async (calls) => {
      const { model, notes } = await (await pageEngine()).openModel(request, calls);
      this.notes = notes;
      this.#add(model);
      return `“${model.title}” is sound and kept in this browser.`;
    });
  }

  /** Makes a model of a run: a zip for the reader's disk, or one to use here. */
  take(request: ModelExportRequest, then: 'save' | 'use' | 'keep'): Promise<void> {
    return this.#run(async (calls) => {
      const { model, packed } = await (await pageEngine()).modelOfRun(request, calls);
      if (then === 'save') {
        if (packed !== undefined) saveAs(packed.zip, packed.fileName);
        return `${packed?.fileName ?? 'The zip'} is on its way to your downloads.`;
      }
      this.#add(model);
      if (then === 'keep') return `“${model.title}” is kept in this browser.`;
      return this.#use(model);
    });
  }

  download({ name }: OwnModel): Promise<void> {
    return this.#run(async (calls) => {
      const { zip, fileName } = await (await pageEngine()).zipModel({ model: name }, calls);
      saveAs(zip, fileName);
      return `${fileName} is on its way to your downloads.`;
    });
  }

  use(model: OwnModel): void {
    this.failed = false;
    this.said = this.#use(model);
  }

  back(): void {
    storeChoice(undefined);
    this.failed = false;
    this.said = 'The figures use the notebook’s model again.';
  }

  rename({ id }: OwnModel, title: string): Promise<void> {
    return this.#run(async () => {
      await renameOwnModel(id, title);
      this.models = this.models.map((model) => (model.id === id ? { ...model, title } : model));
      const renamed = this.models.find((model) => model.id === id);
      if (renamed !== undefined && chosenModel()?.name === renamed.name) storeChoice(renamed);
      return '';
    });
  }

  remove({ id, name, title }: OwnModel): Promise<void> {
    return this.#run(async () => {
      if (chosenModel()?.name === name) storeChoice(undefined);
      await deleteOwnModel(id);
      this.models = this.models.filter((model) => model.id !== id);
      return `“${title}” is deleted.`;
    });
  }

  #use(model: OwnModel): string {
    const kept = storeChoice(model);
    return kept
      ? `Every figure that can now uses “${model.title}”, on every page, until you go back.`
      : `Figures of this page use “${model.title}”. This browser does not let the site remember it for other pages.`;
  }

  #add(model: OwnModel): void {
    this.models = [model, ...this.models.filter(({ id }) => id !== model.id)];
  }

  /** One thing at a time; its end, or its trouble, in words. */
  async #run(
    task: (calls: {
      readonly signal: AbortSignal;
      readonly onEvent: (event: ModelProgressEvent | LoadEvent) => void;
    }) => Promise<string>,
  ): Promise<void> {
    if (this.busy) return;
    const controller = (this.#controller = new AbortController());
    this.busy = true;
    this.failed = false;
    this.notes = [];
    this.progress = undefined;
    this.said = 'Waiting for the figures to finish …';
    try {
      this.said = await task({ signal: controller.signal, onEvent: (event) => this.#follow(event) });
    } catch (error) {
      if (isAborted(error)) this.said = 'Stopped. Nothing was changed.';
      else this.#fail(error);
    } finally {
      this.busy = false;
      this.progress = undefined;
    }
  }

  #follow(event: ModelProgressEvent | LoadEvent): void {
    if (event.type !== 'model-progress') return;
    this.said = DOING[event.what];
    this.progress = event.share > 0 ? event.share : undefined;
  }

  #fail(error: unknown): void {
    this.failed = true;
    this.said = error instanceof Error ? error.message : String(error);
  }
}
