// WebAssembly with as many threads as asked for, and access to its memory for our own kernels.
import * as tf from '@tensorflow/tfjs-core';
import {
  getThreadsCount,
  setThreadsCount,
  setWasmPaths,
  type BackendWasm,
} from '@tensorflow/tfjs-backend-wasm';
import type { BackendInfo, WasmPaths } from './types.ts';
import { registerWasmKernels } from './wasmKernels.ts';

const MAX_THREADS = 8;

/** About one per physical core: all of up to four logical cores, then half of them. */
function defaultThreads(): number {
  const cores = (globalThis.navigator as Navigator | undefined)?.hardwareConcurrency ?? 1;
  return Math.min(MAX_THREADS, cores <= 4 ? cores : Math.ceil(cores / 2));
}

/**
 * Runs `task` while the backend believes that the machine has `2 * threads` cores (it takes half of what it sees, and
 * caps even an explicit count by that), and catches the shared memory that the threaded build makes for itself.
 */
async function withThreads<T>(
  threads: number,
  task: () => Promise<T>,
): Promise<{ result: T; memory: WebAssembly.Memory | undefined }> {
  const navigator = globalThis.navigator as Navigator | undefined;
  const original = WebAssembly.Memory;
  let memory: WebAssembly.Memory | undefined;
  const catching = new Proxy(original, {
    construct(target, args: [WebAssembly.MemoryDescriptor]) {
      const made = new target(...args);
      memory = made;
      return made;
    },
  });
  if (navigator !== undefined) {
    Object.defineProperty(navigator, 'hardwareConcurrency', { value: 2 * threads, configurable: true });
  }
  WebAssembly.Memory = catching;
  try {
    return { result: await task(), memory };
  } finally {
    WebAssembly.Memory = original;
    // The own property shadows the real one on the prototype: without it that one shows again.
    if (navigator !== undefined) Reflect.deleteProperty(navigator, 'hardwareConcurrency');
  }
}

let started: { readonly threads: number } | undefined;
let pathsSet = false;

/** Starts the wasm backend, once a realm, and makes it the present one. */
export async function startWasm(options: {
  readonly wasmPaths?: WasmPaths;
  readonly threads?: number;
}): Promise<{ readonly info: BackendInfo }> {
  const wanted = Math.max(1, Math.floor(options.threads ?? defaultThreads()));
  if (started === undefined) {
    if (options.wasmPaths !== undefined && !pathsSet) {
      setWasmPaths(options.wasmPaths);
      pathsSet = true;
    }
    // One thread still goes through the threaded build where that is possible; it is no slower.
    setThreadsCount(wanted);
    const { result, memory } = await withThreads(wanted, () => tf.setBackend('wasm'));
    if (!result) {
      throw new Error(
        'wasm: the backend could not be started. Expected its binaries at the addresses in wasmPaths; check that they are served.',
      );
    }
    const threaded = await tf.env().getAsync('WASM_HAS_MULTITHREAD_SUPPORT');
    started = { threads: threaded === true ? Math.max(1, getThreadsCount()) : 1 };
    const backend = tf.backend() as BackendWasm;
    const exported = (backend.wasm as { asm?: { memory?: WebAssembly.Memory } }).asm?.memory;
    registerWasmKernels(exported ?? memory, started.threads);
  } else if (!(await tf.setBackend('wasm'))) {
    throw new Error('wasm: the backend could not be made the present one.');
  }
  const { threads } = started;
  return {
    info: {
      backend: 'wasm',
      label: `wasm (${threads} ${threads === 1 ? 'thread' : 'threads'})`,
      threads,
      software: false,
    },
  };
}
