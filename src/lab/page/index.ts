// The lab of this page, for components. Import it lazily: it brings the store's code along.
import { pageEngine } from '../../engine/page/pageEngine.ts';
import { openedStore } from '../../storage/openedStore.ts';
import { PageLab } from './lab.ts';
import type { Lab } from './types.ts';

export type { Lab, ListedRun, OpenRun, TrainingStatus, Unreadable, Unkept } from './types.ts';

let lab: Promise<Lab> | undefined;

/** The page's lab, on the page's engine. */
export function pageLab(): Promise<Lab> {
  lab ??= openedStore().then((store) => new PageLab(pageEngine, store));
  lab.catch(() => (lab = undefined));
  return lab;
}
