// Calls over a port: answers find their call, deaths are noticed, Stop always stops.
import { describe, expect, test, vi } from 'vitest';
import { Newest } from '../../../src/engine/page/newest.ts';
import { WorkerLink, type LinkOptions, type WorkerPort } from '../../../src/engine/page/workerLink.ts';
import type { EngineInfo } from '../../../src/engine/protocol/messages.ts';
import type { ToWorker, WorkerSetup } from '../../../src/engine/protocol/transport.ts';

const setup: WorkerSetup = { weightsUrl: 'https://site.test/weights/', lifeLock: 'lock' };
const info: EngineInfo = {
  backend: 'wasm',
  label: 'wasm (1 thread)',
  threads: 1,
  software: false,
  numTensors: 3,
  numBytes: 12,
  models: [],
  firstStages: [],
  memory: { budgetBytes: 0, usedBytes: 0, loaded: [] },
};

/** A worker's port without a worker: tests speak for it. */
class Port extends EventTarget implements WorkerPort {
  readonly sent: ToWorker[] = [];
  terminated = false;
  postMessage(message: ToWorker): void {
    this.sent.push(message);
  }
  terminate(): void {
    this.terminated = true;
  }
  say(data: unknown): void {
    this.dispatchEvent(new MessageEvent('message', { data }));
  }
  get lastId(): number {
    const last = this.sent.at(-1);
    return last !== undefined && 'id' in last ? last.id : -1;
  }
}

function link(options: Partial<LinkOptions> = {}): {
  port: Port;
  link: WorkerLink;
  onDeath: () => void;
  notices: string[];
} {
  const port = new Port();
  const onDeath = vi.fn();
  const notices: string[] = [];
  const made = new WorkerLink({
    setup,
    start: () => port,
    onDeath,
    onNotice: (message) => notices.push(message),
    ...options,
  });
  return { port, link: made, onDeath, notices };
}

describe('WorkerLink', () => {
  test('sends the setup first and matches answers to calls', async () => {
    const { port, link: made } = link();
    expect(port.sent).toEqual([{ type: 'setup', setup }]);
    const first = made.call('info', null);
    const firstId = port.lastId;
    const second = made.call('lose-device', null);
    port.say({ type: 'result', id: port.lastId, result: { lost: true } });
    port.say({ type: 'result', id: firstId, result: info });
    await expect(first).resolves.toEqual(info);
    await expect(second).resolves.toEqual({ lost: true });
  });

  test('hands events to their call, and notices to the page', async () => {
    const { port, link: made, notices } = link();
    const events: unknown[] = [];
    const call = made.call('load', { model: 'm' }, { onEvent: (event) => events.push(event) });
    port.say({ type: 'event', id: port.lastId, event: { type: 'preparing', what: 'backend' } });
    port.say({ type: 'notice', message: 'fell back' });
    port.say({ type: 'event', id: 999, event: { type: 'preparing', what: 'weights' } });
    expect(events).toEqual([{ type: 'preparing', what: 'backend' }]);
    expect(notices).toEqual(['fell back']);
    port.say({ type: 'error', id: port.lastId, error: { code: 'missing-file', message: 'gone' } });
    await expect(call).rejects.toMatchObject({ code: 'missing-file', message: 'gone' });
  });

  test('hands on which models are in memory', () => {
    const onModels = vi.fn();
    const { port } = link({ onModels });
    port.say({ type: 'models', models: ['faces-128'] });
    expect(onModels).toHaveBeenCalledExactlyOnceWith(['faces-128']);
  });

  test('a stop waits longer for a worker that saves, but not forever', async () => {
    vi.useFakeTimers();
    try {
      const { port, link: made, onDeath } = link({ patienceMs: 100 });
      const controller = new AbortController();
      const call = made.call(
        'load',
        { model: 'm' },
        { signal: controller.signal, isWorking: ({ type }) => type === 'preparing' },
      );
      call.catch(() => undefined);
      const sign = (what: string): void =>
        port.say({ type: 'event', id: port.lastId, event: { type: 'preparing', what } });
      sign('backend');
      controller.abort();
      for (let ms = 0; ms < 900; ms += 90) {
        vi.advanceTimersByTime(90);
        expect(onDeath).not.toHaveBeenCalled();
        sign('weights');
      }
      vi.advanceTimersByTime(90);
      sign('weights');
      vi.advanceTimersByTime(90);
      expect(onDeath).toHaveBeenCalledOnce();
      expect(port.terminated).toBe(true);
      await expect(call).rejects.toMatchObject({ code: 'aborted' });
    } finally {
      vi.useRealTimers();
    }
  });

  test('asks the worker to stop and waits for its word', async () => {
    const { port, link: made, onDeath } = link();
    const controller = new AbortController();
    const call = made.call('info', null, { signal: controller.signal });
    const id = port.lastId;
    controller.abort();
    expect(port.sent.at(-1)).toEqual({ type: 'cancel', id });
    port.say({ type: 'error', id, error: { code: 'aborted', message: 'Stopped.' } });
    await expect(call).rejects.toMatchObject({ code: 'aborted' });
    expect(onDeath).not.toHaveBeenCalled();
  });

  test('ends a worker that does not hear the stop', async () => {
    const { port, link: made, onDeath } = link({ patienceMs: 10 });
    const controller = new AbortController();
    const call = made.call('info', null, { signal: controller.signal });
    controller.abort();
    await expect(call).rejects.toMatchObject({ code: 'aborted' });
    expect(port.terminated).toBe(true);
    expect(onDeath).toHaveBeenCalledOnce();
  });

  test('a call that a newer one replaces ends at once, and the worker is not ended for it', async () => {
    vi.useFakeTimers();
    try {
      const { port, link: made, onDeath } = link({ patienceMs: 10 });
      const newest = new Newest();
      const old = made.call('info', null, { signal: newest.begin() });
      const id = port.lastId;
      const next = made.call('info', null, { signal: newest.begin() });
      expect(port.sent.slice(2)).toMatchObject([{ type: 'cancel', id }, { type: 'job' }]);
      await expect(old).rejects.toMatchObject({ code: 'superseded' });
      vi.advanceTimersByTime(1000);
      expect(onDeath).not.toHaveBeenCalled();
      port.say({ type: 'error', id, error: { code: 'aborted', message: 'Stopped.' } });
      port.say({ type: 'result', id: port.lastId, result: info });
      await expect(next).resolves.toEqual(info);
    } finally {
      vi.useRealTimers();
    }
  });

  test('the handle of a figure stops what runs, and replaces nothing that has been stopped', async () => {
    const { port, link: made } = link();
    const newest = new Newest();
    const signal = newest.begin();
    const call = made.call('info', null, { signal });
    newest.stop();
    port.say({ type: 'error', id: 1, error: { code: 'aborted', message: 'Stopped.' } });
    await expect(call).rejects.toMatchObject({ code: 'aborted' });
    newest.begin();
    expect(signal.reason).toMatchObject({ name: 'AbortError' });
  });

  test('a signal that was aborted before sends nothing', async () => {
    const { port, link: made } = link();
    await expect(made.call('info', null, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'aborted',
    });
    expect(port.sent).toHaveLength(1);
  });

  test.each<[string, (port: Port) => void, RegExp]>([
    [
      'before it was ready',
      (port) => port.dispatchEvent(new Event('error', { cancelable: true })),
      /could not start.*reload the page: there may be a new version/i,
    ],
    [
      'after it was ready',
      (port) => {
        port.say({ type: 'ready' });
        port.dispatchEvent(new Event('error', { cancelable: true }));
      },
      /has stopped.*Try again/,
    ],
    ['with an unreadable message', (port) => port.dispatchEvent(new Event('messageerror')), /has stopped/],
    ['with nonsense', (port) => port.say('<!doctype html>'), /doesn't understand.*Reload/],
    [
      'with a message of another page',
      (port) => port.say({ type: 'webpackOk' }),
      /doesn't understand.*Reload/,
    ],
  ])('reports a worker that dies %s, once, to every call', async (_when, kill, message) => {
    const { port, link: made, onDeath } = link();
    const calls = [made.call('info', null), made.call('load', { model: 'm' })];
    kill(port);
    for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'worker-crashed' });
    for (const call of calls) await expect(call).rejects.toThrow(message);
    expect(port.terminated).toBe(true);
    expect(onDeath).toHaveBeenCalledOnce();
  });

  test('notices a silent death by the watch, which begins when the worker is ready', async () => {
    let die = (): void => undefined;
    const watch = vi.fn(() => new Promise<void>((resolve) => (die = resolve)));
    const { port, link: made, onDeath } = link({ watch });
    const call = made.call('info', null);
    expect(watch).not.toHaveBeenCalled();
    port.say({ type: 'ready' });
    die();
    await expect(call).rejects.toMatchObject({ code: 'worker-crashed' });
    expect(onDeath).toHaveBeenCalledOnce();
  });

  test('gives up a worker that ran out of memory', async () => {
    const { port, link: made, onDeath } = link();
    const call = made.call('info', null);
    port.say({ type: 'error', id: port.lastId, error: { code: 'out-of-memory', message: 'full' } });
    await expect(call).rejects.toMatchObject({ code: 'out-of-memory' });
    expect(port.terminated).toBe(true);
    expect(onDeath).toHaveBeenCalledOnce();
  });

  test('closing is no death', async () => {
    const { port, link: made, onDeath } = link();
    const call = made.call('info', null);
    made.close();
    await expect(call).rejects.toMatchObject({ code: 'aborted' });
    expect(port.terminated).toBe(true);
    expect(onDeath).not.toHaveBeenCalled();
  });
});

test('what was sent before the worker listened is sent again', async () => {
  const { port, link: made } = link();
  const call = made.call('info', null);
  port.say({ type: 'listening' });
  expect(port.sent.map(({ type }) => type)).toEqual(['setup', 'job', 'setup', 'job']);
  expect(port.sent[3]).toEqual({ ...port.sent[1], again: true });
  port.say({ type: 'result', id: port.lastId, result: info });
  await expect(call).resolves.toEqual(info);
});

describe('a start that never answers', () => {
  const starting = (attempt: object): object => ({
    type: 'starting',
    attempt: { limitMs: 10_000, ...attempt },
  });
  const withPorts = (options: Partial<LinkOptions> = {}) => {
    const ports: Port[] = [];
    const setups: WorkerSetup[] = [];
    const {
      link: made,
      notices,
      onDeath,
    } = link({
      start: () => {
        ports.push(new Port());
        return ports.at(-1)!;
      },
      onSetup: (next) => setups.push(next),
      ...options,
    });
    return { ports, setups, made, notices, onDeath };
  };

  test('wasm with threads that blocks its worker is tried again with one, and the calls go on', async () => {
    vi.useFakeTimers();
    try {
      const { ports, setups, made, notices, onDeath } = withPorts();
      const call = made.call('info', null);
      ports[0]!.say({ type: 'ready' });
      ports[0]!.say(starting({ backend: 'wasm', threads: 4 }));
      vi.advanceTimersByTime(10_000);
      expect(ports[0]!.terminated).toBe(true);
      expect(setups[0]).toMatchObject({ threads: 1 });
      expect(notices[0]).toContain('wasm with 4 threads did not start within 10 s');
      expect(ports[1]!.sent.map(({ type }) => type)).toEqual(['setup', 'job']);
      ports[1]!.say({ type: 'result', id: ports[1]!.lastId, result: info });
      await expect(call).resolves.toEqual(info);
      expect(onDeath).not.toHaveBeenCalled();
    } finally {
      vi.useRealTimers();
    }
  });

  test('each backend is left out in turn; when none is left the call says so', async () => {
    vi.useFakeTimers();
    try {
      const { ports, setups, made, onDeath } = withPorts();
      const call = made.call('info', null);
      for (const backend of ['webgpu', 'webgl', 'wasm']) {
        ports.at(-1)!.say({ type: 'ready' });
        ports.at(-1)!.say(starting({ backend }));
        vi.advanceTimersByTime(10_000);
      }
      expect(setups.map(({ without }) => without)).toEqual([['webgpu'], ['webgpu', 'webgl']]);
      await expect(call).rejects.toMatchObject({ code: 'no-backend' });
      expect(onDeath).toHaveBeenCalledOnce();
    } finally {
      vi.useRealTimers();
    }
  });

  test('a start that ends in time, well or not, is left alone', () => {
    vi.useFakeTimers();
    try {
      const { ports } = withPorts();
      ports[0]!.say({ type: 'ready' });
      for (const ok of [true, false]) {
        ports[0]!.say(starting({ backend: 'wasm', threads: 2 }));
        ports[0]!.say({ type: 'started', ok });
        vi.advanceTimersByTime(100_000);
      }
      expect(ports).toHaveLength(1);
    } finally {
      vi.useRealTimers();
    }
  });

  test('a worker that never says a word is made once more, then given up', async () => {
    vi.useFakeTimers();
    try {
      const { ports, made, notices } = withPorts({ arrivalMs: 1000 });
      const call = made.call('info', null);
      vi.advanceTimersByTime(1000);
      expect(ports).toHaveLength(2);
      expect(notices[0]).toContain('did not arrive within 1 s');
      vi.advanceTimersByTime(1000);
      await expect(call).rejects.toMatchObject({ code: 'worker-crashed' });
    } finally {
      vi.useRealTimers();
    }
  });
});
