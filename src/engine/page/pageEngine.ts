// The one engine of this page, shared by all its figures. Its code comes with the first call.
import { readBackend } from '../../state/address.ts';
import { loadPart } from '../../loading/loadPart.ts';
import type { Engine } from './engineTypes.ts';

let engine: Promise<Engine> | undefined;
const listeners = new Set<(message: string) => void>();

/** The page's engine; the backend is what `?backend=` asks for. */
export function pageEngine(): Promise<Engine> {
  engine ??= loadPart(
    import('./engine.ts').then(({ createEngine }) => createEngine),
    'the code that computes',
  ).then((create) => {
    const { backend } = readBackend(window.location.search);
    const made = create({ ...(backend && { backend }) });
    made.onNotice((message) => listeners.forEach((listener) => listener(message)));
    return made;
  });
  // A script that did not arrive may arrive next time.
  engine.catch(() => (engine = undefined));
  return engine;
}

/** Calls back with what the reader should know and is no failure. Returns the way to stop it. */
export function onEngineNotice(callback: (message: string) => void): () => void {
  listeners.add(callback);
  return () => void listeners.delete(callback);
}
