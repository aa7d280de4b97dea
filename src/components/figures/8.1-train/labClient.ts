// The lab's code and storage, fetched when they are first needed.
import type { Lab } from '../../../lab/page/index.ts';
import { DATABASE } from '../../../storage/names.ts';

/** The lab of this page. */
export async function openLab(): Promise<Lab> {
  return (await import('../../../lab/page/index.ts')).pageLab();
}

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
