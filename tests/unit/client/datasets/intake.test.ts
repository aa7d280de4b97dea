// The reader's own pictures are taken, and doubles noticed, also on plain http, where browsers offer no SHA-256.
import { afterEach, expect, test, vi } from 'vitest';
import { takePictures } from '../../../../src/userContent/datasets/intake.ts';
import type { ShrinkReply, ShrinkRequest } from '../../../../src/engine/protocol/shrink.ts';

/** A worker that makes every file a plain square of the colour that its last byte says. */
class FakeWorker extends EventTarget {
  postMessage({ id, file, side }: ShrinkRequest): void {
    void file.arrayBuffer().then((buffer) => {
      const pixels = new Uint8ClampedArray(side * side * 4).fill(new Uint8Array(buffer).at(-1)!);
      const data: ShrinkReply = { id, outcome: 'shrunk', pixels, side };
      this.dispatchEvent(Object.assign(new Event('message'), { data }));
    });
  }
  terminate(): void {
    // Nothing runs.
  }
}

/** Begins like a PNG of 8 x 8 pixels. */
const png = (name: string, colour: number): File => {
  const head = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52];
  return new File([Uint8Array.of(...head, 0, 0, 0, 8, 0, 0, 0, 8, 8, 6, 0, 0, 0, colour)], name);
};
const take = async (): Promise<Awaited<ReturnType<typeof takePictures>>> =>
  takePictures(
    [png('1.png', 10), png('2.png', 200), png('again.png', 10)].map((file) => ({ file, folder: '' })),
    new Set(),
  );

afterEach(() => void vi.unstubAllGlobals());

test('with and without crypto.subtle: the same pictures under the same keys', async () => {
  vi.stubGlobal('Worker', FakeWorker);
  const secure = await take();
  vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) });
  const plain = await take();
  expect(plain).toMatchObject({ problems: [], duplicates: 1, left: 0 });
  expect(plain.pictures.map(({ name }) => name)).toEqual(['1.png', '2.png']);
  expect(plain.pictures.map(({ key }) => key)).toEqual(secure.pictures.map(({ key }) => key));
  expect(plain.pictures[0]!.key).toMatch(/^[0-9a-f]{32}$/);
});
