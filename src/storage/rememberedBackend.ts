// Remembers which backend won the timed probe, so that the next visit needs no probe. IndexedDB, because a worker has
// no localStorage. Every failure means "nothing remembered".
import { inTime } from '@noisebook/ldm/numbers';
import type { BackendName } from '@noisebook/ldm';
import { BACKENDS } from '../state/address.ts';

const DATABASE = 'noisebook';
const STORE = 'backend';
/** Milliseconds that the browser's storage may take: nothing waits longer for so little. */
const STORAGE_MS = 2000;

function open(): Promise<IDBDatabase> {
  const opening = new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('IndexedDB is not available'));
    request.onblocked = () => reject(new Error('IndexedDB is blocked by another tab'));
  });
  return inTime(opening, STORAGE_MS, 'IndexedDB', (late) => late.close());
}

function finished<T>(request: IDBRequest<T>): Promise<T> {
  const finishing = new Promise<T>((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('IndexedDB failed'));
  });
  return inTime(finishing, STORAGE_MS, 'IndexedDB');
}

/** What was remembered for `key` (site version and graphics adapter), if anything. */
export async function recallBackend(key: string): Promise<BackendName | undefined> {
  try {
    const database = await open();
    try {
      const stored: unknown = await finished(database.transaction(STORE).objectStore(STORE).get(key));
      return BACKENDS.find((name) => name === stored);
    } finally {
      database.close();
    }
  } catch {
    return undefined;
  }
}

/** Remembers `backend` for `key` and forgets all other keys; with undefined, forgets everything. */
export async function rememberBackend(key: string, backend: BackendName | undefined): Promise<void> {
  try {
    const database = await open();
    try {
      const store = database.transaction(STORE, 'readwrite').objectStore(STORE);
      await finished(store.clear());
      if (backend !== undefined) await finished(store.put(backend, key));
    } finally {
      database.close();
    }
  } catch {
    // The next visit probes again.
  }
}
