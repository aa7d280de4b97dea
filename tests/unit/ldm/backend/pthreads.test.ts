// The threads of the wasm build start one at a time, only those asked for; one that never answers costs threads, not the start.
import { expect, test } from 'vitest';
import { pthreadWorker } from '../../../../src/lib/ldm/backend/tfjsInternals/pthreads.ts';

/** A worker that answers 'load' after a while, or never. */
class FakeWorker extends EventTarget {
  static starting = 0;
  static most = 0;
  terminated = false;
  onmessage: ((event: MessageEvent) => void) | null = null;
  readonly received: unknown[] = [];
  readonly #answers: boolean;
  constructor(answers: boolean) {
    super();
    this.#answers = answers;
    FakeWorker.most = Math.max(FakeWorker.most, ++FakeWorker.starting);
  }
  postMessage(message: { cmd: string }): void {
    this.received.push(message);
    if (message.cmd !== 'load' || !this.#answers) return;
    setTimeout(() => {
      FakeWorker.starting--;
      const event = new MessageEvent('message', { data: { cmd: 'loaded' } });
      this.onmessage?.(event);
      this.dispatchEvent(event);
    }, 5);
  }
  terminate(): void {
    this.terminated = true;
    FakeWorker.starting--;
  }
}

/** What the build does: eight workers, 'load' to all, waits for all. */
async function build(threads: number, answering: number) {
  FakeWorker.starting = FakeWorker.most = 0;
  const made: FakeWorker[] = [];
  let told = 0;
  const StandIn = pthreadWorker({
    threads,
    limitMs: 60,
    onThreads: (count) => (told = count),
    make: () => {
      const worker = new FakeWorker(made.length < answering);
      made.push(worker);
      return worker as unknown as Worker;
    },
  });
  const all = Array.from({ length: 8 }, () => new StandIn('blob:script'));
  await new Promise<void>((resolve) => {
    let loaded = 0;
    for (const each of all) {
      each.onmessage = () => {
        if (++loaded === all.length) resolve();
      };
      each.postMessage({ cmd: 'load' });
    }
  });
  return { made, all, told };
}

test('four threads are three workers, never two of them starting', async () => {
  const { made, all, told } = await build(4, 8);
  expect(made).toHaveLength(3);
  expect(FakeWorker.most).toBe(1);
  expect(told).toBe(4);
  // The build takes the last first: those have a worker already.
  for (const each of all.slice(-3).reverse()) each.postMessage({ cmd: 'run' });
  expect(made.map(({ received }) => received.length)).toEqual([2, 2, 2]);
});

test('one thread is no worker', async () => {
  const { made, told } = await build(1, 8);
  expect(made).toHaveLength(0);
  expect(told).toBe(1);
});

test('a worker that never answers is ended, and the build has fewer threads', async () => {
  const { made, told } = await build(4, 1);
  expect(told).toBe(2);
  expect(made.map(({ terminated }) => terminated)).toEqual([false, true]);
});
