// The one engine of this page, shared by all its figures. Its code comes with the first call.
import { readBackend } from '../../state/address.ts';
import { inTime } from '@noisebook/ldm/numbers';
import type { Engine } from './engineTypes.ts';

/** Milliseconds for the engine's code to arrive; after that a call fails and the next one asks again. */
const CODE_MS = 45_000;

let engine: Promise<Engine> | undefined;
const listeners = new Set<(message: string) => void>();

/** The page's engine; the backend is what `?backend=` asks for. */
export function pageEngine(): Promise<Engine> {
  engine ??= inTime(import('./engine.ts'), CODE_MS, 'the site for the code that computes').then(
    ({ createEngine }) => {
      const { backend } = readBackend(window.location.search);
      const made = createEngine({ ...(backend && { backend }) });
      made.onNotice((message) => listeners.forEach((listener) => listener(message)));
      return made;
    },
  );
  // A script that did not arrive may arrive next time.
  engine.catch(() => (engine = undefined));
  return engine;
}

/** Calls back with what the reader should know and is no failure. Returns the way to stop it. */
export function onEngineNotice(callback: (message: string) => void): () => void {
  listeners.add(callback);
  return () => void listeners.delete(callback);
}
