// The reader's own file to pixels: whatever this browser decodes, within limits, and with a word on what was done to it.
import { bitmapInTime, DECODE_MS } from '../../loading/decodeInTime.ts';
import { LoadError } from '../../loading/loadPart.ts';
import { fixed } from '../../writing/numbers.ts';
import { readMiddle, readPixels } from './canvas.ts';
import { PictureError } from './errors.ts';
import { KEPT_SIDE, MAX_BYTES, MAX_PIXELS, SMALL_SIDE } from './limits.ts';
import { fillWhite } from './resize.ts';
import { sniff, type Sniffed } from './sniff.ts';
import { checkedSvg, drawSvg } from './svgFile.ts';

/** A picture in memory. */
export interface DecodedPicture {
  /** RGBA, opaque, [height, width, 4]. */
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
  readonly width: number;
  readonly height: number;
}

/** Whole, at most 1024 pixels a side. */
export interface UserPicture extends DecodedPicture {
  /** Name of the file. */
  readonly name: string;
  /** The square in its middle, cut before it was made small; at most 1024 pixels a side. */
  readonly square: DecodedPicture;
  /** Sentences about what was done to it. */
  readonly notes: readonly string[];
}

const HEAD_BYTES = 2 ** 19;

const million = (count: number): string => fixed(count / 1e6, count < 10e6 ? 1 : 0);

/** @throws {PictureError} when there are too many */
export function checkPixels(width: number, height: number, name: string): void {
  if (width * height <= MAX_PIXELS) return;
  throw new PictureError(
    'too-large',
    `${name} has ${width} × ${height} pixels, ${million(width * height)} million. Up to ${million(MAX_PIXELS)} million are possible here: make it smaller first.`,
  );
}

/** What to tell the reader about a picture that was taken. */
export function notesFor(
  { animated, kind }: Pick<Sniffed, 'animated' | 'kind'>,
  size: { readonly width: number; readonly height: number },
  transparent: boolean,
): string[] {
  const notes: string[] = [];
  const { width, height } = size;
  if (animated) notes.push('It is animated: its first picture is used.');
  if (transparent) notes.push('Its transparent parts are shown on white.');
  if (kind !== 'SVG' && Math.min(width, height) < SMALL_SIDE) {
    notes.push(`It is tiny, ${width} × ${height} pixels: enlarged, it looks blurred.`);
  }
  if (width !== height) notes.push('The square in its middle is used.');
  return notes;
}

/** What to say of a file that the browser can't open. */
export function cannotOpen(name: string, kind: Sniffed['kind'], cause: unknown): PictureError {
  if (cause instanceof LoadError) {
    return new PictureError(
      'broken',
      `${name} can't be opened: this browser has not decoded it within ${DECODE_MS / 1000} s. Choose a smaller picture, or save it again as PNG or JPEG.`,
      { cause },
    );
  }
  return kind === undefined
    ? new PictureError(
        'not-a-picture',
        `${name} is no picture that this browser can open. Choose a PNG, JPEG, WebP, AVIF, GIF or SVG.`,
        { cause },
      )
    : new PictureError(
        'broken',
        `${name} can't be opened: this ${kind} is damaged, or of a sort that this browser doesn't read. Choose another, or save it again as PNG or JPEG.`,
        { cause },
      );
}

/** What to say of a picture that was opened, and whose pixels could not be read. */
export function cannotRead(name: string, kind: Sniffed['kind'], cause: unknown): PictureError {
  return cause instanceof DOMException && cause.name === 'SecurityError'
    ? new PictureError(
        'sealed',
        `${name} can't be used: it has parts of a web page inside (“foreignObject”), and this browser lets no page read what it draws of them. Save it as PNG or JPEG, then choose that.`,
        { cause },
      )
    : cannotOpen(name, kind, cause);
}

async function open(file: File, kind: Sniffed['kind']): Promise<ImageBitmap | HTMLImageElement> {
  try {
    if (kind !== 'SVG') return await bitmapInTime(file, file.name, { imageOrientation: 'from-image' });
    const svg = checkedSvg(await bytesOf(file, file.name), file.name);
    if (svg === undefined) throw cannotOpen(file.name, undefined, undefined);
    return await drawSvg(svg);
  } catch (cause) {
    throw cause instanceof PictureError ? cause : cannotOpen(file.name, kind, cause);
  }
}

/** Width and height on the screen. */
const sizeOf = (image: ImageBitmap | HTMLImageElement): { width: number; height: number } =>
  image instanceof HTMLImageElement
    ? { width: image.naturalWidth || KEPT_SIDE, height: image.naturalHeight || KEPT_SIDE }
    : { width: image.width, height: image.height };

/** The bytes of a part of a file, or of all of it. @throws {PictureError} when it has been moved or changed since */
async function bytesOf(file: Blob, name: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch (cause) {
    throw new PictureError(
      'broken',
      `${name} could not be read: it may have been moved, changed or locked since. Choose it again.`,
      { cause },
    );
  }
}

/**
 * Looks at a file's size and bytes, before anything decodes it.
 * @throws {PictureError} when it is empty or too large, or a picture of a known kind whose size nothing tells
 */
export async function inspectFile(file: File): Promise<Sniffed> {
  const { name } = file;
  if (file.size === 0)
    throw new PictureError('empty', `${name} is empty: it has no bytes. Choose another picture.`);
  if (file.size > MAX_BYTES) {
    throw new PictureError(
      'too-large',
      `${name} has ${million(file.size)} MB. Up to ${million(MAX_BYTES)} MB are possible here: make it smaller first.`,
    );
  }
  let sniffed = sniff(await bytesOf(file.slice(0, HEAD_BYTES), name));
  const unmeasured = (): boolean =>
    sniffed.kind !== undefined && sniffed.kind !== 'SVG' && sniffed.width === undefined;
  // The size may come late: read on.
  if (unmeasured() && file.size > HEAD_BYTES) sniffed = sniff(await bytesOf(file, name));
  if (unmeasured()) throw cannotOpen(name, sniffed.kind, new Error('no size found'));
  checkPixels(sniffed.width ?? 0, sniffed.height ?? 0, name);
  return sniffed;
}

/** `image` on white: whole, and the square in its middle. Drawings are drawn large. */
function readBoth(
  image: ImageBitmap | HTMLImageElement,
  natural: { readonly width: number; readonly height: number },
): { readonly whole: DecodedPicture; readonly square: DecodedPicture; readonly transparent: boolean } {
  const drawing = image instanceof HTMLImageElement;
  const kept = (side: number): number => (drawing ? KEPT_SIDE : Math.min(side, KEPT_SIDE));
  const longest = Math.max(natural.width, natural.height);
  const part = (side: number): number => Math.max(1, Math.round((side * kept(longest)) / longest));
  const size = { width: part(natural.width), height: part(natural.height) };
  const whole = { pixels: readPixels(image, size), ...size };
  const transparent = fillWhite(whole.pixels);
  if (natural.width === natural.height) return { whole, square: whole, transparent };
  const side = kept(Math.min(natural.width, natural.height));
  const square = { pixels: readMiddle(image, natural, side), width: side, height: side };
  fillWhite(square.pixels);
  return { whole, square, transparent };
}

/**
 * Decodes a file, turned as its EXIF data say, on white, at most 1024 pixels a side.
 * @throws {PictureError} saying what is wrong with the file
 */
export async function decodeFile(file: File): Promise<UserPicture> {
  const { name } = file;
  const sniffed = await inspectFile(file);
  const image = await open(file, sniffed.kind);
  try {
    const natural = sizeOf(image);
    checkPixels(natural.width, natural.height, name);
    const { whole, square, transparent } = readBoth(image, natural);
    return { name, ...whole, square, notes: notesFor(sniffed, natural, transparent) };
  } catch (cause) {
    throw cause instanceof PictureError ? cause : cannotRead(name, sniffed.kind, cause);
  } finally {
    if (image instanceof ImageBitmap) image.close();
  }
}
