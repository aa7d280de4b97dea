// The lab's code, fetched when it is first needed.
import type { Lab } from '../../../lab/page/index.ts';
import { loadPart } from '../../../loading/loadPart.ts';

/** The lab of this page. @throws {LoadError} */
export async function openLab(): Promise<Lab> {
  const open = await loadPart(
    import('../../../lab/page/index.ts').then(({ pageLab }) => pageLab),
    'the code of the lab',
  );
  return open();
}
