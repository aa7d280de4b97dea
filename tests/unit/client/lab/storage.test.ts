// Room and the promise to keep what is stored, in browsers that tell and in those that do not.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

type Storage = typeof import('../../../../src/lab/page/storage.ts');
let storage: Storage;

beforeEach(async () => {
  vi.resetModules();
  storage = await import('../../../../src/lab/page/storage.ts');
});
afterEach(() => void vi.unstubAllGlobals());

test('asks once a page, and not where it is promised already', async () => {
  const persist = vi.fn(() => Promise.resolve(true));
  vi.stubGlobal('navigator', { storage: { persist, persisted: () => Promise.resolve(false) } });
  expect(await storage.askToKeep()).toBe(true);
  expect(await storage.askToKeep()).toBe(true);
  expect(persist).toHaveBeenCalledOnce();
});

test('a promise that was given needs no asking', async () => {
  const persist = vi.fn();
  vi.stubGlobal('navigator', { storage: { persist, persisted: () => Promise.resolve(true) } });
  expect(await storage.askToKeep()).toBe(true);
  expect(persist).not.toHaveBeenCalled();
});

test('room is what the browser says, or unknown', async () => {
  vi.stubGlobal('navigator', {
    storage: {
      estimate: () => Promise.resolve({ quota: 1000, usage: 300 }),
      persisted: () => Promise.resolve(true),
    },
  });
  expect(await storage.storageRoom()).toEqual({ free: 700, used: 300, persisted: true });
  vi.stubGlobal('navigator', { storage: { estimate: () => Promise.reject(new Error('no')) } });
  expect(await storage.storageRoom()).toEqual({ free: undefined, used: undefined, persisted: false });
  vi.stubGlobal('navigator', {});
  expect(await storage.storageRoom()).toEqual({ free: undefined, used: undefined, persisted: false });
  expect(await storage.askToKeep()).toBe(false);
});
