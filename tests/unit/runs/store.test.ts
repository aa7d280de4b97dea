// What is stored comes back, in the database and in memory alike; only the database survives being opened again.
import { forceCloseDatabase, IDBFactory, IDBObjectStore } from 'fake-indexeddb';
import 'fake-indexeddb/auto';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openStore, readFilesOf, snapshotModel, StoreError, type Store } from '../../../src/storage/index.ts';
import { BULKY_BYTES, toStored } from '../../../src/storage/bulky.ts';
import { MemoryStore } from '../../../src/storage/memoryStore.ts';
import { dataset, model, progress, record, snapshot, step } from './example.ts';

beforeEach(() => void vi.stubGlobal('indexedDB', new IDBFactory()));
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const plainPut: (this: IDBObjectStore, value: unknown, key?: IDBValidKey) => IDBRequest<IDBValidKey> =
  Object.getOwnPropertyDescriptor(IDBObjectStore.prototype, 'put')!.value as never;
const memory = (): Promise<Store> => {
  const store = new MemoryStore();
  return Promise.resolve({ lasting: false, runs: store, models: store });
};
const files = new Map([['unet/config.json', Uint8Array.of(1, 2, 3)]]);

describe.each([
  ['database', openStore],
  ['memory', memory],
])('%s', (_name, open) => {
  test('lists runs, newest first, with how far they are', async () => {
    const { runs } = await open();
    await runs.create(record('aa', { created: 1 }), dataset);
    await runs.create(record('bb', { created: 2 }), dataset);
    expect((await runs.list()).map(({ id }) => id)).toEqual(['bb', 'aa']);
    await runs.begin('aa', 'webgpu');
    expect(await runs.get('aa')).toMatchObject({ state: 'training', backend: 'webgpu', step: 0 });
    const saved = await runs.save('aa', progress('denoiser', 0, 7, { state: 'paused' }));
    expect(saved).toMatchObject({ state: 'paused', phase: 'denoiser', step: 7, trainedMs: 700, revision: 1 });
    expect(await runs.get('aa')).toEqual(saved);
    expect(saved.bytes).toBeGreaterThan(dataset.pixels.length + 1000);
    expect(await runs.get('cc')).toBeUndefined();
    expect(await runs.dataset('aa')).toEqual(dataset);
  });

  test('gives back the newest checkpoint and the whole curve up to it', async () => {
    const { runs } = await open();
    await runs.create(record('aa'), dataset);
    expect(await runs.checkpoint('aa')).toBeUndefined();
    const encoded = { type: 'encoded', count: 4, mean: [0, 1], std: [1, 2] } as const;
    await runs.save('aa', progress('autoencoder', 0, 4));
    await runs.save('aa', {
      ...progress('denoiser', 0, 3, { encoded, snapshots: [snapshot(3)] }),
      steps: [5, 6].map((n) => step('autoencoder', n)).concat([1, 2, 3].map((n) => step('denoiser', n))),
    });
    await runs.save('aa', progress('denoiser', 3, 5, { snapshots: [snapshot(4, files), snapshot(5)] }));
    expect(await runs.checkpoint('aa')).toEqual({ ...progress('denoiser', 3, 5).checkpoint, revision: 3 });
    const history = await runs.history('aa');
    expect(history.steps).toEqual([
      ...[1, 2, 3, 4, 5, 6].map((n) => step('autoencoder', n)),
      ...[1, 2, 3, 4, 5].map((n) => step('denoiser', n)),
    ]);
    expect(history.encoded).toEqual(encoded);
    expect(history.snapshots).toEqual([
      { ...snapshot(3), index: 0, hasFiles: false },
      { ...snapshot(4), index: 1, hasFiles: true },
      { ...snapshot(5), index: 2, hasFiles: false },
    ]);
    expect(await runs.snapshotFiles('aa', 1)).toEqual(files);
    expect(await runs.snapshotFiles('aa', 2)).toBeUndefined();
  });

  test('large arrays come back as they were, and count with all their bytes', async () => {
    const { runs, models } = await open();
    const large = new Uint8Array(BULKY_BYTES).map((_, i) => (i * 7919) >>> 8);
    const larger = new Uint8Array(BULKY_BYTES + 3).fill(9);
    const same = (found: Uint8Array | undefined, wanted: Uint8Array): boolean =>
      found instanceof Uint8Array && Buffer.compare(found, wanted) === 0;
    await runs.create(record('aa'), { ...dataset, pixels: large });
    const { pixels, ...words } = (await runs.dataset('aa'))!;
    expect({ ...words, pixels: dataset.pixels }).toEqual(dataset);
    expect(same(pixels, large)).toBe(true);
    const { checkpoint, ...rest } = progress('denoiser', 0, 7);
    const both = new Map([...files, ['unet/weights', large] as const]);
    const saved = await runs.save('aa', {
      ...rest,
      checkpoint: { ...checkpoint, bytes: larger },
      snapshots: [snapshot(3, both)],
    });
    expect(saved.bytes).toBeGreaterThan(3 * BULKY_BYTES);
    const found = (await runs.checkpoint('aa'))!;
    expect({ ...found, bytes: checkpoint.bytes }).toEqual({ ...checkpoint, revision: 1 });
    expect(same(found.bytes, larger)).toBe(true);
    await models.saveModel(model('bb'), both);
    for (const folder of [await runs.snapshotFiles('aa', 0), await models.readModelFiles('bb')]) {
      expect([...folder!.keys()]).toEqual([...both.keys()]);
      expect(same(folder!.get('unet/weights'), large)).toBe(true);
    }
    await runs.reset('aa');
    const { bytes } = (await runs.get('aa'))!;
    expect(bytes).toBeGreaterThanOrEqual(BULKY_BYTES);
    expect(bytes).toBeLessThan(2 * BULKY_BYTES);
  });

  test('keeps the reason why a run stopped until it goes on; a rename leaves it', async () => {
    const { runs } = await open();
    await runs.create(record('aa'), dataset);
    await runs.end('aa', 'stopped', 'The loss is not a number.');
    await runs.rename('aa', 'Mine');
    expect(await runs.get('aa')).toMatchObject({ name: 'Mine', message: 'The loss is not a number.' });
    await runs.begin('aa', 'wasm');
    expect(await runs.get('aa')).not.toHaveProperty('message');
  });

  test('resets and removes one run and leaves its neighbours', async () => {
    const { runs } = await open();
    for (const id of ['a', 'aa', 'aaa']) {
      await runs.create(record(id), dataset);
      await runs.save(id, progress('denoiser', 0, 5, { snapshots: [snapshot(5, files)] }));
    }
    await runs.reset('aa');
    expect(await runs.get('aa')).toMatchObject({ state: 'new', phase: 'autoencoder', step: 0, revision: 2 });
    expect(await runs.history('aa')).toEqual({ steps: [], snapshots: [] });
    expect(await runs.checkpoint('aa')).toBeUndefined();
    await runs.remove('aaa');
    expect(await runs.get('aaa')).toBeUndefined();
    expect(await runs.dataset('aaa')).toBeUndefined();
    expect(await runs.snapshotFiles('aaa', 0)).toBeUndefined();
    await expect(runs.history('aaa')).rejects.toMatchObject({ code: 'missing' });
    expect((await runs.history('a')).steps).toHaveLength(5);
    expect(await runs.snapshotFiles('a', 0)).toEqual(files);
  });

  test('a run that somebody else went on with, or began again, is not saved over', async () => {
    const { runs } = await open();
    await runs.create(record('aa'), dataset);
    const saved = await runs.save('aa', progress('autoencoder', 0, 4, { from: { revision: 0 } }));
    const mine = {
      revision: saved.revision,
      checkpoint: { revision: 1, phase: 'autoencoder', step: 4 },
    } as const;
    const other = await runs.save('aa', progress('autoencoder', 4, 6, { from: mine }));
    const late = runs.save('aa', progress('autoencoder', 4, 9, { from: mine }));
    await expect(late).rejects.toMatchObject({ code: 'conflict', message: /“Run aa” .* another tab/ });
    expect(await runs.get('aa')).toEqual(other);
    expect((await runs.history('aa')).steps).toHaveLength(6);
    await runs.reset('aa');
    await expect(runs.save('aa', progress('autoencoder', 6, 7, { from: { revision: 2 } }))).rejects.toThrow(
      'another tab',
    );
    expect(await runs.get('aa')).toMatchObject({ state: 'new', step: 0 });
  });

  test('a run that was deleted cannot be saved to', async () => {
    const { runs } = await open();
    await runs.create(record('aa'), dataset);
    await runs.remove('aa');
    await expect(runs.save('aa', progress('denoiser', 0, 5))).rejects.toMatchObject({ code: 'missing' });
    await expect(runs.rename('aa', 'x')).rejects.toMatchObject({ code: 'missing' });
    expect(await runs.checkpoint('aa')).toBeUndefined();
  });

  test('keeps models, by name too', async () => {
    const store = await open();
    const { models, runs } = store;
    await models.saveModel(model('abcdef'), files);
    await models.saveModel(model('123456', '2026-02-01T00:00:00.000Z'), new Map());
    expect((await models.listModels()).map(({ id }) => id)).toEqual(['123456', 'abcdef']);
    await models.renameModel('abcdef', 'Zahlen');
    expect(await models.getModel('abcdef')).toEqual({ ...model('abcdef'), title: 'Zahlen' });
    await runs.create(record('ab12cd'), dataset);
    await runs.save('ab12cd', progress('denoiser', 0, 5, { snapshots: [snapshot(5, files)] }));
    expect(await readFilesOf('own-abcdef', store)).toEqual(files);
    expect(await readFilesOf(snapshotModel('ab12cd', 0), store)).toEqual(files);
    expect(await readFilesOf(snapshotModel('ab12cd', 1), store)).toBeUndefined();
    expect(await readFilesOf('faces-64', store)).toBeUndefined();
    await models.deleteModel('abcdef');
    expect(await readFilesOf('own-abcdef', store)).toBeUndefined();
    await expect(models.renameModel('abcdef', 'x')).rejects.toMatchObject({ code: 'missing' });
  });
});

test('two tabs see each other, and the next visit sees both', async () => {
  const [here, there] = [await openStore(), await openStore()];
  await here.runs.create(record('aa'), dataset);
  await there.runs.save('aa', progress('autoencoder', 0, 4));
  await here.runs.save('aa', progress('autoencoder', 4, 6));
  const later = await openStore();
  expect(later.lasting).toBe(true);
  expect((await later.runs.history('aa')).steps.map((each) => each.step)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(await later.runs.get('aa')).toMatchObject({ revision: 2, step: 6 });
});

test('keeps the newest two checkpoints and counts their bytes', async () => {
  const { runs } = await openStore();
  await runs.create(record('aa'), dataset);
  const bytes: number[] = [];
  for (const at of [1, 2, 3, 4, 5]) {
    bytes.push((await runs.save('aa', progress('denoiser', at - 1, at))).bytes);
  }
  const checkpoints = await countOf('checkpoints');
  expect(checkpoints).toBe(2);
  // From the third on only the steps add up.
  expect(bytes[1]! - bytes[0]!).toBeGreaterThan(1000);
  expect(bytes[4]! - bytes[3]!).toBeLessThan(400);
  expect((await runs.checkpoint('aa'))?.step).toBe(5);
});

test('without room nothing of a checkpoint is stored, and the one before stays', async () => {
  const { runs } = await openStore();
  await runs.create(record('aa'), dataset);
  await runs.save('aa', progress('autoencoder', 0, 4));
  await runs.save('aa', progress('autoencoder', 4, 6));
  const before = [await runs.get('aa'), await runs.history('aa'), await countOf('checkpoints')];
  const put = vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(full('snapshots'));
  const refused = runs.save('aa', progress('autoencoder', 6, 9, { snapshots: [snapshot(9)] }));
  await expect(refused).rejects.toMatchObject({ code: 'full', message: /no room/ });
  put.mockRestore();
  expect([await runs.get('aa'), await runs.history('aa'), await countOf('checkpoints')]).toEqual(before);
  expect(await runs.checkpoint('aa')).toMatchObject(progress('autoencoder', 4, 6).checkpoint);
  // With room again it goes on from there.
  await runs.save('aa', progress('autoencoder', 6, 9));
  expect((await runs.history('aa')).steps).toHaveLength(9);
});

test('with little room the older checkpoint makes way', async () => {
  const { runs } = await openStore();
  await runs.create(record('aa'), dataset);
  await runs.save('aa', progress('autoencoder', 0, 4));
  await runs.save('aa', progress('autoencoder', 4, 6));
  const put = vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementationOnce(full('checkpoints'));
  await runs.save('aa', progress('autoencoder', 6, 9));
  put.mockRestore();
  expect(await countOf('checkpoints')).toBe(1);
  expect((await runs.checkpoint('aa'))?.step).toBe(9);
  await runs.save('aa', progress('autoencoder', 9, 10));
  expect(await countOf('checkpoints')).toBe(2);
});

test('where nothing can be kept, a store in memory', async () => {
  vi.stubGlobal('indexedDB', undefined);
  const { lasting, runs } = await openStore();
  expect(lasting).toBe(false);
  await runs.create(record('aa'), dataset);
  expect(await runs.list()).toHaveLength(1);
});

test('a database that the browser closed is opened again', async () => {
  const opened: IDBDatabase[] = [];
  const original = indexedDB.open.bind(indexedDB);
  vi.spyOn(indexedDB, 'open').mockImplementation((...given) => {
    const request = original(...given);
    request.addEventListener('success', () => opened.push(request.result));
    return request;
  });
  const { runs } = await openStore();
  await runs.create(record('aa'), dataset);
  // Its types ask for the class, its text for one of it.
  forceCloseDatabase(opened[0]! as never);
  expect(await runs.list()).toHaveLength(1);
  expect(opened).toHaveLength(2);
});

test('a database of another version says so, and names what is in it', async () => {
  const first = await openStore();
  await first.runs.create(record('aa', { name: 'Faces 1' }), dataset);
  await first.models.saveModel(model('bb'), files);
  // What a newer version of the site does, in another tab.
  await changeDatabase(2);
  await expect(first.runs.save('aa', progress('autoencoder', 0, 4))).rejects.toMatchObject({
    code: 'changed',
    message: /Another version of this site.*Reload the page/,
  });
  const store = await openStore();
  expect(store.lasting).toBe(false);
  expect(store.trouble).toMatchObject({
    error: { code: 'changed' },
    names: { runs: ['Faces 1'], models: ['Digits'] },
  });
  // A model of it is not "deleted": this page can't get at it.
  await expect(readFilesOf('own-abcdef', store)).rejects.toMatchObject({ code: 'changed' });
});

test('a database without our object stores is another version’s, too', async () => {
  await changeDatabase(1);
  expect((await openStore()).trouble).toMatchObject({ error: { code: 'changed' }, names: { runs: [] } });
});

test.each([
  ['refused', new DOMException('The user denied it.', 'SecurityError'), 'unavailable', /storage is refused/],
  ['full', new DOMException('Full.', 'QuotaExceededError'), 'full', /no room left/],
])('storage that is %s says why nothing lasts', async (_what, error, code, message) => {
  vi.spyOn(indexedDB, 'open').mockImplementation(() => {
    throw error;
  });
  expect(await openStore()).toMatchObject({ lasting: false, trouble: { error: { code, message } } });
});

test('storage that never answers is given up', async () => {
  vi.useFakeTimers();
  try {
    vi.spyOn(indexedDB, 'open').mockImplementation(() => new EventTarget() as IDBOpenDBRequest);
    const opening = openStore();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await opening).toMatchObject({
      lasting: false,
      trouble: { error: { message: /does not answer/ } },
    });
  } finally {
    vi.useRealTimers();
  }
});

describe('records of another shape', () => {
  const odd: readonly (readonly [what: string, change: object])[] = [
    ['no recipe', { recipe: null }],
    ['a recipe of a later version', { recipe: { ...record('x').recipe, data: 'films' } }],
    ['no data', { data: undefined }],
    ['a phase that is not known', { phase: 'upscaler' }],
    ['a name that is none', { name: { first: 'Ada' } }],
    ['no bookkeeping', { checkpointBytes: undefined }],
  ];
  test.each(odd)(
    'a run with %s hides no other, says what it is, and can be deleted',
    async (_what, change) => {
      const { runs } = await openStore();
      await runs.create(record('aa'), dataset);
      await runs.create(record('bb', { name: 'Mine' }), dataset);
      await alter('runs', 'bb', (run) => ({ ...run, ...change }));
      expect((await runs.list()).map(({ id }) => id)).toEqual(['aa']);
      const name = 'name' in change ? 'bb' : 'Mine';
      expect(await runs.listUnreadable()).toEqual([{ id: 'bb', name }]);
      const refused = { code: 'unreadable', message: new RegExp(`“${name}” cannot be read.*delete`) };
      await expect(runs.get('bb')).rejects.toMatchObject(refused);
      await expect(runs.save('bb', progress('autoencoder', 0, 1))).rejects.toMatchObject(refused);
      await runs.remove('bb');
      expect(await runs.listUnreadable()).toEqual([]);
    },
  );

  test('a model without its sizes hides no other; its files are still there', async () => {
    const store = await openStore();
    const { models } = store;
    await models.saveModel(model('aaaaaa'), files);
    await models.saveModel(model('bbbbbb'), files);
    await alter('models', 'bbbbbb', (each) => ({ ...each, image: undefined }));
    expect((await models.listModels()).map(({ id }) => id)).toEqual(['aaaaaa']);
    expect(await models.listUnreadableModels()).toEqual([{ id: 'bbbbbb', name: 'Digits' }]);
    expect(await models.getModel('bbbbbb')).toBeUndefined();
    expect(await readFilesOf('own-bbbbbb', store)).toEqual(files);
    await models.deleteModel('bbbbbb');
    expect(await models.listUnreadableModels()).toEqual([]);
  });

  test('a part of the past is left out and counted, the rest is there', async () => {
    const { runs } = await openStore();
    await runs.create(record('aa'), dataset);
    await runs.save('aa', progress('denoiser', 0, 2, { snapshots: [snapshot(1)] }));
    await runs.save('aa', progress('denoiser', 2, 5, { snapshots: [snapshot(3)] }));
    expect(await runs.history('aa')).not.toHaveProperty('lost');
    await alter('steps', ['aa', 1], () => ({ chunks: [{ step: [1, 2] }] }));
    await alter('snapshots', ['aa', 0], () => 'gone');
    const { steps, snapshots, lost } = await runs.history('aa');
    expect(steps.map((each) => each.step)).toEqual([3, 4, 5]);
    expect(snapshots.map((each) => each.step)).toEqual([3]);
    expect(lost).toBe(2);
  });
});

describe('going on from the checkpoint before', () => {
  test('a checkpoint that cannot be read is refused, and the one before is there', async () => {
    const { runs } = await openStore();
    await runs.create(record('aa'), dataset);
    for (const at of [1, 2, 3]) await runs.save('aa', progress('denoiser', at - 1, at));
    for (const odd of ['gone', { phase: 'denoiser', step: 3, trainedMs: 1, bytes: 'abc' }, null]) {
      await alter('checkpoints', ['aa', 3], () => odd);
      await expect(runs.checkpoint('aa')).rejects.toMatchObject({ code: 'unreadable' });
    }
    expect(await runs.checkpoint('aa', 1)).toMatchObject({ step: 2, revision: 2 });
    expect(await runs.checkpoint('aa', 2)).toBeUndefined();
  });

  test('what came after it stays until the next save, and leaves with that', async () => {
    const { runs } = await openStore();
    await runs.create(record('aa'), dataset);
    await runs.save('aa', progress('denoiser', 0, 2, { snapshots: [snapshot(1), snapshot(2, files)] }));
    const before = (await runs.get('aa'))!;
    await runs.save('aa', progress('denoiser', 2, 5, { snapshots: [snapshot(4, files), snapshot(5)] }));
    const from = { revision: 2, checkpoint: { revision: 1, phase: 'denoiser', step: 2 } } as const;
    expect((await runs.history('aa')).steps).toHaveLength(5);
    const saved = await runs.save('aa', progress('denoiser', 2, 3, { from, snapshots: [snapshot(3)] }));
    expect(saved).toMatchObject({ revision: 3, step: 3 });
    const { steps, snapshots } = await runs.history('aa');
    expect(steps.map((each) => each.step)).toEqual([1, 2, 3]);
    expect(snapshots.map((each) => [each.index, each.step])).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
    ]);
    expect(await runs.snapshotFiles('aa', 1)).toEqual(files);
    expect(await runs.snapshotFiles('aa', 2)).toBeUndefined();
    expect(await runs.checkpoint('aa', 1)).toMatchObject({ step: 2, revision: 1 });
    expect(await runs.checkpoint('aa')).toMatchObject({ step: 3, revision: 3 });
    // As many bytes as if the lost part had never been.
    expect(saved.bytes - before.bytes).toBeGreaterThan(1000);
    expect(saved.bytes - before.bytes).toBeLessThan(1600);
    await runs.save('aa', progress('denoiser', 3, 4));
    expect(await countOf('checkpoints')).toBe(2);
    expect(await runs.checkpoint('aa', 1)).toMatchObject({ step: 3 });
  });
});

test('failures say what happened and what to do', async () => {
  const { runs } = await openStore();
  await runs.create(record('aa'), dataset);
  vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(() => {
    throw new Error('the disk is on fire');
  });
  const refused = runs.save('aa', progress('autoencoder', 0, 4));
  await expect(refused).rejects.toBeInstanceOf(StoreError);
  await expect(refused).rejects.toMatchObject({ code: 'failed', message: /on fire.*try again/ });
});

/** A `put` that finds no room in one object store. */
function full(name: string): typeof plainPut {
  return function (this: IDBObjectStore, ...given) {
    if (this.name === name) throw new DOMException('Full.', 'QuotaExceededError');
    return plainPut.apply(this, given);
  };
}

/** Records in an object store of the database. */
function countOf(name: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open('noisebook-runs');
    opening.onerror = () => reject(new Error('cannot open'));
    opening.onsuccess = () => {
      const counting = opening.result.transaction(name).objectStore(name).count();
      counting.onsuccess = () => {
        opening.result.close();
        resolve(counting.result);
      };
    };
  });
}

/** Opens the database at a version, as another tab would, and leaves it as it is. */
function changeDatabase(version: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open('noisebook-runs', version);
    opening.onerror = () => reject(new Error('cannot open'));
    opening.onsuccess = () => {
      opening.result.close();
      resolve();
    };
  });
}

/** Overwrites a record of the database. */
function alter(
  name: string,
  key: IDBValidKey,
  change: (value: Record<string, unknown>) => unknown,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open('noisebook-runs');
    opening.onerror = () => reject(new Error('cannot open'));
    opening.onsuccess = () => {
      const transaction = opening.result.transaction(name, 'readwrite');
      const store = transaction.objectStore(name);
      const reading = store.get(key);
      reading.onsuccess = () => {
        const value = change(reading.result as Record<string, unknown>);
        if (store.keyPath === null) store.put(value, key);
        else store.put(value);
      };
      transaction.oncomplete = () => {
        opening.result.close();
        resolve();
      };
      transaction.onabort = () => reject(new Error('cannot write'));
    };
  });
}

test('only what is large becomes a Blob', () => {
  const stored = toStored({ step: 3, bytes: new Uint8Array(BULKY_BYTES), few: new Uint8Array(8) });
  expect(stored).toMatchObject({ step: 3, bytes: expect.any(Blob) as Blob, few: new Uint8Array(8) });
});
