// Training a stored run: whatever interrupts it, the curve is that of an unbroken run.
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { type BackendInfo, TrainingStoppedError } from '@noisebook/ldm';
import type { LabEvent, LabTrainResult } from '../../../../src/engine/protocol/lab.ts';
import { StoreError, type Progress, type RunRecord } from '../../../../src/storage/index.ts';
import { MemoryStore } from '../../../../src/storage/memoryStore.ts';
import { stopped, WorkerError } from '../../../../src/engine/worker/errors.ts';
import { MemoryBudget, type Resident } from '../../../../src/engine/worker/memoryBudget.ts';
import { LiveRuns, type OpenOptions } from '../../../../src/lab/worker/liveRun.ts';
import { trainOn } from '../../../../src/lab/worker/train.ts';
import type { TrainingContext } from '../../../../src/lab/worker/trainLoop.ts';
import { dataset, recipe, record } from '../../runs/example.ts';
import { fakeMaker, FakeRun } from './fakeRun.ts';

const backend: BackendInfo = { backend: 'wasm', label: 'wasm (2 threads)', software: false };
const ID = 'aaaaaa';
let store: MemoryStore;

beforeEach(async () => {
  store = new MemoryStore();
  await store.create(record(ID), dataset);
});

interface Ask extends Partial<TrainingContext>, Pick<OpenOptions, 'session'> {
  readonly runs?: LiveRuns;
  readonly on?: BackendInfo;
  /** Called with each event. */
  readonly see?: (event: LabEvent) => void;
}

async function train(ask: Ask = {}): Promise<LabTrainResult & { readonly events: LabEvent[] }> {
  const { runs = new LiveRuns(fakeMaker().maker), on = backend, see, ...context } = ask;
  const events: LabEvent[] = [];
  const result = await trainOn(
    on,
    ID,
    runs,
    { lasting: true, runs: store, models: store },
    {
      mode: 'run',
      pause: new AbortController().signal,
      lost: new AbortController().signal,
      changed: () => undefined,
      ...context,
      emit: (event) => {
        events.push(event);
        see?.(event);
      },
    },
  );
  return { ...result, events };
}

const curve = async (): Promise<[string, number, number][]> =>
  (await store.history(ID)).steps.map(({ phase, step, loss }) => [phase, step, loss]);

async function unbroken(): Promise<[string, number, number][]> {
  const losses: [string, number, number][] = [];
  const run = new FakeRun(recipe);
  for await (const event of run.train({ signal: new AbortController().signal })) {
    if (event.type === 'step') losses.push([event.phase, event.step, event.loss]);
  }
  return losses;
}

/** Aborts after so many steps. */
function pauseAfter(steps: number): Pick<Ask, 'pause' | 'see'> {
  const controller = new AbortController();
  let seen = 0;
  return {
    pause: controller.signal,
    see: ({ type }) => {
      if (type === 'step' && ++seen === steps) controller.abort(stopped());
    },
  };
}

test('from the first step to the last: events, curve, snapshots, files', async () => {
  const { events, ...result } = await train();
  expect(result).toEqual({ ended: 'finished', phase: 'denoiser', step: 20, backend });
  expect(events[0]).toMatchObject({ type: 'progress', what: 'read' });
  expect(events.find(({ type }) => type === 'resumed')).toEqual({
    type: 'resumed',
    phase: 'autoencoder',
    step: 0,
  });
  expect(await curve()).toEqual(await unbroken());
  const { snapshots, encoded } = await store.history(ID);
  expect(encoded).toMatchObject({ count: 4 });
  const last = snapshots.filter(({ phase }) => phase === 'autoencoder').at(-1);
  expect(last).toMatchObject({ step: 10, hasFiles: false, pictures: { count: 2, size: 32, latentSize: 8 } });
  expect(snapshots.at(-1)).toMatchObject({ phase: 'denoiser', step: 20, hasFiles: true });
  expect(snapshots.at(-1)).toHaveProperty('samples.count', 1);
  expect(await store.snapshotFiles(ID, snapshots.length - 1)).toEqual(
    new Map([['unet/config.json', Uint8Array.of(20)]]),
  );
  expect(await store.get(ID)).toMatchObject({ state: 'finished', step: 20, backend: backend.label });
});

test.each([1, 3, 10, 11, 29])('paused after %i steps, then on in a fresh worker', async (steps) => {
  const begun = await train(pauseAfter(steps));
  expect(begun.ended).toBe('paused');
  expect(await curve()).toHaveLength(steps);
  expect(await store.get(ID)).toMatchObject({ state: 'paused', phase: begun.phase, step: begun.step });
  expect((await train()).ended).toBe('finished');
  expect(await curve()).toEqual(await unbroken());
});

test('one run stays in memory between two calls, unless it changed in the store', async () => {
  const { maker, made } = fakeMaker();
  const runs = new LiveRuns(maker);
  await train({ runs, ...pauseAfter(2) });
  await train({ runs, ...pauseAfter(2) });
  expect(made).toHaveLength(1);
  // Another tab goes on.
  await train(pauseAfter(2));
  const { events } = await train({ runs });
  expect(made).toHaveLength(2);
  expect(made[0]?.disposed).toBe(true);
  expect(events.find(({ type }) => type === 'resumed')).toMatchObject({ step: 6 });
  expect(await curve()).toEqual(await unbroken());
});

describe('in the memory budget of the worker', () => {
  const model = (budget: MemoryBudget, bytes: number): Resident => {
    const resident: Resident = {
      ...{ name: 'faces-64', kind: 'model', bytes, isLoaded: () => true },
      leave: () => budget.remove(resident),
    };
    return resident;
  };
  const sessionOf = (
    budget: MemoryBudget,
    compute: { running: BackendInfo | undefined } = { running: backend },
  ) => ({ budget, compute });

  test('a run counts while it is on the device, and a model leaves where there is no room beside it', async () => {
    const budget = new MemoryBudget(() => 1000);
    budget.add(model(budget, 500));
    const runs = new LiveRuns(fakeMaker().maker);
    const compute: { running: BackendInfo | undefined } = { running: backend };
    const session = sessionOf(budget, compute);
    await train({ runs, session, ...pauseAfter(2) });
    const run = { name: ID, kind: 'training-run', bytes: 400 };
    expect(budget.report).toMatchObject({ usedBytes: 900, loaded: [{ kind: 'model' }, run] });
    // Once more: it is counted once.
    await train({ runs, session, ...pauseAfter(1) });
    expect(budget.report.usedBytes).toBe(900);
    runs.release();
    expect(budget.report.loaded).toEqual([{ name: 'faces-64', kind: 'model', bytes: 500 }]);
    budget.clear();
    budget.add(model(budget, 700));
    await train({ runs, session, ...pauseAfter(1) });
    expect(budget.report.loaded).toEqual([run]);
    // On a lost device there is nothing of it.
    compute.running = undefined;
    expect(budget.report.usedBytes).toBe(0);
  });

  test('between its trainings it leaves for a model, and goes on from what is stored', async () => {
    const budget = new MemoryBudget(() => 1000);
    const { maker, made } = fakeMaker();
    const runs = new LiveRuns(maker);
    const session = sessionOf(budget);
    await train({ runs, session, ...pauseAfter(2) });
    budget.makeRoom(700);
    expect(made[0]?.disposed).toBe(true);
    expect(budget.report.loaded).toEqual([]);
    await train({ runs, session });
    expect(made).toHaveLength(2);
    expect(await curve()).toEqual(await unbroken());
    expect(budget.report.usedBytes).toBe(300);
  });

  test('what is not stored stays, whatever comes', async () => {
    const budget = new MemoryBudget(() => 1000);
    const { maker, made } = fakeMaker();
    const runs = new LiveRuns(maker);
    const session = sessionOf(budget);
    vi.spyOn(store, 'save').mockRejectedValue(new StoreError('full', 'The disk is full.'));
    await train({ runs, session, ...pauseAfter(2) }).catch(() => undefined);
    budget.makeRoom(5000);
    expect(budget.clear()).toBe(false);
    expect(made[0]?.disposed).toBe(false);
    expect(budget.report.usedBytes).toBe(400);
  });
});

test('a lost device: nothing more of the old attempt is stored, the next one begins at the checkpoint', async () => {
  const { maker, made } = fakeMaker();
  const runs = new LiveRuns(maker);
  await train({ runs, ...pauseAfter(4) });
  const lost = new AbortController();
  let seen = 0;
  const attempt = train({
    runs,
    lost: lost.signal,
    see: ({ type }) => {
      if (type === 'step' && ++seen === 3) lost.abort(new WorkerError('device-lost', 'Gone.'));
    },
  });
  await expect(attempt).rejects.toMatchObject({ code: 'device-lost' });
  expect(await curve()).toHaveLength(4);
  const { events } = await train({ runs, on: { ...backend } });
  expect(made).toHaveLength(2);
  expect(events.find(({ type }) => type === 'resumed')).toMatchObject({ step: 4 });
  expect(await curve()).toEqual(await unbroken());
});

test('a checkpoint that is being written when the device is lost is waited for', async () => {
  const { maker } = fakeMaker();
  const runs = new LiveRuns(maker);
  const lost = new AbortController();
  const writing = Promise.withResolvers<undefined>();
  const save = store.save.bind(store);
  vi.spyOn(store, 'save').mockImplementationOnce(async (id, progress) => {
    lost.abort(new WorkerError('device-lost', 'Gone.'));
    await writing.promise;
    return save(id, progress);
  });
  const old = train({ runs, lost: lost.signal, ...pauseAfter(3) });
  while (!lost.signal.aborted) await new Promise((wake) => setTimeout(wake, 1));
  const next = train({ runs, on: { ...backend } });
  await new Promise((wake) => setTimeout(wake, 20));
  writing.resolve(undefined);
  await old;
  const { events } = await next;
  expect(events.find(({ type }) => type === 'resumed')).toMatchObject({ step: 3 });
  expect(await curve()).toEqual(await unbroken());
});

test('a checkpoint that was read when the device was lost is not stored any more', async () => {
  const lost = new AbortController();
  const { maker } = fakeMaker((run) => {
    run.whileReading = () => lost.abort(new WorkerError('device-lost', 'Gone.'));
  });
  const attempt = train({ runs: new LiveRuns(maker), lost: lost.signal, ...pauseAfter(3) });
  await expect(attempt).rejects.toMatchObject({ code: 'device-lost' });
  expect(await curve()).toEqual([]);
  expect(await store.get(ID)).toMatchObject({ step: 0, revision: 0 });
});

test('a full disk stops it with the reason; once there is room it goes on from memory', async () => {
  const runs = new LiveRuns(fakeMaker().maker);
  await train({ runs, ...pauseAfter(2) });
  const full = vi
    .spyOn(store, 'save')
    .mockRejectedValue(new StoreError('full', 'No room left. Delete something.'));
  const { ended, message } = await train({ runs, ...pauseAfter(3) });
  expect(ended).toBe('stopped');
  expect(message).toMatch(/stored up to step 2 of the autoencoder.*No room left/);
  expect(await store.get(ID)).toMatchObject({ state: 'stopped', message, step: 2 });
  full.mockRestore();
  const { events } = await train({ runs });
  expect(events.find(({ type }) => type === 'resumed')).toMatchObject({ step: 5 });
  expect(await curve()).toEqual(await unbroken());
});

test('a loss that is no number stops it; the last checkpoint stays', async () => {
  const spoil = (run: FakeRun): void => {
    run.beforeStep = ({ phase, step }) => {
      if (phase === 'denoiser' && step === 3)
        throw new TrainingStoppedError('not-a-number', 'The loss is NaN.');
    };
  };
  const { maker, made } = fakeMaker(spoil);
  const runs = new LiveRuns(maker);
  await train({ runs, ...pauseAfter(11) });
  const { ended, message } = await train({ runs });
  expect({ ended, message }).toEqual({ ended: 'stopped', message: 'The loss is NaN.' });
  expect(made[0]?.disposed).toBe(true);
  expect(await store.get(ID)).toMatchObject({ state: 'stopped', message, phase: 'denoiser', step: 1 });
  expect(await curve()).toHaveLength(11);
});

test('another failure is passed on', async () => {
  const { maker } = fakeMaker(
    (run) => (run.beforeStep = () => Promise.reject(new Error('a kernel is missing'))),
  );
  await expect(train({ runs: new LiveRuns(maker) })).rejects.toThrow('a kernel is missing');
});

test('a pause while samples are drawn is heard; without the last samples it is not at its end', async () => {
  const controller = new AbortController();
  const { maker } = fakeMaker((run) => {
    run.whileSampling = async (signal) => {
      if (!run.finished || signal.aborted) return;
      controller.abort(stopped());
      await Promise.resolve();
    };
  });
  const begun = await train({ runs: new LiveRuns(maker), pause: controller.signal });
  expect(begun).toMatchObject({ ended: 'paused', phase: 'denoiser', step: 20 });
  expect(await store.get(ID)).toMatchObject({ state: 'paused' });
  const rest = await train();
  expect(rest.ended).toBe('finished');
  expect(rest.events.some(({ type }) => type === 'step')).toBe(false);
  expect((await store.history(ID)).snapshots.at(-1)).toMatchObject({ step: 20, hasFiles: true });
  expect(await curve()).toEqual(await unbroken());
  // Now it is, and nothing is done again.
  const count = (await store.history(ID)).snapshots.length;
  expect((await train()).ended).toBe('finished');
  expect((await store.history(ID)).snapshots).toHaveLength(count);
});

test('a pause that takes its time says that it was heard', async () => {
  const controller = new AbortController();
  const { maker } = fakeMaker((run) => {
    run.beforeStep = ({ step }) =>
      step < 3
        ? undefined
        : new Promise((done) => {
            controller.abort(stopped());
            setTimeout(done, 1200);
          });
  });
  const { events } = await train({ runs: new LiveRuns(maker), pause: controller.signal });
  const after = events.slice(events.findLastIndex((event) => event.type === 'step' && event.step === 3) + 1);
  expect(after.map((event) => (event.type === 'progress' ? event.what : event.type))).toEqual([
    ...['save', 'save', 'save'],
    'step',
    ...['save', 'checkpoint', 'save'],
  ]);
});

test('single steps: one step and its moves, stored at once', async () => {
  const runs = new LiveRuns(fakeMaker().maker);
  await train({ runs, ...pauseAfter(10) });
  const { events, ended } = await train({ runs, mode: 'step' });
  expect(ended).toBe('paused');
  expect(events.filter(({ type }) => type !== 'progress').map(({ type }) => type)).toEqual([
    'resumed',
    'encoded',
    'update-trace',
    'step',
    'guess',
    'samples',
    'snapshot',
    'checkpoint',
  ]);
  expect(await curve()).toHaveLength(11);
});

test('slow motion waits between steps, and a pause ends the wait', async () => {
  const begin = performance.now();
  const controller = new AbortController();
  setTimeout(() => controller.abort(stopped()), 100);
  const { ended, step } = await train({ mode: 'slow', pause: controller.signal });
  expect({ ended, step }).toEqual({ ended: 'paused', step: 1 });
  expect(performance.now() - begin).toBeLessThan(1000);
});

test('checkpoints come by themselves, the first after a few seconds', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  try {
    const saved: number[] = [];
    const save = store.save.bind(store);
    vi.spyOn(store, 'save').mockImplementation((id, progress: Progress): Promise<RunRecord> => {
      saved.push(
        progress.checkpoint.phase === 'denoiser' ? 10 + progress.checkpoint.step : progress.checkpoint.step,
      );
      return save(id, progress);
    });
    const { maker } = fakeMaker((run) => (run.beforeStep = () => void vi.advanceTimersByTime(2500)));
    await train({ runs: new LiveRuns(maker) });
    // After 5 s, 10 s and then every 20 s; the last one at the end.
    expect(saved).toEqual([2, 6, 14, 22, 30]);
    expect(await curve()).toEqual(await unbroken());
  } finally {
    vi.useRealTimers();
  }
});

test('says what is wrong with a run that is not there', async () => {
  await store.remove(ID);
  await expect(train()).rejects.toMatchObject({ code: 'missing-run' });
});
