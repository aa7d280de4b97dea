// User models in this browser, as pages see them: listed, renamed, deleted. Code and storage are loaded when needed.
import type { UserModel, Unreadable } from '../../storage/types.ts';
import { DATABASE } from '../../storage/names.ts';
import { pageStore } from '../../storage/pageStore.ts';

/** Looks for the database first, so that a first visit fetches and makes nothing. */
async function mayHave(): Promise<boolean> {
  try {
    return (await indexedDB.databases()).some(({ name }) => name === DATABASE);
  } catch {
    return true; // a browser that can't say
  }
}

const models = async () => (await pageStore()).models;
const announce = async (): Promise<void> => (await import('../../storage/index.ts')).announceChange();

/** Newest first. */
export const listUserModels = async (): Promise<UserModel[]> =>
  (await mayHave()) ? (await models()).listModels() : [];

/** Those that `listUserModels` leaves out: they can be deleted, and their files be taken. */
export const listUnreadableModels = async (): Promise<Unreadable[]> =>
  (await mayHave()) ? (await models()).listUnreadableModels() : [];

/** Whether a model that the worker has stored lasts: only what this page finds in the storage does. */
export async function isKept(id: string): Promise<boolean> {
  try {
    const store = await pageStore();
    return store.lasting && (await store.models.getModel(id)) !== undefined;
  } catch {
    return false;
  }
}

export async function renameUserModel(id: string, title: string): Promise<void> {
  await (await models()).renameModel(id, title);
  await announce();
}

export async function deleteUserModel(id: string): Promise<void> {
  await (await models()).deleteModel(id);
  await announce();
}

/** Calls back after any tab, or the worker, has changed runs or models. Returns the way to stop it. */
export function onUserModels(callback: () => void): () => void {
  let stop: (() => void) | undefined;
  let ended = false;
  void import('../../storage/index.ts').then(({ onChange }) => {
    if (!ended) stop = onChange(callback);
  });
  return () => {
    ended = true;
    stop?.();
  };
}
