// The start of TensorFlow.js's threaded wasm build (4.22), with as many threads as asked for: it has no setting for that, so
// what it looks at is changed while it starts.
import { setThreadsCount } from '@tensorflow/tfjs-backend-wasm';
import { pthreadWorker } from './pthreads.ts';

/**
 * Runs `task` while the backend believes that the machine has `2 * threads` cores (it takes half of what it sees, and
 * caps even an explicit count by that), starts the threads it makes one at a time, and catches the shared memory that the
 * threaded build makes for itself.
 */
export async function withThreads<T>(
  threads: number,
  task: () => Promise<T>,
): Promise<{ result: T; memory: WebAssembly.Memory | undefined; running: number }> {
  const navigator = globalThis.navigator as Navigator | undefined;
  const original = WebAssembly.Memory;
  let memory: WebAssembly.Memory | undefined;
  let running = threads;
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
  const OriginalWorker = (globalThis as { Worker?: unknown }).Worker;
  WebAssembly.Memory = catching;
  if (OriginalWorker !== undefined) {
    const Original = Worker;
    const make = (url: string | URL): Worker => new Original(url);
    const onThreads = (count: number): void => {
      running = count;
      setThreadsCount(count);
    };
    const standIn = pthreadWorker({ threads, onThreads, make });
    Object.assign(globalThis, { Worker: standIn });
  }
  try {
    return { result: await task(), memory, running };
  } finally {
    WebAssembly.Memory = original;
    if (OriginalWorker !== undefined) Object.assign(globalThis, { Worker: OriginalWorker });
    // The own property shadows the real one on the prototype: without it that one shows again.
    if (navigator !== undefined) Reflect.deleteProperty(navigator, 'hardwareConcurrency');
  }
}
