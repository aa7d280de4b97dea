// The reader's own file to pixels: whatever this browser decodes, within limits, and with a word on what was done to it.
import { readPixels } from './canvas.ts';
import { PictureError } from './errors.ts';
import { fillWhite } from './resize.ts';
import { sniff, type Sniffed } from './sniff.ts';

/** A picture in memory. */
export interface DecodedPicture {
  /** RGBA, opaque, [height, width, 4]. */
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
  readonly width: number;
  readonly height: number;
}

export interface OwnPicture extends DecodedPicture {
  /** Name of the file. */
  readonly name: string;
  /** Sentences about what was done to it. */
  readonly notes: readonly string[];
}

/** More is a mistake, or a film. */
export const MAX_BYTES = 60e6;
/** A decoded pixel takes four bytes: this many take a quarter of a gigabyte for a moment. */
export const MAX_PIXELS = 64e6;
/** Longest side that is kept. */
export const KEPT_SIDE = 1024;
/** Below this many pixels a side the figures have to enlarge. */
export const SMALL_SIDE = 64;
const HEAD_BYTES = 2 ** 19;

const million = (count: number): string => (count / 1e6).toFixed(count < 10e6 ? 1 : 0);

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
  { animated }: Pick<Sniffed, 'animated'>,
  size: { readonly width: number; readonly height: number },
  transparent: boolean,
): string[] {
  const notes: string[] = [];
  const { width, height } = size;
  if (animated) notes.push('It is animated: its first picture is used.');
  if (transparent) notes.push('Its transparent parts are shown on white.');
  if (Math.min(width, height) < SMALL_SIDE) {
    notes.push(`It is tiny, ${width} × ${height} pixels: enlarged, it looks blurred.`);
  }
  if (width !== height) notes.push('The square in its middle is used.');
  return notes;
}

/** An SVG document through an image element: createImageBitmap doesn't take one. Scripts in it don't run. */
async function openSvg(file: Blob): Promise<HTMLImageElement> {
  const url = URL.createObjectURL(new Blob([file], { type: 'image/svg+xml' }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    return image;
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** What to say of a file that the browser can't open. */
export function cannotOpen(name: string, kind: Sniffed['kind'], cause: unknown): PictureError {
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

async function open(file: File, kind: Sniffed['kind']): Promise<ImageBitmap | HTMLImageElement> {
  try {
    return kind === 'SVG'
      ? await openSvg(file)
      : await createImageBitmap(file, { imageOrientation: 'from-image' });
  } catch (cause) {
    throw cannotOpen(file.name, kind, cause);
  }
}

/** Width and height on the screen, and how much of it is kept. An SVG without a size of its own is drawn large. */
function sizeOf(image: ImageBitmap | HTMLImageElement): { width: number; height: number; scale: number } {
  if (image instanceof HTMLImageElement) {
    const [width, height] = [image.naturalWidth || KEPT_SIDE, image.naturalHeight || KEPT_SIDE];
    return { width, height, scale: KEPT_SIDE / Math.max(width, height) };
  }
  const { width, height } = image;
  return { width, height, scale: Math.min(1, KEPT_SIDE / Math.max(width, height)) };
}

/**
 * Looks at a file's size and first bytes, before anything decodes it.
 * @throws {PictureError} when it is empty or too large
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
  const head = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  const sniffed = sniff(head);
  checkPixels(sniffed.width ?? 0, sniffed.height ?? 0, name);
  return sniffed;
}

/**
 * Decodes a file, turned as its EXIF data say, on white, at most 1024 pixels a side.
 * @throws {PictureError} saying what is wrong with the file
 */
export async function decodeFile(file: File): Promise<OwnPicture> {
  const { name } = file;
  const sniffed = await inspectFile(file);
  const image = await open(file, sniffed.kind);
  try {
    const { width, height, scale } = sizeOf(image);
    checkPixels(width, height, name);
    const kept = {
      width: Math.max(1, Math.round(width * scale)),
      height: Math.max(1, Math.round(height * scale)),
    };
    const pixels = readPixels(image, kept);
    const transparent = fillWhite(pixels);
    const natural = sniffed.kind === 'SVG' ? kept : { width, height };
    return { name, pixels, ...kept, notes: notesFor(sniffed, natural, transparent) };
  } finally {
    if (image instanceof ImageBitmap) image.close();
  }
}
