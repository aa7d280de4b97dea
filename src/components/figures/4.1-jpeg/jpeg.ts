// What figure 4.1 shows of a picture that went through JPEG: sizes, a curve, and where to look closer.
import { writeNumber, type ChartSpec } from '../../kit/charts/chart.ts';
import type { Pixels, RoundTrip } from './jpegCodec.ts';

export interface CurvePoint {
  readonly quality: number;
  readonly bytes: number;
  readonly psnr: number;
}

/** What public/recorded/4-1/recorded.json says; made with a browser's own encoder by tools/record/4-1.ts. */
export interface RecordedJpeg {
  /** No model was used. */
  readonly manifests: Readonly<Record<string, never>>;
  readonly picture: string;
  readonly quality: number;
  readonly width: number;
  readonly height: number;
  /** The browser whose encoder it was. */
  readonly browser: string;
  readonly png: number;
  readonly bytes: number;
  readonly psnr: number;
  /** Where the magnifier stands: its middle, in percent of the sides. */
  readonly lens: { readonly x: number; readonly y: number };
  readonly curve: readonly CurvePoint[];
  readonly files: {
    readonly original: string;
    readonly jpeg: string;
    readonly originalDetail: string;
    readonly jpegDetail: string;
  };
}

export const QUALITY = { min: 1, max: 100, start: 20 } as const;
/** The qualities that the curve is measured at. */
export const CURVE: readonly number[] = [
  ...[1, 3, 5, 7, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85],
  ...[88, 90, 92, 94, 95, 96, 97, 98, 99, 100],
];
/** What the magnifier shows, in pixels of the picture. */
export const LENS = { width: 48, height: 32 } as const;
/** Differences of this size and beyond get the darkest colour. */
export const DIFFERENCE_RANGE = 48;

/** Three bytes a pixel. */
export const rawBytes = ({ width, height }: Pick<Pixels, 'width' | 'height'>): number => width * height * 3;

/** "16,201 bytes" */
export const writeBytes = (bytes: number): string => `${bytes.toLocaleString('en')} bytes`;

/** How much smaller `bytes` is than `whole`: "1/44"; "1.3 ×" where it is larger. */
export function writeShare(bytes: number, whole: number): string {
  const times = whole / bytes;
  if (times < 1) return `${(1 / times).toFixed(1)} ×`;
  return `1/${times < 10 ? times.toFixed(1) : Math.round(times)}`;
}

/** The first pixel of the lens whose middle is at `x`, `y` percent: moved so that all of it lies inside. */
export function lensAt(
  { width, height }: Pick<Pixels, 'width' | 'height'>,
  { x, y }: { readonly x: number; readonly y: number },
): { readonly left: number; readonly top: number; readonly width: number; readonly height: number } {
  const size = { width: Math.min(LENS.width, width), height: Math.min(LENS.height, height) };
  const place = (percent: number, side: number, span: number): number =>
    Math.max(0, Math.min(side - span, Math.round((percent / 100) * side - span / 2)));
  return { left: place(x, width, size.width), top: place(y, height, size.height), ...size };
}

/** The pixels below the lens, RGBA. */
export function cut(
  picture: Pixels,
  { left, top, width, height }: ReturnType<typeof lensAt>,
): Uint8ClampedArray<ArrayBuffer> {
  const out = new Uint8ClampedArray(width * height * 4);
  for (let row = 0; row < height; row++) {
    const from = ((top + row) * picture.width + left) * 4;
    out.set(picture.pixels.subarray(from, from + width * 4), row * width * 4);
  }
  return out;
}

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
export function rateDistortion(
  curve: readonly CurvePoint[],
  now: Pick<RoundTrip, 'bytes' | 'psnr'>,
  quality: number,
): ChartSpec {
  // A picture that comes back unchanged has an infinite PSNR, which no chart can show.
  const points = (list: readonly Pick<CurvePoint, 'bytes' | 'psnr'>[]): { x: number; y: number }[] =>
    list.filter(({ psnr }) => Number.isFinite(psnr)).map(({ bytes, psnr }) => ({ x: bytes / 1000, y: psnr }));
  const decibels = points([now, ...curve]).map(({ y }) => y);
  const domain: readonly [number, number] =
    decibels.length === 0
      ? [20, 60]
      : [Math.floor(Math.min(...decibels) / 5) * 5, Math.ceil(Math.max(...decibels) / 5) * 5];
  return {
    x: { label: 'size of the file', unit: 'kB', type: 'log', format: writeNumber },
    y: {
      label: 'PSNR',
      unit: 'dB',
      format: (value) => String(Number(value.toFixed(1))),
      domain,
    },
    series: [
      {
        name: 'quality 1 to 100',
        color: 'pixel',
        kind: 'line',
        points: points(curve),
      },
      {
        name: `quality ${quality}`,
        color: 'ink',
        kind: 'dots',
        strong: true,
        points: points([now]),
      },
    ],
  };
}
