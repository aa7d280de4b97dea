// A reader's file to pixels, with the browser's decoder and canvas stood in for: what is looked at, cut and said.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { decodeFile, inspectFile } from '../../../../src/userContent/pictures/decodeFile.ts';
import { PictureError } from '../../../../src/userContent/pictures/errors.ts';

class Bitmap {
  readonly width: number;
  readonly height: number;
  constructor(width: number, height: number) {
    [this.width, this.height] = [width, height];
  }
  close(): void {
    // Nothing to free.
  }
}

/** Arguments of each `drawImage`, without the image. */
const drawn: number[][] = [];
let bitmap = new Bitmap(1, 1);
let readable = true;

beforeEach(() => {
  drawn.length = 0;
  readable = true;
  vi.stubGlobal('ImageBitmap', Bitmap);
  vi.stubGlobal('HTMLImageElement', Map);
  vi.stubGlobal('createImageBitmap', () => Promise.resolve(bitmap));
  vi.stubGlobal('document', {
    createElement: () => ({
      getContext: () => ({
        drawImage: (_image: unknown, ...numbers: number[]) => drawn.push(numbers),
        getImageData: (_x: number, _y: number, width: number, height: number) => {
          if (!readable) throw new DOMException('tainted', 'SecurityError');
          return { data: new Uint8ClampedArray(width * height * 4).fill(255) };
        },
      }),
    }),
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
});

/** The header of a PNG of this size. */
function png(width: number, height: number): File {
  const head = new Uint8Array(33);
  head.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]);
  new DataView(head.buffer).setUint32(16, width);
  new DataView(head.buffer).setUint32(20, height);
  bitmap = new Bitmap(width, height);
  return new File([head], 'wide.png');
}

test('a very wide picture: the square is cut first, then made small', async () => {
  const { width, height, square, notes } = await decodeFile(png(20_000, 1000));
  expect([width, height]).toEqual([1024, 51]);
  expect([square.width, square.height, square.pixels.length]).toEqual([1000, 1000, 4_000_000]);
  expect(drawn).toEqual([
    [0, 0, 1024, 51],
    [9500, 0, 1000, 1000, 0, 0, 1000, 1000],
  ]);
  expect(notes).toEqual(['The square in its middle is used.']);
});

test('a square picture is drawn once', async () => {
  const { pixels, square } = await decodeFile(png(2000, 2000));
  expect(square.pixels).toBe(pixels);
  expect(drawn).toEqual([[0, 0, 1024, 1024]]);
});

test('pixels that the browser keeps to itself, and whatever else goes wrong, are said', async () => {
  readable = false;
  await expect(decodeFile(png(4, 4))).rejects.toMatchObject({ name: 'PictureError', code: 'sealed' });
  vi.stubGlobal('document', {});
  await expect(decodeFile(png(4, 4))).rejects.toMatchObject({ name: 'PictureError', code: 'broken' });
});

test('a file that has gone since it was chosen', async () => {
  const file = png(4, 4);
  const gone = (): Promise<never> => Promise.reject(new DOMException('gone', 'NotFoundError'));
  Object.assign(file, { slice: () => ({ arrayBuffer: gone }), arrayBuffer: gone });
  await expect(inspectFile(file)).rejects.toThrow(/could not be read: it may have been moved/);
});

test('a picture of a known kind whose size nothing tells is not decoded', async () => {
  await expect(inspectFile(new File([Uint8Array.of(0xff, 0xd8, 0xff, 0xd9)], 'none.jpeg'))).rejects.toThrow(
    PictureError,
  );
});

test('a decoder that never answers is given up, and the sentence says what to try', async () => {
  vi.useFakeTimers();
  const file = png(8, 8);
  vi.stubGlobal('createImageBitmap', () => new Promise(() => undefined));
  const refused = expect(decodeFile(file)).rejects.toMatchObject({
    code: 'broken',
    message: expect.stringMatching(/not decoded it within 30 s\. Choose a smaller picture/) as string,
  });
  await vi.advanceTimersByTimeAsync(30_000);
  await refused;
  vi.useRealTimers();
});
