// The lab's code and storage, fetched when they are first needed.
import type { Lab } from '../../../lab/page/index.ts';

/** The lab of this page. */
export async function openLab(): Promise<Lab> {
  return (await import('../../../lab/page/index.ts')).pageLab();
}

/** Name of the database; only looked for here, so that a first visit fetches nothing. */
const DATABASE = 'noisebook-runs';

/**
 * Whether the storage is worth opening before the reader does anything: an earlier visit left something, or nothing can be
 * kept, which is to be said before the start. A browser that can't say is asked by opening it.
 */
export async function mustLookIntoStorage(): Promise<boolean> {
  try {
    return (await indexedDB.databases()).some(({ name }) => name === DATABASE);
  } catch {
    return true;
  }
}
