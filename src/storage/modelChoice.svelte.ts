// The chosen model as figures see it: reactive, undefined until the page has come to life.
import { onChoice, storedChoice, type ChosenModel } from './modelChoice.ts';

export type { ChosenModel } from './modelChoice.ts';

let chosen: ChosenModel | undefined = $state.raw();
let following = false;

/** The user model that figures shall use; undefined: the notebook's. Reactive. */
export const chosenModel = (): ChosenModel | undefined => chosen;

/** Call once the page is alive (in `onMount`): what the server wrote knows of no choice. */
export function followChoice(): void {
  if (following) return;
  following = true;
  chosen = storedChoice();
  onChoice((model) => (chosen = model));
}
