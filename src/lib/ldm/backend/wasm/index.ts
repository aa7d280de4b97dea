// WebAssembly with as many threads as asked for, and access to its memory for our own kernels.
import * as tf from '@tensorflow/tfjs-core';
import {
  getThreadsCount,
  setThreadsCount,
  setWasmPaths,
  type BackendWasm,
} from '@tensorflow/tfjs-backend-wasm';
import type { BackendInfo, WasmPaths } from '../types.ts';
import { withThreads } from '../tfjsInternals/threads.ts';
import { wasmInternals } from '../tfjsInternals/wasm.ts';
import { registerWasmKernels } from './kernels.ts';
import { wasmThreads } from './threads.ts';

let started: { readonly threads: number; readonly note?: string } | undefined;
let pathsSet = false;

/**
 * Brings the binary that will be started into the browser's cache, so that its way here is no part of the start. Whoever
 * starts the backend limits the wait for it and for the code together (`LOAD_MS`).
 */
export async function fetchBinary(paths: WasmPaths | undefined): Promise<void> {
  if (started !== undefined || paths === undefined || typeof paths === 'string') return;
  const threaded = await tf.env().getAsync('WASM_HAS_MULTITHREAD_SUPPORT');
  const simd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT');
  const name = simd !== true ? '' : threaded === true ? '-threaded-simd' : '-simd';
  try {
    // A failure is told by the start itself.
    await (await fetch(paths[`tfjs-backend-wasm${name}.wasm`], { credentials: 'same-origin' })).arrayBuffer();
  } catch {
    return;
  }
}

const fewerThreads = (wanted: number, running: number): string =>
  `Of ${wanted} threads for wasm only ${running} started in time: computing goes on with ${running === 1 ? 'one thread' : 'those'}.`;

/** Starts the wasm backend, once a realm, and makes it the present one. */
export async function startWasm(options: {
  readonly wasmPaths?: WasmPaths;
  readonly threads?: number;
}): Promise<{ readonly info: BackendInfo }> {
  const wanted = wasmThreads(options.threads);
  if (started === undefined) {
    if (options.wasmPaths !== undefined && !pathsSet) {
      setWasmPaths(options.wasmPaths);
      pathsSet = true;
    }
    // One thread still goes through the threaded build where that is possible; it is no slower.
    setThreadsCount(wanted);
    const { result, memory, running } = await withThreads(wanted, () => tf.setBackend('wasm'));
    if (!result) {
      throw new Error(
        'wasm: the backend could not be started. Expected its binaries at the addresses in wasmPaths; check that they are served.',
      );
    }
    const threaded = await tf.env().getAsync('WASM_HAS_MULTITHREAD_SUPPORT');
    const threads = threaded === true ? Math.max(1, getThreadsCount()) : 1;
    started = { threads, ...(running < wanted && { note: fewerThreads(wanted, running) }) };
    const exported = wasmInternals(tf.backend() as BackendWasm).wasm.asm?.memory;
    registerWasmKernels(exported ?? memory, started.threads);
  } else if (!(await tf.setBackend('wasm'))) {
    throw new Error('wasm: the backend could not be made the present one.');
  }
  const { threads, note } = started;
  return {
    info: {
      backend: 'wasm',
      label: `wasm (${threads} ${threads === 1 ? 'thread' : 'threads'})`,
      threads,
      ...(note !== undefined && { note }),
      software: false,
    },
  };
}
