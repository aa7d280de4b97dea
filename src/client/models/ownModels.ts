// The reader's own models in this browser, as pages see them: listed, renamed, deleted. Code and storage come when needed.
import type { OwnModel } from '../../runs/types.ts';

/** Name of the database; looked for first, so that a first visit fetches and makes nothing. */
const DATABASE = 'noisebook-runs';

async function mayHave(): Promise<boolean> {
  try {
    return (await indexedDB.databases()).some(({ name }) => name === DATABASE);
  } catch {
    return true; // a browser that can't say
  }
}

const models = async () => (await (await import('../../runs/index.ts')).openStore()).models;
const announce = async (): Promise<void> => (await import('../../runs/index.ts')).announceChange();

/** Newest first. */
export const listOwnModels = async (): Promise<OwnModel[]> =>
  (await mayHave()) ? (await models()).listModels() : [];

export async function renameOwnModel(id: string, title: string): Promise<void> {
  await (await models()).renameModel(id, title);
  await announce();
}

export async function deleteOwnModel(id: string): Promise<void> {
  await (await models()).deleteModel(id);
  await announce();
}

/** Calls back after any tab, or the worker, has changed runs or models. Returns the way to stop it. */
export function onOwnModels(callback: () => void): () => void {
  let stop: (() => void) | undefined;
  let ended = false;
  void import('../../runs/index.ts').then(({ onChange }) => {
    if (!ended) stop = onChange(callback);
  });
  return () => {
    ended = true;
    stop?.();
  };
}
