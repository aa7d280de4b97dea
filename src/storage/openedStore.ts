// The store of runs and models, as a page or a worker uses it: opened once, with the first call. Its code comes then, too.
import { loadPart } from '../loading/loadPart.ts';
import type { Store } from './index.ts';

let store: Promise<Store> | undefined;

export function openedStore(): Promise<Store> {
  store ??= loadPart(
    import('./index.ts').then(({ openStore }) => openStore),
    'the code that keeps runs and models',
  ).then((open) => open());
  store.catch(() => (store = undefined));
  return store;
}
