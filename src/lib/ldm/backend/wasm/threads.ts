// How many threads the wasm backend is asked to have.

const MAX_THREADS = 8;

/** About one per physical core: all of up to four logical cores, then half of them. */
function defaultThreads(): number {
  const cores =
    (globalThis.navigator as { readonly hardwareConcurrency?: number } | undefined)?.hardwareConcurrency ?? 1;
  return Math.min(MAX_THREADS, cores <= 4 ? cores : Math.ceil(cores / 2));
}

/** A whole number of at least 1: what is asked for, or what suits this machine. */
export const wasmThreads = (asked: number | undefined): number =>
  Math.max(1, Math.floor(asked ?? defaultThreads()));
