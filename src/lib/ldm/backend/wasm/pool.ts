// Threads for our SIMD functions: workers with instances of their own on the backend's shared memory. Ready-made parts of
// an operation lie in a table; every thread takes the next one until none is left.
import { startOneAtATime } from './oneAtATime.ts';
import { runInOrder, type CompiledKernels, type RunCalls } from './module.ts';

/** Numbers a call takes in the table: its function, how many arguments, the arguments. */
const CALL_NUMBERS = 24;
/** As many as fit into the low byte of the word below. */
const MAX_CALLS = 64;

// Places in the shared state.
/** Low byte: parts not yet taken; above: counts operations, so that no thread mistakes a new one for an old one. */
const TAKEN = 0;
const DONE = 1;
const FAILED = 2;
const STATE_NUMBERS = 3;

/** Looks at the shared state before a thread goes to sleep: operations follow each other closely. */
const WORKER_PATIENCE = 4000;
const CALLER_PATIENCE = 20_000;
/** Milliseconds; a wake-up that was missed costs no more. */
const NAP = 1;

interface Shared {
  readonly state: Int32Array;
  readonly table: Float64Array;
  readonly functions: readonly ((...values: number[]) => void)[];
}

/** Takes parts until none is left. Runs in the workers as well: it must stand on its own. */
function takeParts(
  { state, table, functions }: Shared,
  places: { readonly taken: number; readonly done: number; readonly failed: number; readonly width: number },
): void {
  for (;;) {
    const word = Atomics.load(state, places.taken);
    const left = word & 255;
    if (left === 0) return;
    if (Atomics.compareExchange(state, places.taken, word, word - 1) !== word) continue;
    const at = (left - 1) * places.width;
    const first = at + 2;
    const values = table.subarray(first, first + (table[at + 1] as number));
    try {
      functions[table[at] as number]?.(...values);
    } catch {
      Atomics.store(state, places.failed, 1);
    }
    Atomics.add(state, places.done, 1);
    Atomics.notify(state, places.done);
  }
}

const PLACES = { taken: TAKEN, done: DONE, failed: FAILED, width: CALL_NUMBERS };

/** What a worker runs. Plain script: it gets `takeParts` as text, and nothing is loaded. */
const workerScript = (): string => `
const takeParts = ${takeParts.toString()};
onmessage = ({ data }) => {
  const { exports } = new WebAssembly.Instance(data.module, { env: { memory: data.memory } });
  const state = new Int32Array(data.state);
  const shared = {
    state,
    table: new Float64Array(data.table),
    functions: data.names.map((name) => exports[name]),
  };
  postMessage('ready');
  for (;;) {
    const word = Atomics.load(state, ${TAKEN});
    if ((word & 255) !== 0) takeParts(shared, data.places);
    else {
      let looks = ${WORKER_PATIENCE};
      while (looks > 0 && Atomics.load(state, ${TAKEN}) === word) looks--;
      if (looks === 0) Atomics.wait(state, ${TAKEN}, word);
    }
  }
};`;

/**
 * Starts `helpers` workers, one at a time. Until they have all said that they are ready, and if one fails or never says
 * so, this thread works alone.
 */
async function startWorkers(
  compiled: CompiledKernels,
  memory: WebAssembly.Memory,
  shared: Shared,
  helpers: number,
  onReady: (ready: boolean) => void,
): Promise<void> {
  const url = URL.createObjectURL(new Blob([workerScript()], { type: 'text/javascript' }));
  const make = (): Worker => {
    const worker = new Worker(url);
    worker.postMessage({
      module: compiled.module,
      memory,
      state: shared.state.buffer,
      table: shared.table.buffer,
      names: compiled.names,
      places: PLACES,
    });
    return worker;
  };
  const workers = await startOneAtATime(helpers, make, (data) => data === 'ready');
  URL.revokeObjectURL(url);
  const giveUp = (): void => {
    onReady(false);
    for (const worker of workers) worker.terminate();
  };
  for (const worker of workers) worker.onerror = giveUp;
  if (workers.length < helpers) giveUp();
  else onReady(true);
}

/** Whether this thread may sleep: a page's may not. */
function maySleep(state: Int32Array): boolean {
  try {
    Atomics.wait(state, DONE, 0, 0);
    return true;
  } catch {
    return false;
  }
}

/** Waits for the parts that other threads have taken. */
function waitForOthers(state: Int32Array, count: number, sleeps: boolean): void {
  let looks = 0;
  for (;;) {
    const done = Atomics.load(state, DONE);
    if (done === count) return;
    if (sleeps && ++looks > CALLER_PATIENCE) Atomics.wait(state, DONE, done, NAP);
  }
}

/** Calls after which the time they took is looked at: several training steps. */
const WINDOW = 1500;
/** Windows for which a choice holds. */
const TERM = 20;

/**
 * Chooses between all threads and one by what is faster: on a machine that has other work to do, waiting for the others
 * can cost more than their help brings. Now and then it tries both again.
 */
class Choice {
  #window = 0;
  #calls = 0;
  #spent = 0;
  /** Milliseconds of a window with all threads, and with one. */
  readonly #tried: [number, number] = [0, 0];
  #together = true;

  /** Whether to use all threads now. */
  get together(): boolean {
    return this.#together;
  }

  add(ms: number): void {
    this.#spent += ms;
    if (++this.#calls < WINDOW) return;
    const place = this.#window % TERM;
    if (place < 2) this.#tried[place === 0 ? 0 : 1] = this.#spent;
    this.#window++;
    this.#calls = 0;
    this.#spent = 0;
    const next = this.#window % TERM;
    this.#together = next === 0 || (next !== 1 && this.#tried[0] <= this.#tried[1]);
  }
}

/** Runs calls on `threads` threads where memory can be shared, otherwise one after the other. */
export function runOnThreads(
  compiled: CompiledKernels,
  memory: WebAssembly.Memory,
  threads: number,
): RunCalls {
  const alone = runInOrder(compiled);
  const sharing = typeof SharedArrayBuffer !== 'undefined' && memory.buffer instanceof SharedArrayBuffer;
  if (!sharing || threads < 2 || typeof Worker === 'undefined') return alone;
  const shared: Shared = {
    state: new Int32Array(new SharedArrayBuffer(4 * STATE_NUMBERS)),
    table: new Float64Array(new SharedArrayBuffer(8 * MAX_CALLS * CALL_NUMBERS)),
    functions: compiled.names.map((name) => compiled.functions.get(name) as (...values: number[]) => void),
  };
  const places = new Map(compiled.names.map((name, index) => [name, index]));
  const sleeps = maySleep(shared.state);
  let ready = false;
  let started = false;
  let operation = 0;
  const together: RunCalls = (calls) => {
    const { state, table } = shared;
    calls.forEach(([name, ...values], i) => {
      const at = i * CALL_NUMBERS;
      table[at] = places.get(name) as number;
      table[at + 1] = values.length;
      table.set(values, at + 2);
    });
    operation = (operation + 1) & 0x7fffff;
    Atomics.store(state, DONE, 0);
    Atomics.store(state, TAKEN, (operation << 8) | calls.length);
    Atomics.notify(state, TAKEN);
    takeParts(shared, PLACES);
    waitForOthers(state, calls.length, sleeps);
    if (Atomics.exchange(state, FAILED, 0) !== 0) {
      throw new Error('a SIMD function failed in one of the threads');
    }
  };
  const choice = new Choice();
  return (calls) => {
    if (!started) {
      // only a page that trains needs them
      started = true;
      void startWorkers(compiled, memory, shared, threads - 1, (now) => {
        ready = now;
      });
    }
    if (!ready || calls.length < 2 || calls.length > MAX_CALLS) {
      alone(calls);
      return;
    }
    const begin = performance.now();
    (choice.together ? together : alone)(calls);
    choice.add(performance.now() - begin);
  };
}
