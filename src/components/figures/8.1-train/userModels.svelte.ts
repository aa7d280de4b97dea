// The state of "your models": what is kept here, what is being opened or packed, and how that ended.
import { isAborted } from '../../../engine/page/errors.ts';
import { storeChoice } from '../../../storage/modelChoice.ts';
import { chosenModel, followChoice } from '../../../storage/modelChoice.svelte.ts';
import {
  deleteUserModel,
  isKept,
  listUserModels,
  listUnreadableModels,
  onUserModels,
  renameUserModel,
} from '../../../userContent/models/userModels.ts';
import { pageEngine } from '../../../engine/page/pageEngine.ts';
import type { LoadEvent } from '../../../engine/protocol/messages.ts';
import type {
  ModelExportRequest,
  ModelOpenRequest,
  ModelProgressEvent,
} from '../../../engine/protocol/models.ts';
import type { UserModel, Unreadable } from '../../../storage/types.ts';
import { saveAs } from '../../kit/frame/save.ts';

const DOING: Readonly<Record<ModelProgressEvent['what'], string>> = {
  read: 'Reading the files …',
  check: 'Checking every setting and every number …',
  try: 'Drawing with it once …',
  'try-slowly': 'Drawing with it once: with a model of this size this can take minutes …',
  store: 'Putting it with your models …',
  pack: 'Packing …',
};

const GONE = 'Nothing lasts here: it is gone when this page is closed or reloaded, so take its zip.';

export class UserModels {
  models: readonly UserModel[] = $state.raw([]);
  /** Records of models that can't be read; their files may be sound. */
  unreadable: readonly Unreadable[] = $state.raw([]);
  /** Those that only the worker of this page has: this browser keeps nothing. */
  #fleeting: readonly UserModel[] = $state.raw([]);
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
      void Promise.all([listUserModels(), listUnreadableModels()]).then(
        ([models, unreadable]) => {
          this.models = [...this.#fleeting, ...models];
          this.unreadable = unreadable;
        },
        (error: unknown) => this.#fail(error),
      );
    refresh();
    const stop = onUserModels(refresh);
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
      const { model, notes } = await (await pageEngine()).call('model-open', request, calls);
      this.notes = notes;
      const kept = await this.#add(model);
      return `“${model.title}” is sound${kept ? ' and kept in this browser.' : `. ${GONE}`}`;
    });
  }

  /** Makes a model of a run: a zip for the reader's disk, or one to use here. */
  take(request: ModelExportRequest, then: 'save' | 'use' | 'keep'): Promise<void> {
    return this.#run(async (calls) => {
      const { model, packed } = await (await pageEngine()).call('model-export', request, calls);
      if (then === 'save') {
        if (packed !== undefined) saveAs(packed.zip, packed.fileName);
        return `${packed?.fileName ?? 'The zip'} is on its way to your downloads.`;
      }
      const kept = await this.#add(model);
      if (then === 'keep') return kept ? `“${model.title}” is kept in this browser.` : GONE;
      return this.#use(model);
    });
  }

  download({ name }: Pick<UserModel, 'name'>): Promise<void> {
    return this.#run(async (calls) => {
      const { zip, fileName } = await (await pageEngine()).call('model-zip', { model: name }, calls);
      saveAs(zip, fileName);
      return `${fileName} is on its way to your downloads.`;
    });
  }

  /** Whether it is gone when this page is closed or reloaded. */
  isFleeting({ id }: UserModel): boolean {
    return this.#fleeting.some((model) => model.id === id);
  }

  use(model: UserModel): void {
    this.failed = false;
    this.said = this.#use(model);
  }

  back(): void {
    storeChoice(undefined);
    this.failed = false;
    this.said = 'The figures use the notebook’s model again.';
  }

  rename({ id }: UserModel, title: string): Promise<void> {
    return this.#run(async () => {
      await renameUserModel(id, title);
      this.models = this.models.map((model) => (model.id === id ? { ...model, title } : model));
      const renamed = this.models.find((model) => model.id === id);
      if (renamed !== undefined && chosenModel()?.name === renamed.name) storeChoice(renamed);
      return '';
    });
  }

  remove({ id, title }: UserModel): Promise<void> {
    return this.#remove(id, title);
  }

  removeUnreadable({ id, name }: Unreadable): Promise<void> {
    return this.#remove(id, name);
  }

  #remove(id: string, title: string): Promise<void> {
    return this.#run(async () => {
      if (chosenModel()?.name === `own-${id}`) storeChoice(undefined);
      await deleteUserModel(id);
      const others = ({ id: other }: { readonly id: string }): boolean => other !== id;
      this.#fleeting = this.#fleeting.filter(others);
      this.models = this.models.filter(others);
      this.unreadable = this.unreadable.filter(others);
      return `“${title}” is deleted.`;
    });
  }

  #use(model: UserModel): string {
    const fleeting = this.isFleeting(model);
    if (storeChoice(model, { remember: !fleeting }))
      return `Every figure that can now uses “${model.title}”, on every page, until you go back.`;
    const why = fleeting ? GONE : 'It can’t be remembered for other pages.';
    return `Figures of this page use “${model.title}”. ${why}`;
  }

  /** @returns whether it lasts */
  async #add(model: UserModel): Promise<boolean> {
    const others = this.#fleeting.filter(({ id }) => id !== model.id);
    const kept = await isKept(model.id);
    this.#fleeting = kept ? others : [model, ...others];
    this.models = [model, ...this.models.filter(({ id }) => id !== model.id)];
    return kept;
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
