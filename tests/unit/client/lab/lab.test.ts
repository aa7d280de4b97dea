// The lab on the page: who trains what, what is refused, what the reader is told.
import { IDBFactory } from 'fake-indexeddb';
import 'fake-indexeddb/auto';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { CallOptions, Engine } from '../../../../src/engine/page/engineTypes.ts';
import { EngineError } from '../../../../src/engine/page/errors.ts';
import { PageLab } from '../../../../src/lab/page/lab.ts';
import type { TrainingStatus } from '../../../../src/lab/page/types.ts';
import type { LabEvent, LabTrainResult } from '../../../../src/engine/protocol/lab.ts';
import type { LabJobs } from '../../../../src/engine/protocol/labJobs.ts';
import { openStore, withRunLock, type RunStore, type Store } from '../../../../src/storage/index.ts';
import { dataset, progress, record, recipe, snapshot, step } from '../../runs/example.ts';

const backend = { backend: 'wasm', label: 'wasm (2 threads)', software: false } as const;
const paused: LabTrainResult = { ended: 'paused', phase: 'autoencoder', step: 3, backend };
let store: Store;
let runs: RunStore;

beforeEach(async () => {
  vi.stubGlobal('indexedDB', new IDBFactory());
  vi.stubGlobal('document', { hidden: false });
  store = await openStore();
  runs = store.runs;
  await runs.create(record('aaaaaa'), dataset);
});
afterEach(() => void vi.unstubAllGlobals());

type Answers = {
  readonly [N in keyof LabJobs]?: (
    request: LabJobs[N]['request'],
    options: CallOptions<LabJobs[N]['event']>,
  ) => Promise<LabJobs[N]['result']>;
};

/** The lab with an engine that has only these jobs. */
const labWith = (jobs: Answers = {}): PageLab => {
  const call = (job: keyof LabJobs, request: never, options: never) => jobs[job]?.(request, options);
  return new PageLab(() => Promise.resolve({ call } as unknown as Engine), store);
};

test('a run that was cut off is shown as interrupted, one that somebody trains as trained', async () => {
  const lab = labWith();
  await runs.save('aaaaaa', progress('autoencoder', 0, 3));
  expect((await lab.list())[0]).toMatchObject({
    state: 'training',
    shown: 'interrupted',
    trainedBy: undefined,
  });
  await withRunLock('aaaaaa', async () => {
    expect((await lab.list())[0]).toMatchObject({ shown: 'training', trainedBy: 'elsewhere' });
  });
  await runs.end('aaaaaa', 'paused');
  expect((await lab.list())[0]).toMatchObject({ shown: 'paused' });
});

test('opens a run with its past', async () => {
  const lab = labWith();
  await runs.save('aaaaaa', progress('denoiser', 0, 3, { snapshots: [snapshot(3, new Map())] }));
  const open = await lab.open('aaaaaa');
  expect(open.run).toMatchObject({ id: 'aaaaaa', step: 3, phase: 'denoiser' });
  expect(open.steps).toHaveLength(3);
  expect(open.snapshots).toMatchObject([{ step: 3, hasFiles: true }]);
  expect(lab.modelOf('aaaaaa', 0)).toBe('own-aaaaaa-0');
  await expect(lab.open('bbbbbb')).rejects.toMatchObject({ code: 'missing-run', message: /deleted/ });
});

test('training: status, events in order, and a pause', async () => {
  const events: LabEvent[] = [];
  const states: TrainingStatus['state'][] = [];
  const lab = labWith({
    'lab-train': (_request, { signal, onEvent }) =>
      new Promise((resolve) => {
        onEvent?.({ type: 'preparing', what: 'backend' });
        onEvent?.({ type: 'lab', events: [{ type: 'resumed', phase: 'autoencoder', step: 0 }] });
        onEvent?.({ type: 'lab', events: [step('autoencoder', 1), step('autoencoder', 2)] });
        signal?.addEventListener('abort', () => {
          onEvent?.({ type: 'lab', events: [step('autoencoder', 3)] });
          resolve(paused);
        });
      }),
  });
  const controller = new AbortController();
  const call = lab.train('aaaaaa', 'run', {
    signal: controller.signal,
    onEvents: (batch) => events.push(...batch),
    onStatus: ({ state }) => states.push(state),
  });
  await vi.waitFor(() => expect(events).toHaveLength(3));
  expect(lab.training).toMatchObject({ runId: 'aaaaaa', state: 'training' });
  expect((await lab.list())[0]).toMatchObject({ trainedBy: 'here', shown: 'training' });
  for (const call_ of [lab.remove('aaaaaa'), lab.reset('aaaaaa'), lab.train('aaaaaa', 'run')]) {
    await expect(call_).rejects.toMatchObject({ code: 'busy', message: /"Run aaaaaa" is being trained/ });
  }
  controller.abort();
  await expect(call).resolves.toEqual(paused);
  expect(events.map((event) => ('step' in event ? event.step : 0))).toEqual([0, 1, 2, 3]);
  expect(states.filter((state, i) => state !== states[i - 1])).toEqual([
    'waiting',
    'preparing',
    'training',
    'pausing',
  ]);
  expect(lab.training).toBeUndefined();
});

test('a failed call leaves the lab free', async () => {
  const failure = new EngineError({ code: 'busy', message: 'Another tab.' });
  const lab = labWith({ 'lab-train': () => Promise.reject(failure) });
  await expect(lab.train('aaaaaa', 'run')).rejects.toBe(failure);
  expect(lab.training).toBeUndefined();
});

test('changes are refused while another tab trains, and made when it has ended', async () => {
  const lab = labWith();
  await runs.save('aaaaaa', progress('autoencoder', 0, 3));
  await withRunLock('aaaaaa', async () => {
    for (const call of [lab.remove('aaaaaa'), lab.reset('aaaaaa')]) {
      await expect(call).rejects.toMatchObject({
        code: 'busy',
        message: /Another tab is training "Run aaaaaa"/,
      });
    }
    await lab.rename('aaaaaa', 'Mine');
  });
  expect((await lab.list())[0]).toMatchObject({ name: 'Mine', step: 3 });
  let changes = 0;
  const stop = lab.onChange(() => changes++);
  await lab.reset('aaaaaa');
  expect((await lab.list())[0]).toMatchObject({ name: 'Mine', step: 0, shown: 'new' });
  await lab.remove('aaaaaa');
  expect(await lab.list()).toEqual([]);
  await vi.waitFor(() => expect(changes).toBe(2));
  stop();
});

test('a new run gets an id of its own', async () => {
  const ids: string[] = [];
  const lab = labWith({
    'lab-create': async ({ id }) => {
      ids.push(id);
      await runs.create(record(id), dataset);
      return record(id);
    },
  });
  for (let i = 0; i < 3; i++) await lab.create({ name: 'x', recipe, dataset });
  expect(new Set(ids).size).toBe(3);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{12}$/);
});

test('a run that the worker keeps where this page does not find it is no success', async () => {
  const lab = labWith({ 'lab-create': ({ id }) => Promise.resolve(record(id)) });
  await expect(lab.create({ name: 'x', recipe, dataset })).rejects.toMatchObject({ code: 'missing-run' });
});

test('runs that cannot be read are listed apart and can be deleted', async () => {
  const lab = labWith();
  await runs.create({ ...record('bbbbbb'), recipe: null } as never, dataset);
  expect((await lab.list()).map(({ id }) => id)).toEqual(['aaaaaa']);
  expect(await lab.listUnreadable()).toEqual([{ id: 'bbbbbb', name: 'Run bbbbbb' }]);
  await lab.remove('bbbbbb');
  expect(await lab.listUnreadable()).toEqual([]);
});

test('says why nothing lasts', async () => {
  expect(labWith()).toMatchObject({ lasting: true, unkept: undefined });
  vi.spyOn(indexedDB, 'open').mockImplementation(() => {
    throw new DOMException('No.', 'SecurityError');
  });
  store = await openStore();
  expect(labWith()).toMatchObject({
    lasting: false,
    unkept: { why: expect.stringContaining('storage is refused') as string, names: { runs: [], models: [] } },
  });
});

test('where nothing lasts the worker is asked, once there is something to ask for', async () => {
  vi.stubGlobal('indexedDB', undefined);
  store = await openStore();
  const asked: string[] = [];
  const made: string[] = [];
  const lab = labWith({
    'lab-create': ({ id }) => {
      made.push(id);
      return Promise.resolve(record(id));
    },
    'lab-memory': (request) => {
      asked.push(request.call);
      return Promise.resolve(request.call === 'list' ? { list: made.map((id) => record(id)) } : {});
    },
  });
  expect(lab.lasting).toBe(false);
  expect(await lab.list()).toEqual([]);
  await lab.create({ name: 'x', recipe, dataset });
  expect(await lab.list()).toMatchObject([{ id: made[0], shown: 'new' }]);
  await lab.rename(made[0]!, 'y');
  expect(asked).toEqual(['list', 'list', 'rename']);
});
