// Where the arithmetic runs: choosing a backend, starting it, telling of its end, starting again.
import * as tf from '@tensorflow/tfjs-core';
import { inTime } from '../base/inTime.ts';
import { findAdapter, findRenderer } from './adapters.ts';
import { timeConvolution } from './probe.ts';
import { backendInfo, beginGeneration, endGeneration, setBackendInfo, setOnLost } from './state.ts';
import type { BackendChoice, BackendInfo, BackendName, BackendOptions } from './types.ts';
import { wasmThreads } from './wasm/threads.ts';

export { assertBackendAlive, backendInfo, destroyDevice } from './state.ts';
export { DeviceLostError, isSoftwareAdapter } from './types.ts';
export type {
  BackendChoice,
  BackendInfo,
  BackendName,
  BackendOptions,
  StartAttempt,
  WasmPaths,
} from './types.ts';

/** Milliseconds for a backend's code and binaries to arrive, also on a slow line. */
const LOAD_MS = 60_000;
/** Milliseconds that a start may take once they are here. */
const START_MS = 12_000;
/** Milliseconds for the timed convolution, shaders included. */
const PROBE_MS = 10_000;
/** How much later than it would give up by itself a start is given up from outside: then its thread is blocked. */
const GRACE_MS = 3000;

/** What the graphics adapters call themselves, without making a device: a key under which to remember a choice. */
export async function describeAdapter(): Promise<string | undefined> {
  const adapter = await findAdapter();
  return adapter === undefined ? findRenderer()?.name : adapter.name;
}

/**
 * Picks the backend by a timed convolution among WebGPU and WebGL on real hardware and WASM. A software adapter is
 * never picked. The winner stays started, so that `initBackend` for it costs nothing.
 */
export async function chooseBackend(options: BackendOptions = {}): Promise<BackendChoice> {
  const candidates: BackendName[] = [];
  const adapter = await findAdapter();
  const without = options.without ?? [];
  if (adapter !== undefined && !adapter.software) candidates.push('webgpu');
  const renderer = findRenderer();
  if (renderer !== undefined && !renderer.software) candidates.push('webgl');
  candidates.push('wasm');
  for (const name of without) if (name !== 'wasm') remove(candidates, name);
  const failures: string[] = [];
  const timings: Partial<Record<BackendName, number>> = {};
  let best: BackendName = 'wasm';
  if (candidates.length > 1) {
    for (const backend of candidates) {
      try {
        await start(backend, options);
        options.onStart?.({ backend, limitMs: PROBE_MS + GRACE_MS });
        timings[backend] = await inTime(timeConvolution(), PROBE_MS, `${backend}, timed with a convolution,`);
      } catch (error) {
        if (backend === 'wasm') throw error; // nothing is left
        failures.push(
          `${backend} could not be used. ${error instanceof Error ? error.message : String(error)}`,
        );
      }
    }
    // Earlier in the list wins a tie: the graphics card leaves the processor to the page.
    for (const backend of [...candidates].reverse()) {
      if ((timings[backend] ?? Infinity) <= (timings[best] ?? Infinity)) best = backend;
    }
  }
  const info = await start(best, options);
  return {
    backend: best,
    software: info.software,
    ...(info.adapter === undefined ? {} : { adapter: info.adapter }),
    timings,
    failures,
  };
}

/**
 * Starts a backend and makes it TensorFlow.js's present one. Call `releaseBackend` before starting another, or after a
 * loss.
 * @throws if it cannot be started here; the message says what to use instead
 */
export async function initBackend(options: BackendOptions = {}): Promise<BackendInfo> {
  const { backend = 'auto' } = options;
  const name = backend === 'auto' ? (await chooseBackend(options)).backend : backend;
  const running = backendInfo();
  if (running?.backend === name && tf.getBackend() === name) {
    setOnLost(options.onLost);
    return running;
  }
  return start(name, options);
}

async function start(name: BackendName, options: BackendOptions): Promise<BackendInfo> {
  const running = backendInfo();
  if (running?.backend === name && tf.getBackend() === name) return running;
  if (running !== undefined) await releaseBackend();
  const lost = beginGeneration();
  setOnLost(options.onLost);
  const starter = await inTime(loaders[name](options), LOAD_MS, `the code for ${name}`);
  options.onStart?.({
    backend: name,
    ...(name === 'wasm' && { threads: wasmThreads(options.threads) }),
    limitMs: START_MS + GRACE_MS,
  });
  const { info, destroy } = await inTime(starter(lost), START_MS, name, (late) => late.destroy?.());
  setBackendInfo(info, destroy);
  return info;
}

interface Started {
  readonly info: BackendInfo;
  readonly destroy?: () => void;
}

type Starter = (lost: (reason: string) => void) => Promise<Started>;

/** Their code comes with the first start, which has `LOAD_MS` for it; the imports further down find theirs in memory. */
const loaders: Readonly<Record<BackendName, (options: BackendOptions) => Promise<Starter>>> = {
  webgpu: async () => (await import('./webgpu/index.ts')).startWebgpu,
  webgl: async () => (await import('./webgl/index.ts')).startWebgl,
  wasm: async (options) => {
    const { fetchBinary, startWasm } = await import('./wasm/index.ts');
    await fetchBinary(options.wasmPaths);
    return () => startWasm(options);
  },
};

function remove<T>(list: T[], item: T): void {
  const at = list.indexOf(item);
  if (at >= 0) list.splice(at, 1);
}

/**
 * Drops the present backend with its device and its storage. Dispose your tensors before; those that are left are lost.
 * The wasm backend stays in memory (it can't be lost, and starting it again would take as long as the first time).
 */
export async function releaseBackend(): Promise<void> {
  const info = backendInfo();
  endGeneration();
  if (info === undefined || info.backend === 'wasm') return;
  const { unregisterFusedKernels } = await import('../nn/kernels.ts');
  unregisterFusedKernels(info.backend);
  const instance = tf.getBackend() === info.backend ? tf.backend() : undefined;
  tf.removeBackend(info.backend);
  // The backend frees its buffers but keeps its device.
  (instance as { device?: GPUDevice } | undefined)?.device?.destroy();
}

/**
 * Compiles the shaders that `build` needs, all at once, without computing anything. Only WebGPU does this; on the other
 * backends nothing happens.
 */
export async function compileAhead(build: () => void): Promise<void> {
  if (tf.getBackend() !== 'webgpu') return;
  const webgpu = await import('./webgpu/index.ts');
  await webgpu.compileAhead(build);
}
