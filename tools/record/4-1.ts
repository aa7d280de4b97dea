// Records figure 4.1 with a browser's own encoder: Chromium is driven, nothing is imitated.
import { chromium } from 'playwright';
import sharp from 'sharp';
import {
  CURVE,
  cut,
  lensAt,
  QUALITY,
  type CurvePoint,
  type RecordedJpeg,
} from '../../src/components/figures/4.1-jpeg/jpeg.ts';
import type * as codec from '../../src/components/figures/4.1-jpeg/jpegCodec.ts';
import { launchArgs, requireBrowser } from '../lib/browser.ts';
import { bundleGlobal } from '../lib/bundle.ts';
import { readPictureFile } from '../lib/pictures.ts';
import type { RecordContext } from './context.ts';

declare const jpegCodec: typeof codec;

const PICTURE = 'cup';
const LENS = { x: 33, y: 44 };

interface Encoded {
  readonly png: number;
  readonly curve: readonly CurvePoint[];
  /** Of the quality that the figure starts with. */
  readonly now: { readonly bytes: number; readonly psnr: number };
  readonly file: number[];
  readonly pixels: number[];
}

export async function record({ write }: RecordContext): Promise<void> {
  const original = await readPictureFile(`full/${PICTURE}.webp`);
  const { width, height } = original;
  const browser = await chromium.launch({ executablePath: requireBrowser(), args: [...launchArgs] });
  const page = await browser.newPage();
  await page.addScriptTag({
    content: await bundleGlobal('src/components/figures/4.1-jpeg/jpegCodec.ts', 'jpegCodec'),
  });
  const encoded: Encoded = await page.evaluate(
    async ({ values, width, height, qualities, quality }) => {
      const picture = { pixels: new Uint8ClampedArray(values), width, height };
      const curve = [];
      for (const q of qualities) {
        const { bytes, psnr } = await jpegCodec.jpegRoundTrip(picture, q);
        curve.push({ quality: q, bytes, psnr });
      }
      const { bytes, psnr, pixels } = await jpegCodec.jpegRoundTrip(picture, quality);
      const file = await jpegCodec.encodePicture(picture, 'image/jpeg', quality / 100);
      return {
        png: (await jpegCodec.encodePicture(picture, 'image/png')).size,
        curve,
        now: { bytes, psnr },
        file: [...new Uint8Array(await file.arrayBuffer())],
        pixels: [...pixels],
      };
    },
    { values: [...original.pixels], width, height, qualities: CURVE, quality: QUALITY.start },
  );
  const name = `Chromium ${browser.version()}`;
  await browser.close();

  const lens = lensAt(original, LENS);
  const lossless = (pixels: Uint8ClampedArray): Promise<Buffer> =>
    sharp(Buffer.from(pixels), { raw: { width: lens.width, height: lens.height, channels: 4 } })
      .webp({ lossless: true })
      .toBuffer();
  const files = {
    original: 'original.webp',
    jpeg: 'jpeg.jpg',
    originalDetail: 'original-detail.webp',
    jpegDetail: 'jpeg-detail.webp',
  };
  const decoded = { width, height, pixels: Uint8ClampedArray.from(encoded.pixels) };
  const whole = sharp(Buffer.from(original.pixels), { raw: { width, height, channels: 4 } });
  write('4-1', files.original, await whole.removeAlpha().webp({ quality: 92, effort: 6 }).toBuffer());
  write('4-1', files.jpeg, Uint8Array.from(encoded.file));
  write('4-1', files.originalDetail, await lossless(cut(original, lens)));
  write('4-1', files.jpegDetail, await lossless(cut(decoded, lens)));
  write('4-1', 'recorded.json', {
    manifests: {},
    picture: PICTURE,
    quality: QUALITY.start,
    width,
    height,
    browser: name,
    png: encoded.png,
    ...encoded.now,
    lens: LENS,
    curve: encoded.curve,
    files,
  } satisfies RecordedJpeg);
}
