// The lab's code and storage, fetched when they are first needed.
import type { Lab } from '../../../client/lab/index.ts';

/** The lab of this page. */
export async function openLab(): Promise<Lab> {
  return (await import('../../../client/lab/index.ts')).pageLab();
}

/** Name of the database; only looked for here, so that a first visit fetches nothing. */
const DATABASE = 'noisebook-runs';

/** Whether an earlier visit may have left runs. */
export async function hasStoredRuns(): Promise<boolean> {
  try {
    return (await indexedDB.databases()).some(({ name }) => name === DATABASE);
  } catch {
    return false;
  }
}
