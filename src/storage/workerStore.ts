// The store of runs and models, as this worker uses it: opened with the first call, its code comes then too.
import type { Store } from './index.ts';

let store: Promise<Store> | undefined;

export function workerStore(): Promise<Store> {
  store ??= import('./index.ts').then(({ openStore }) => openStore());
  store.catch(() => (store = undefined));
  return store;
}
