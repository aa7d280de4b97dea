// Whether the database is worth opening before the reader does anything: a first visit then fetches and makes nothing.
import { inTime } from '@noisebook/ldm/numbers';
import { DATABASE } from './names.ts';

/** Milliseconds for the browser to list its databases. */
const LIST_MS = 2000;

/** True where an earlier visit left something; also where the browser can't or does not say: it is asked by opening it. */
export async function mayHoldSomething(): Promise<boolean> {
  try {
    const databases = await inTime(indexedDB.databases(), LIST_MS, 'IndexedDB');
    return databases.some(({ name }) => name === DATABASE);
  } catch {
    return true;
  }
}
