// A figure's handle on its calls: the newest counts, the one before is given up.
//
// Only the figure knows which of its calls a new one replaces. The worker knows no figures: it does what it is asked in turn, and a
// call whose signal is aborted is left out or broken off.
import { superseded } from './errors.ts';

export class Newest {
  #controller: AbortController | undefined;

  /** Begins a call, for its `signal` option. The call before, if it still runs, rejects with 'superseded'. */
  begin(): AbortSignal {
    this.#controller?.abort(superseded());
    this.#controller = new AbortController();
    return this.#controller.signal;
  }

  /** Stops the call that runs, if one does: it rejects with 'aborted'. */
  stop(): void {
    this.#controller?.abort();
    this.#controller = undefined;
  }
}
