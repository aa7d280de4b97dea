// The page's address follows a figure a moment later, so that dragging a slider is one change.
import { replaceQuery } from '../../../state/figureAddress.ts';

/** Milliseconds. */
const DELAY = 300;

export class LateAddress {
  readonly #query: () => string;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param query what the address is to say, whenever it is asked */
  constructor(query: () => string) {
    this.#query = query;
  }

  /** Something was changed. */
  follow(): void {
    this.cancel();
    this.#timer = setTimeout(() => replaceQuery(this.#query()), DELAY);
  }

  /** The address says at once what there is. */
  write(): void {
    this.cancel();
    replaceQuery(this.#query());
  }

  cancel(): void {
    clearTimeout(this.#timer);
  }
}
