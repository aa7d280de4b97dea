// User models in the database: finished runs and opened files.
import { fromStored, toStored } from './bulky.ts';
import type { Database } from './database.ts';
import { missingModel } from './errors.ts';
import { isModel, unreadable } from './records.ts';
import { useDatabase } from './useDatabase.ts';
import type { ModelFiles, ModelStore, UserModel, Unreadable } from './types.ts';

export class DatabaseModels implements ModelStore {
  readonly #open: () => Promise<Database>;

  /** @param open gives the database, opened again where the browser has closed it */
  constructor(open: () => Promise<Database>) {
    this.#open = open;
  }

  saveModel(model: UserModel, files: ModelFiles): Promise<void> {
    return this.#with(async (database) => {
      const transaction = database.transaction(['models', 'modelFiles'], 'readwrite', {
        durability: 'strict',
      });
      await Promise.all([
        transaction.objectStore('models').put(model),
        transaction.objectStore('modelFiles').put(toStored(files), model.id),
        transaction.done,
      ]);
    });
  }

  async listModels(): Promise<UserModel[]> {
    const models = await this.#with((database) => database.getAll('models'));
    return models.filter(isModel).sort((a, b) => (a.created < b.created ? 1 : -1));
  }

  async listUnreadableModels(): Promise<Unreadable[]> {
    return unreadable(await this.#with((database) => database.getAll('models')), isModel, 'title');
  }

  async getModel(id: string): Promise<UserModel | undefined> {
    const model: unknown = await this.#with((database) => database.get('models', id));
    // Its files may be sound all the same: they are looked for by its id.
    return isModel(model) ? model : undefined;
  }

  async readModelFiles(id: string): Promise<Map<string, Uint8Array<ArrayBuffer>> | undefined> {
    return this.#with(async (database) => {
      const stored = await database.get('modelFiles', id);
      return stored && new Map(await fromStored<ModelFiles>(stored));
    });
  }

  renameModel(id: string, title: string): Promise<void> {
    return this.#with(async (database) => {
      const transaction = database.transaction('models', 'readwrite');
      const model = await transaction.store.get(id);
      if (model === undefined) throw missingModel(id);
      await Promise.all([transaction.store.put({ ...model, title }), transaction.done]);
    });
  }

  deleteModel(id: string): Promise<void> {
    return this.#with(async (database) => {
      const transaction = database.transaction(['models', 'modelFiles'], 'readwrite');
      await Promise.all([
        transaction.objectStore('models').delete(id),
        transaction.objectStore('modelFiles').delete(id),
        transaction.done,
      ]);
    });
  }

  #with<T>(use: (database: Database) => Promise<T>): Promise<T> {
    return useDatabase(this.#open, use);
  }
}
