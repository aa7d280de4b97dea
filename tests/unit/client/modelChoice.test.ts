// The chosen model is remembered, told to every listener, and never believed without a look.
import 'fake-indexeddb/auto';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  CHOICE_KEY,
  lookUp,
  onChoice,
  parseChoice,
  storeChoice,
  storedChoice,
  type ChosenModel,
} from '../../../src/storage/modelChoice.ts';

const model: ChosenModel = {
  name: 'own-0123456789ab',
  title: 'My faces',
  hash: '89abcdef',
  bytes: 123_456,
  image: { size: 32, f: 4, latentChannels: 8, latentSize: 8 },
  sampling: { numInferenceSteps: 10, guidanceScale: 2.5 },
  knownWords: ['redhair', 'bob'],
  examples: ['redhair bob'],
};

class Storage {
  readonly kept = new Map<string, string>();
  full = false;
  getItem(key: string): string | null {
    return this.kept.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    if (this.full) throw new DOMException('full', 'QuotaExceededError');
    this.kept.set(key, value);
  }
  removeItem(key: string): void {
    this.kept.delete(key);
  }
}

let storage: Storage;
beforeEach(() => {
  storage = new Storage();
  vi.stubGlobal('window', Object.assign(new EventTarget(), { localStorage: storage }));
});
afterEach(() => vi.unstubAllGlobals());

describe('what is read', () => {
  test('is what was stored', () => {
    expect(parseChoice(JSON.stringify(model))).toEqual(model);
  });
  const wrong: readonly (readonly [what: string, change: object])[] = [
    ['a model of the site', { name: 'faces-64' }],
    ['a path', { name: 'own-../../x' }],
    ['a snapshot', { name: 'own-0123456789ab-3' }],
    ['no title', { title: ' ' }],
    ['a title as long as a book', { title: 'x'.repeat(201) }],
    ['no hash', { hash: 'zzz' }],
    ['bytes that are no number', { bytes: '12' }],
    ['a huge picture', { image: { size: 4096, f: 8, latentChannels: 4, latentSize: 512 } }],
    ['sizes that do not fit', { image: { size: 32, f: 4, latentChannels: 8, latentSize: 9 } }],
    ['too many channels', { image: { size: 32, f: 4, latentChannels: 64, latentSize: 8 } }],
    ['no sampling', { sampling: null }],
    ['a thousand steps', { sampling: { numInferenceSteps: 1000, guidanceScale: 2 } }],
    ['guidance that is no number', { sampling: { numInferenceSteps: 10, guidanceScale: null } }],
    ['words that are no texts', { knownWords: [1] }],
    ['examples that are no list', { examples: 'redhair' }],
  ];
  for (const [what, change] of wrong) {
    test(`is nothing with ${what}`, () => {
      expect(parseChoice(JSON.stringify({ ...model, ...change }))).toBeUndefined();
    });
  }
  test('is nothing of what is no model at all, or too long to be one', () => {
    for (const text of [null, '', '{', 'null', '[]', '7', '"own-0123456789ab"', ' '.repeat(3_000_000)])
      expect(parseChoice(text)).toBeUndefined();
  });
});

test('a choice is kept, told, and taken back', () => {
  const heard: (ChosenModel | undefined)[] = [];
  const stop = onChoice((choice) => heard.push(choice));
  expect(storeChoice(model)).toBe(true);
  expect(storedChoice()).toEqual(model);
  expect(storeChoice(undefined)).toBe(true);
  expect(storedChoice()).toBeUndefined();
  expect(storage.kept.size).toBe(0);
  expect(heard).toEqual([model, undefined]);
  stop();
  storeChoice(model);
  expect(heard).toHaveLength(2);
});

test('another tab is heard, if it is about the model', () => {
  const heard: (ChosenModel | undefined)[] = [];
  onChoice((choice) => heard.push(choice));
  const changed = (key: string | null): void => {
    window.dispatchEvent(Object.assign(new Event('storage'), { key }));
  };
  storage.kept.set(CHOICE_KEY, JSON.stringify(model));
  changed('theme');
  changed(CHOICE_KEY);
  storage.kept.clear();
  changed(null);
  expect(heard).toEqual([model, undefined]);
});

test('where nothing can be stored the page still hears of it', () => {
  const heard: (ChosenModel | undefined)[] = [];
  onChoice((choice) => heard.push(choice));
  storage.full = true;
  expect(storeChoice(model)).toBe(false);
  expect(heard).toEqual([model]);
  expect(storedChoice()).toBeUndefined();
});

test.each([
  [
    'as many words as a model may have',
    { knownWords: Array.from({ length: 5000 }, (_, i) => `${i}`.padEnd(64, 'x')) },
  ],
  [
    'words that take six times their length when written down',
    { knownWords: Array(5000).fill('\u0001'.repeat(64)) },
  ],
  ['long examples', { examples: Array(16).fill('\u0001'.repeat(200)) }],
  ['the smallest pictures', { image: { size: 2, f: 1, latentChannels: 3, latentSize: 2 } }],
])('what a model may have is remembered: %s', (_what, change) => {
  expect(storeChoice({ ...model, ...change })).toBe(true);
  expect(storedChoice()).toEqual({ ...model, ...change });
});

test('what would not be read again is not said to be kept, and the choice before it is over', () => {
  storeChoice(model);
  const heard: (ChosenModel | undefined)[] = [];
  onChoice((choice) => heard.push(choice));
  const odd = { ...model, title: 'x'.repeat(201) };
  expect(storeChoice(odd)).toBe(false);
  expect(heard).toEqual([odd]);
  expect(storedChoice()).toBeUndefined();
  storeChoice(model);
  storage.full = true;
  expect(storeChoice({ ...model, title: 'Other' })).toBe(false);
  expect(storedChoice()).toBeUndefined();
});

test('a choice for this page only is told, and not remembered', () => {
  storeChoice(model);
  const heard: (ChosenModel | undefined)[] = [];
  onChoice((choice) => heard.push(choice));
  expect(storeChoice(model, { remember: false })).toBe(false);
  expect(heard).toEqual([model]);
  expect(storedChoice()).toBeUndefined();
});

test('no more is stored than is read again', () => {
  const more = { ...model, origin: 'run', facePixels: true };
  storeChoice(more);
  expect(storedChoice()).toEqual(model);
});

test('without a store nobody knows whether a model is there', async () => {
  vi.resetModules();
  vi.stubGlobal('indexedDB', undefined);
  // A page of its own: it opens the store once.
  const page = await import('../../../src/storage/modelChoice.ts');
  expect(await page.lookUp(model)).toBe('unknown');
});

test('a model that is not in the store is gone', async () => {
  const { openStore } = await import('../../../src/storage/index.ts');
  expect(await lookUp(model)).toBe('gone');
  const { models } = await openStore();
  const { name, title, hash, bytes, image, sampling, knownWords, examples } = model;
  await models.saveModel(
    {
      id: '0123456789ab',
      created: '2026-01-01T00:00:00.000Z',
      origin: 'opened',
      ...{ name, title, hash, bytes, image, sampling, knownWords, examples },
    },
    new Map(),
  );
  expect(await lookUp(model)).toBe('there');
  // Its record can't be read, its files may: that is not "gone".
  await models.saveModel({ ...model, id: '0123456789ab', hash: 7 } as never, new Map());
  expect(await lookUp(model)).toBe('unknown');
});
