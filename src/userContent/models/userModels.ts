// User models in this browser, as pages see them: listed, renamed, deleted. Code and storage are loaded when needed.
import type { UserModel, Unreadable } from '../../storage/types.ts';
import { announceChange, onChange } from '../../storage/changes.ts';
import { mayHoldSomething } from '../../storage/mayHoldSomething.ts';
import { openedStore } from '../../storage/openedStore.ts';

const models = async () => (await openedStore()).models;

/** Newest first. */
export const listUserModels = async (): Promise<UserModel[]> =>
  (await mayHoldSomething()) ? (await models()).listModels() : [];

/** Those that `listUserModels` leaves out: they can be deleted, and their files be taken. */
export const listUnreadableModels = async (): Promise<Unreadable[]> =>
  (await mayHoldSomething()) ? (await models()).listUnreadableModels() : [];

/** Whether a model that the worker has stored lasts: only what this page finds in the storage does. */
export async function isKept(id: string): Promise<boolean> {
  try {
    const store = await openedStore();
    return store.lasting && (await store.models.getModel(id)) !== undefined;
  } catch {
    return false;
  }
}

export async function renameUserModel(id: string, title: string): Promise<void> {
  await (await models()).renameModel(id, title);
  announceChange();
}

export async function deleteUserModel(id: string): Promise<void> {
  await (await models()).deleteModel(id);
  announceChange();
}

/** Calls back after any tab, or the worker, has changed runs or models. Returns the way to stop it. */
export const onUserModels = onChange;
