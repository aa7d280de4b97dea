// One call to the database: opened, waited for only so long, and every failure a StoreError.
import { inTime } from '@noisebook/ldm/numbers';
import type { Database } from './database.ts';
import { storeError } from './errors.ts';

/** Milliseconds for the largest checkpoint on a slow disk, and some more. */
export const CALL_MS = 60_000;

/**
 * Asks the database. What a call that was given up still writes is whole all the same: a transaction is all or nothing.
 * @param open gives the database, opened again where the browser has closed it; has a limit of its own
 * @throws {StoreError}
 */
export async function useDatabase<T>(
  open: () => Promise<Database>,
  use: (database: Database) => Promise<T>,
): Promise<T> {
  try {
    const database = await open();
    return await inTime(use(database), CALL_MS, 'IndexedDB');
  } catch (error) {
    throw storeError(error);
  }
}
