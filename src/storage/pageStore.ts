// The store of runs and models as this page uses it: opened once, with the first call. Its code comes then, too.
import type { Store } from './index.ts';

let store: Promise<Store> | undefined;

export function pageStore(): Promise<Store> {
  store ??= import('./index.ts').then(({ openStore }) => openStore());
  store.catch(() => (store = undefined));
  return store;
}
