// What is stored of a run is damaged, somebody else's, or out of reach: training goes on from what is sound, or says why not.
import { IDBFactory } from 'fake-indexeddb';
import 'fake-indexeddb/auto';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type BackendInfo, TrainingStoppedError } from '@noisebook/ldm';
import type { LabEvent, LabTrainResult } from '../../../../src/engine/protocol/lab.ts';
import { openStore, StoreError, type Checkpoint, type Store } from '../../../../src/storage/index.ts';
import { LiveRuns } from '../../../../src/lab/worker/liveRun.ts';
import { trainOn } from '../../../../src/lab/worker/train.ts';
import { dataset, record } from '../../runs/example.ts';
import { fakeMaker, type FakeRun } from './fakeRun.ts';

const backend: BackendInfo = { backend: 'wasm', label: 'wasm (2 threads)', software: false };
const ID = 'aaaaaa';
let store: Store;

beforeEach(async () => {
  vi.stubGlobal('indexedDB', new IDBFactory());
  store = await openStore();
  await store.runs.create(record(ID), dataset);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const tab = (prepare?: (run: FakeRun) => void): LiveRuns => new LiveRuns(fakeMaker(prepare).maker);
/** One step, stored. */
async function step(runs = tab()): Promise<LabTrainResult & { readonly events: LabEvent[] }> {
  const events: LabEvent[] = [];
  const signal = new AbortController().signal;
  const result = await trainOn(backend, ID, runs, store, {
    mode: 'step',
    pause: signal,
    lost: signal,
    changed: () => undefined,
    emit: (event) => events.push(event),
  });
  return { ...result, events };
}
const resumed = (events: readonly LabEvent[]): LabEvent | undefined =>
  events.find(({ type }) => type === 'resumed');
const steps = async (): Promise<number[]> => (await store.runs.history(ID)).steps.map((each) => each.step);

/** Makes the newest checkpoints something else, as they are read. */
function damage(...changes: ((checkpoint: Checkpoint) => Checkpoint)[]): void {
  const read = store.runs.checkpoint.bind(store.runs);
  vi.spyOn(store.runs, 'checkpoint').mockImplementation(async (id, older = 0) => {
    const found = await read(id, older);
    const change = changes[older];
    return found && change ? { ...found, ...change(found) } : found;
  });
}
const scrambled = (checkpoint: Checkpoint): Checkpoint => ({
  ...checkpoint,
  bytes: checkpoint.bytes.map((byte) => byte ^ 0x55),
});

test('a damaged checkpoint: on from the one before, said, and the curve is whole', async () => {
  for (let i = 0; i < 3; i++) await step();
  damage(scrambled);
  const { events, step: at } = await step();
  expect(resumed(events)).toEqual({
    type: 'resumed',
    phase: 'autoencoder',
    step: 2,
    unused: { phase: 'autoencoder', step: 3 },
  });
  expect(at).toBe(3);
  vi.restoreAllMocks();
  expect(await store.runs.get(ID)).toMatchObject({ step: 3, revision: 4 });
  const next = await step();
  expect(resumed(next.events)).toEqual({ type: 'resumed', phase: 'autoencoder', step: 3 });
  expect(await steps()).toEqual([1, 2, 3, 4]);
});

test('it is said once: the run in memory goes on as any other', async () => {
  for (let i = 0; i < 3; i++) await step();
  damage(scrambled);
  const runs = tab();
  await step(runs);
  expect(resumed((await step(runs)).events)).toEqual({ type: 'resumed', phase: 'autoencoder', step: 3 });
});

test('no sound checkpoint: nothing is trained, and the reader is told what is left to do', async () => {
  for (let i = 0; i < 3; i++) await step();
  damage(scrambled, scrambled);
  await expect(step()).rejects.toMatchObject({
    code: 'failed',
    message: /No checkpoint of “Run aaaaaa” can be read.*“Start over”/,
  });
  vi.restoreAllMocks();
  expect(await store.runs.get(ID)).toMatchObject({ step: 3 });
  await store.runs.reset(ID);
  expect((await step()).step).toBe(1);
});

test('a run whose checkpoints are gone does not begin anew by itself', async () => {
  await step();
  vi.spyOn(store.runs, 'checkpoint').mockResolvedValue(undefined);
  await expect(step()).rejects.toThrow(/No checkpoint.*it is not there/);
});

test('too little memory is no damage', async () => {
  for (let i = 0; i < 2; i++) await step();
  const runs = new LiveRuns({
    ...fakeMaker().maker,
    restore: () => {
      throw new RangeError('Array buffer allocation failed');
    },
  });
  await expect(step(runs)).rejects.toThrow('allocation');
  expect(resumed((await step()).events)).not.toHaveProperty('unused');
});

test('a checkpoint that training only fails on: the next try begins at the one before', async () => {
  for (let i = 0; i < 3; i++) await step();
  const runs = tab((run) => {
    run.beforeStep = (state) => {
      if (state.step === 3) throw new TrainingStoppedError('not-a-number', 'The loss is NaN.');
    };
  });
  expect(await step(runs)).toMatchObject({ ended: 'stopped', message: 'The loss is NaN.', step: 3 });
  const again = await step(runs);
  expect(resumed(again.events)).toMatchObject({ step: 2, unused: { step: 3 } });
});

test('two tabs without locks: the one that comes late saves nothing, and goes on from what is stored', async () => {
  const [here, there] = [tab(), tab()];
  await step(here);
  await step(there);
  // Both have read step 2.
  const late = tab((run) => {
    run.beforeStep = async ({ step: at }) => {
      if (at === 2) await step(there);
    };
  });
  const { ended, message } = await step(late);
  expect(ended).toBe('stopped');
  expect(message).toMatch(/changed in another tab.*“Go on” takes the run as it is stored/);
  expect(await store.runs.get(ID)).toMatchObject({ step: 3, state: 'paused' });
  expect(await steps()).toEqual([1, 2, 3]);
  expect(resumed((await step(late)).events)).toMatchObject({ step: 3 });
});

test('a newer version of the site takes the storage: the true reason, and what is stored', async () => {
  const runs = tab();
  await step(runs);
  vi.spyOn(store.runs, 'save').mockRejectedValue(
    new StoreError('changed', 'Another version. Reload the page.'),
  );
  const { ended, message } = await step(runs);
  expect(ended).toBe('stopped');
  expect(message).toBe(
    'Training has stopped: it is stored up to step 1 of the autoencoder. Another version. Reload the page.',
  );
});
