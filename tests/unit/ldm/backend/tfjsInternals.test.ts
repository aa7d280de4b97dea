// What the library uses of TensorFlow.js beyond its promises is there and looks as expected. When one of these fails after
// an update, the name says what to look at, in src/lib/ldm/backend/tfjsInternals/ or where it says.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs-core';
import { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { describe, expect, test, vi } from 'vitest';
import { initBackend } from '../../../../src/lib/ldm/backend/index.ts';
import { wasmInternals } from '../../../../src/lib/ldm/backend/tfjsInternals/wasm.ts';
import { registerOpGradients } from '../../../../src/lib/ldm/nn/opGradients.ts';
import { internals } from '../../../../src/lib/ldm/backend/tfjsInternals/webgpu.ts';

const VERSION = '4.22.0';
const { resolve } = createRequire(import.meta.url);
const packages = ['core', 'backend-cpu', 'backend-wasm', 'backend-webgl', 'backend-webgpu'];

test.each(packages)('@tensorflow/tfjs-%s is the version that all of this was made for', (name) => {
  const main = resolve(`@tensorflow/tfjs-${name}`);
  const json = readFileSync(main.slice(0, main.lastIndexOf('/dist/')) + '/package.json', 'utf8');
  const { version } = JSON.parse(json) as { version: string };
  expect(
    version,
    `TensorFlow.js has changed. The other tests of this file say which internals did; then run the projects device-wasm, ` +
      `device-webgpu and parity, the browsers' tests with threads, and set VERSION here`,
  ).toBe(VERSION);
});

describe('the engine', () => {
  test('keeps the factories of backends by name (tfjsInternals/engine.ts)', () => {
    expect(Object.keys(tf.engine().registryFactory)).toContain('wasm');
  });

  test('counts open gradients and keeps their tape (nn/kernels.ts, training/gradients.ts)', async () => {
    await initBackend({ backend: 'wasm', threads: 1 });
    registerOpGradients();
    const { state } = tf.engine();
    expect(state.gradientDepth).toBe(0);
    const seen: [number, boolean][] = [];
    const gradient = tf.grad((x) => {
      seen.push([state.gradientDepth, Array.isArray(state.activeTape)]);
      return tf.clone(x);
    });
    tf.tidy(() => gradient(tf.scalar(1)));
    expect(seen).toEqual([[1, true]]);
  });
});

describe('the wasm backend (tfjsInternals/wasm.ts)', () => {
  test('has its table of tensors, its heap and its functions', async () => {
    await initBackend({ backend: 'wasm', threads: 1 });
    const backend: unknown = tf.backend();
    if (!(backend instanceof BackendWasm)) throw new Error('expected the class that the package exports');
    const { dataIdMap, wasm } = wasmInternals(backend);
    const x = tf.tensor1d([1, 2, 3]);
    const entry = dataIdMap.get(x.dataId);
    expect(entry).toMatchObject({
      id: expect.any(Number) as number,
      memoryOffset: expect.any(Number) as number,
    });
    expect(backend.getMemoryOffset(x.dataId)).toBe(entry?.memoryOffset);
    expect([...new Float32Array(wasm.HEAPU8.buffer, entry?.memoryOffset, 3)]).toEqual([1, 2, 3]);
    expect(wasm.tfjs).toMatchObject({
      disposeData: expect.any(Function) as unknown,
      registerTensor: expect.any(Function) as unknown,
    });
    expect(backend.refCount(x.dataId)).toBe(1);
    x.dispose();
  });
});

describe('the threaded wasm build (tfjsInternals/threads.ts, pthreads.ts)', () => {
  const dist = resolve('@tensorflow/tfjs-backend-wasm').replace(/dist\/[^/]*$/, '');
  const build = readFileSync(`${dist}wasm-out/tfjs-backend-wasm-threaded-simd.js`, 'utf8');

  test.each([
    ['looks at the count of cores', 'navigator["hardwareConcurrency"]'],
    ['makes its memory itself', 'wasmMemory=new WebAssembly.Memory({'],
    [
      'makes eight workers at once',
      'var pthreadPoolSize=8;while(pthreadPoolSize--){PThread.allocateUnusedWorker()}',
    ],
    ['makes them with the global constructor', 'worker=new Worker(pthreadMainJs)'],
    ['sends them what to load', 'worker.postMessage({"cmd":"load"'],
    ['hears that they have', 'cmd==="loaded"'],
    ['takes the last one first', 'PThread.unusedWorkers.pop()'],
  ])('%s', (_, text) => {
    expect(build.includes(text), `expected ${text} in the build`).toBe(true);
  });
});

describe('the WebGPU backend (tfjsInternals/webgpu.ts)', () => {
  test('has the private fields and methods', () => {
    vi.stubGlobal('navigator', { gpu: {} });
    try {
      const device = { queue: {}, features: new Set(), limits: {} } as unknown as GPUDevice;
      const own = internals(new WebGPUBackend(device));
      expect(own).toMatchObject({
        pipelineCache: {},
        uniformPendingDisposal: [],
        commandEncoder: null,
        computePassEncoder: null,
        dispatchCountInPass: 0,
      });
      expect(own.commandQueueOwnedIds).toBeInstanceOf(WeakSet);
      expect(own.bufferManager).toMatchObject({ numFreeBuffers: 0, numBytesAllocated: 0, numBytesUsed: 0 });
      expect(own.bufferManager.freeBuffers).toBeInstanceOf(Map);
      expect(own.convertAndCacheOnCPU).toHaveLength(2);
      expect(own.makeUniforms).toHaveLength(1);
    } finally {
      vi.unstubAllGlobals();
    }
  });

  test.each([
    'uploadToGPU',
    'read',
    'checkCompileCompletionAsync',
    'submitQueue',
    'ensureCommandEncoderReady',
    'endComputePassEncoder',
    'makeTensorInfo',
    'disposeData',
    'refCount',
  ])('has the method %s', (name) => {
    expect(Reflect.get(WebGPUBackend.prototype, name)).toBeInstanceOf(Function);
  });

  test.each([
    'WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE',
    'WEBGPU_USE_NAIVE_CONV2D_TRANSPOSE',
    'WEBGPU_ENGINE_COMPILE_ONLY',
  ])('has the flag %s', (name) => {
    expect(tf.env().get(name)).toBeDefined();
  });
});
