// A file of a recorded result: stored by its name, fetched by its address, and fetched again where that failed.
import * as v from 'valibot';
import { afterEach, expect, test, vi } from 'vitest';
import { contentOf, restore, store, widePicture } from '../../../src/components/kit/frame/result.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

test('its content goes beside the result, its name into it, its address comes back', () => {
  const content = Uint8Array.of(1, 2, 3);
  const { json, files } = store({ study: { latents: { src: 'latents.bin', content } } });
  expect(json).toEqual({ study: { latents: { file: 'latents.bin' } } });
  expect([...files]).toEqual([['latents.bin', content]]);
  expect(restore(json, {}, '/recorded/4-5/')).toEqual({
    study: { latents: { src: '/recorded/4-5/latents.bin' } },
  });
  expect(() => store({ src: '/recorded/4-5/latents.bin' })).toThrow('expected what is in');
});

test('what is in it: given, or fetched', async () => {
  expect([...(await contentOf({ src: 'a', content: Uint8Array.of(7) }))]).toEqual([7]);
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(Uint8Array.of(5, 6))));
  expect([...(await contentOf({ src: '/a.bin' }))]).toEqual([5, 6]);
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(null, { status: 503 })));
  await expect(contentOf({ src: '/a.bin' })).rejects.toThrow('503');
});

test('a picture of any shape is stored as its file, or to be made into one', () => {
  const sides = { width: 3, height: 1 };
  const pixels = new Uint8ClampedArray(12);
  const content = Uint8Array.of(9);
  const jpeg = { ...sides, pixels, src: 'a.jpg', content };
  const original = { ...sides, pixels, src: 'b.webp', quality: 92 };
  const { json, files } = store({ jpeg, original });
  expect(json).toEqual({ jpeg: { file: 'a.jpg', ...sides }, original: { file: 'b.webp', ...sides } });
  expect(files.get('a.jpg')).toBe(content);
  expect(files.get('b.webp')).toBe(original);
  const back = restore(json, {}, '/recorded/4-1/') as { readonly jpeg: unknown };
  expect(back.jpeg).toEqual({ ...sides, src: '/recorded/4-1/a.jpg' });
  expect(v.is(widePicture(), back.jpeg)).toBe(true);
});
