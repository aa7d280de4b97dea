// Figure 4.1: a photograph under stronger and stronger JPEG, encoded by the reader's own browser.
import { fixed, grouped, significant } from '../../../writing/numbers.ts';
import * as v from 'valibot';
import { psnr, rgbOf } from '@noisebook/ldm/numbers';
import { choice, shared, whole } from '../../../state/figureAddress.ts';
import { pictureIds, type PictureId } from '../../../userContent/pictures/ids.ts';
import type { ChartSpec } from '../../kit/charts/chart.ts';
import { defineFigure, type FigureEngine, type FigureTask } from '../../kit/frame/defineFigure.ts';
import { contentOf, widePicture, type WidePicture } from '../../kit/frame/result.ts';
import { decodePicture, encodePicture, type Compressed, type Pixels } from '../../kit/pictures/codec.ts';

export const QUALITY = { min: 1, max: 100, start: 20 } as const;
/** The qualities that the curve is measured at. */
export const CURVE: readonly number[] = [
  ...[1, 3, 5, 7, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85],
  ...[88, 90, 92, 94, 95, 96, 97, 98, 99, 100],
];
/** What the magnifier shows, in pixels of the picture. */
const LENS = { width: 48, height: 32 } as const;

type Sides = Pick<Pixels, 'width' | 'height'>;

/** Three bytes a pixel. */
export const rawBytes = ({ width, height }: Sides): number => width * height * 3;

/** "16,201 bytes" */
export const writeBytes = (bytes: number): string => `${grouped(bytes)} bytes`;

/** How much smaller `bytes` is than `whole`: "1/44"; "1.3 ×" where it is larger. */
export function writeShare(bytes: number, whole: number): string {
  const times = whole / bytes;
  if (times < 1) return `${fixed(1 / times, 1)} ×`;
  return `1/${fixed(times, times < 10 ? 1 : 0)}`;
}

/** A part of a picture, in pixels. */
export interface Part extends Sides {
  readonly left: number;
  readonly top: number;
}

/** What lies below the lens whose middle is at `x`, `y` percent: moved so that all of it lies inside. */
export function lensAt({ width, height }: Sides, { x, y }: { readonly x: number; readonly y: number }): Part {
  const size = { width: Math.min(LENS.width, width), height: Math.min(LENS.height, height) };
  const place = (percent: number, side: number, span: number): number =>
    Math.max(0, Math.min(side - span, Math.round((percent / 100) * side - span / 2)));
  return { left: place(x, width, size.width), top: place(y, height, size.height), ...size };
}

/** A part of a picture as a picture. */
export function cut(picture: Pixels, { left, top, width, height }: Part): Pixels {
  const pixels = new Uint8ClampedArray(width * height * 4);
  for (let row = 0; row < height; row++) {
    const from = ((top + row) * picture.width + left) * 4;
    pixels.set(picture.pixels.subarray(from, from + width * 4), row * width * 4);
  }
  return { pixels, width, height };
}

const point = v.object({ quality: v.number(), bytes: v.number(), psnr: v.nullable(v.number()) });
/** A file: its quality, its size, and how close it is to the original in decibels; null where it is the same. */
export type CurvePoint = v.InferOutput<typeof point>;

const pointOf = (quality: number, original: Pixels, { content, pixels }: Compressed): CurvePoint => {
  const decibels = psnr(rgbOf(original.pixels), rgbOf(pixels), 255);
  return { quality, bytes: content.length, psnr: Number.isFinite(decibels) ? decibels : null };
};

/** What is to be said about an encoder that does something else than asked; undefined for one that obeys. */
export function encoderTrouble(type: string, curve: readonly CurvePoint[]): string | undefined {
  if (type !== 'image/jpeg') {
    return `This browser made ${type === '' ? 'no known type' : type} where it was asked for JPEG: the sizes are those of that.`;
  }
  const [first, last] = [curve[0], curve.at(-1)];
  if (first !== undefined && last !== undefined && first !== last && first.bytes === last.bytes) {
    return 'This browser’s encoder ignores the quality: all its files have one size.';
  }
  return undefined;
}

/** The chart of decibels by bytes, with the point where the slider stands. */
export function rateDistortion(curve: readonly CurvePoint[], now: CurvePoint): ChartSpec {
  // A picture that comes back unchanged has an infinite PSNR, which no chart can show.
  const points = (list: readonly CurvePoint[]): { x: number; y: number }[] =>
    list.flatMap(({ bytes, psnr }) => (psnr === null ? [] : [{ x: bytes / 1000, y: psnr }]));
  const decibels = points([now, ...curve]).map(({ y }) => y);
  const domain: readonly [number, number] =
    decibels.length === 0
      ? [20, 60]
      : [Math.floor(Math.min(...decibels) / 5) * 5, Math.ceil(Math.max(...decibels) / 5) * 5];
  return {
    x: { label: 'size of the file', unit: 'kB', type: 'log', format: significant },
    y: { label: 'PSNR', unit: 'dB', format: (value) => grouped(value, 1), domain },
    series: [
      { name: 'quality 1 to 100', color: 'pixel', kind: 'line', points: points(curve) },
      { name: `quality ${now.quality}`, color: 'ink', kind: 'dots', strong: true, points: points([now]) },
    ],
  };
}

/** What is measured of a picture, one file after the other: a slider that moves interrupts it, and it goes on afterwards. */
interface Measured {
  png?: number;
  readonly curve: CurvePoint[];
}

const measuredOf = (
  task: Pick<FigureTask<unknown, unknown, unknown>, 'memo'>,
  picture: string,
): Promise<Measured> => task.memo(`measured ${picture}`, () => Promise.resolve<Measured>({ curve: [] }));

/** As much of it as is shown: a curve is whole or not there. */
const told = ({ png, curve }: Measured): Measured => ({
  ...(png !== undefined && { png }),
  curve: curve.length === CURVE.length ? curve : [],
});

const asJpeg = (engine: FigureEngine, original: Pixels, quality: number): Promise<Compressed> =>
  engine.compress(original, 'image/jpeg', quality / 100);

/** A picture as PNG. */
async function pngOf(picture: WidePicture): Promise<Blob> {
  const { pixels, width, height } = picture;
  const opened = pixels
    ? { pixels, width, height }
    : await decodePicture(new Blob([await contentOf(picture)], { type: 'image/jpeg' }));
  return encodePicture(opened, 'image/png');
}

export default defineFigure({
  number: '4.1',
  title: 'Most of the bytes go before you notice',
  page: 'compression',
  fields: {
    picture: shared(choice<PictureId>(pictureIds, 'cup')),
    quality: whole(QUALITY.min, QUALITY.max, QUALITY.start),
    /** Where the line stands. */
    split: whole(0, 100, 50),
    /** The middle of the magnifier, in percent of the sides. */
    x: whole(0, 100, 33),
    y: whole(0, 100, 44),
    /** What lies right of the line. */
    view: choice(['picture', 'error'], 'picture'),
  },
  inputs: ['picture', 'quality'],
  result: v.object({
    picture: v.string(),
    original: widePicture(),
    jpeg: widePicture(),
    /** What lay below the magnifier. */
    details: v.object({ original: widePicture(), jpeg: widePicture() }),
    file: point,
    /** What the browser made of it. */
    type: v.string(),
    /** The browser that made it; undefined for the reader's own. */
    by: v.optional(v.string()),
    /** Bytes of the picture as PNG; undefined while it is being measured. */
    png: v.optional(v.number()),
    /** At the qualities of CURVE; empty while it is being measured. */
    curve: v.array(point),
  }),

  async compute({ picture, quality, x, y }, engine, task) {
    const original = await task.memo(`whole ${picture}`, () => engine.whole(picture));
    const trip = await asJpeg(engine, original, quality);
    const lens = lensAt(original, { x, y });
    const { content, type, by, ...jpeg } = trip;
    return {
      picture,
      original: { ...original, src: 'original.webp', quality: 92 },
      jpeg: { ...jpeg, src: 'jpeg.jpg', content },
      details: {
        original: { ...cut(original, lens), src: 'original-detail.webp' },
        jpeg: { ...cut(jpeg, lens), src: 'jpeg-detail.webp' },
      },
      file: pointOf(quality, original, trip),
      type,
      ...(by !== undefined && { by }),
      ...told(await measuredOf(task, picture)),
    };
  },

  /** The PNG, and the files of all qualities. */
  async afterwards(result, engine, task) {
    const { pixels, width, height } = result.original;
    const measured = await measuredOf(task, result.picture);
    if (pixels === undefined) return result;
    const original = { pixels, width, height };
    measured.png ??= (await engine.compress(original, 'image/png')).content.length;
    for (const quality of CURVE.slice(measured.curve.length)) {
      const file = await asJpeg(engine, original, quality);
      task.signal.throwIfAborted();
      measured.curve.push(pointOf(quality, original, file));
    }
    return { ...result, ...told(measured) };
  },

  numbers: ({ result: { original, file } }) => ({
    bytes: grouped(file.bytes),
    quality: String(file.quality),
    raw: grouped(rawBytes(original)),
    share: writeShare(file.bytes, rawBytes(original)),
    psnr: file.psnr === null ? 'Infinity' : fixed(file.psnr, 1),
  }),
  files: {
    png: ({ result }) => pngOf(result.jpeg),
    csv: ({ result: { curve } }) =>
      curve.length === 0
        ? undefined
        : [
            ['quality', 'bytes', 'PSNR (dB)'],
            ...curve.map(({ quality, bytes, psnr }) => [quality, bytes, psnr ?? 'Infinity']),
          ],
  },
  code: [
    'src/components/kit/pictures/codec.ts#compress',
    'src/components/kit/pictures/codec.ts#encodePicture',
    'src/lib/ldm/metrics/psnr.ts#psnr',
    'src/lib/ldm/metrics/psnr.ts#meanSquaredError',
  ],
});
