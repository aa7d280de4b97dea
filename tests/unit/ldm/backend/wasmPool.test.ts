// Threads for the SIMD functions: real ones, of Node, behind the browser's names.
import { Worker as NodeWorker } from 'node:worker_threads';
import { afterEach, expect, test, vi } from 'vitest';
import { compileKernels, runInOrder, type Call } from '../../../../src/lib/ldm/backend/wasm/module.ts';
import { runOnThreads } from '../../../../src/lib/ldm/backend/wasm/pool.ts';
import { Rng } from '../../../../src/lib/ldm/base/rng.ts';

const PRELUDE = `
const { parentPort } = require('node:worker_threads');
globalThis.postMessage = (data) => parentPort.postMessage(data);
parentPort.on('message', (data) => globalThis.onmessage({ data }));
`;

const started: NodeWorker[] = [];
let readyCount = 0;

/** As much of a browser's worker as the pool uses. */
class BrowserWorker extends EventTarget {
  readonly #worker: NodeWorker;

  constructor(source: string) {
    super();
    this.#worker = new NodeWorker(PRELUDE + source, { eval: true });
    started.push(this.#worker);
    this.#worker.on('message', (data: unknown) => {
      readyCount++;
      this.dispatchEvent(new MessageEvent('message', { data }));
    });
  }

  postMessage(data: unknown): void {
    this.#worker.postMessage(data);
  }

  terminate(): void {
    void this.#worker.terminate();
  }
}

afterEach(async () => {
  vi.unstubAllGlobals();
  await Promise.all(started.splice(0).map((worker) => worker.terminate()));
});

test('several threads compute the same bits as one, operation after operation', async () => {
  let source = '';
  vi.stubGlobal('Worker', BrowserWorker);
  vi.stubGlobal('Blob', function ([text]: [string]) {
    source = text;
  });
  vi.stubGlobal('URL', { createObjectURL: () => source, revokeObjectURL: () => undefined });

  const memory = new WebAssembly.Memory({ initial: 64, maximum: 64, shared: true });
  const compiled = compileKernels(memory);
  if (compiled === undefined) throw new Error('this engine has no SIMD');
  const floats = new Float32Array(memory.buffer);
  const [rows, features] = [512, 64];
  new Rng('pool').fillNormal(floats.subarray(0, rows * features));
  const [x, out] = [0, 4 * rows * features];
  const parts = (to: number): Call[] =>
    Array.from({ length: 8 }, (_, i) => {
      const skip = (i * rows * features * 4) / 8;
      return ['activation1', x + skip, to + skip, (rows * features * 4) / 8];
    });
  runInOrder(compiled)(parts(out));
  const expected = floats.slice(out / 4, out / 4 + rows * features);
  const run = runOnThreads(compiled, memory, 3);
  run(parts(out)); // starts them
  await vi.waitFor(() => expect(readyCount).toBe(2), 20_000);
  const result = floats.subarray(out / 4, out / 4 + rows * features);
  for (let i = 0; i < 4000; i++) {
    result.fill(0);
    run(parts(out));
    if (i % 100 === 0) expect(result).toEqual(expected);
    else expect(result[(i * 7919) % result.length]).toBe(expected[(i * 7919) % result.length]);
  }
});
