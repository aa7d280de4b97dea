// What a figure's result may hold besides numbers and texts: pictures, lists of numbers, generations, files; live or recorded.
//
// Live, a picture is its bytes. Recorded, all pictures of a result lie in one sheet (a file for each size), and in the
// JSON stands the place of each; `Picture.svelte` draws both, and so does a figure's PNG. A generation's frames are three
// files, which the page fetches when it needs them; so it does with any other file that a result or a study has.
import { rounded } from '../../../writing/numbers.ts';
import * as v from 'valibot';
import { fetchInTime } from '../../../loading/fetchInTime.ts';
import type { Rgba } from '../latents/firstStage.ts';
import {
  isDone,
  isRecorded,
  largestOf,
  latentsOf,
  type DoneGeneration,
  type RecordedGeneration,
} from '../player/generation.ts';

/** Pictures of one size in one file, row after row. */
export interface Sheet {
  readonly src: string;
  readonly columns: number;
  readonly rows: number;
}

export interface LivePicture {
  /** Pixels a side. */
  readonly size: number;
  /** RGBA, [size, size, 4]. */
  readonly bytes: Rgba;
}

export interface RecordedPicture {
  readonly size: number;
  readonly sheet: Sheet;
  readonly index: number;
}

export type Picture = LivePicture | RecordedPicture;

/** A square picture of its bytes. @param bytes RGBA, [size, size, 4] */
export const live = (bytes: Rgba): LivePicture => ({ size: Math.sqrt(bytes.length / 4), bytes });

const isPicture = (value: unknown): value is Picture =>
  typeof value === 'object' && value !== null && 'size' in value && ('bytes' in value || 'sheet' in value);

/** Schema of a picture. */
export const picture = (): v.GenericSchema<unknown, Picture> => v.custom<Picture>(isPicture);

/** Schema of a list of numbers: an array in a recorded result, a typed array in a live one. */
export const floats = (): v.GenericSchema<unknown, ArrayLike<number>> =>
  v.custom<ArrayLike<number>>((value) => Array.isArray(value) || ArrayBuffer.isView(value));

/** A file that is fetched when it is needed: its address; while it is being recorded, its name and what is in it. */
export interface ResultFile {
  readonly src: string;
  readonly content?: Uint8Array<ArrayBuffer>;
}

const isFile = (value: unknown): value is ResultFile =>
  typeof value === 'object' && value !== null && 'src' in value && typeof value.src === 'string';

/** A picture of any shape, a file of its own: `src` names it, and live its pixels are here. */
export interface WidePicture extends ResultFile {
  readonly width: number;
  readonly height: number;
  /** RGBA, opaque, [height, width, 4]. */
  readonly pixels?: Rgba;
  /** Of the WebP file that it is stored in where it has no content yet, 1 to 100; every byte is kept without. */
  readonly quality?: number;
}

/** Schema of a picture of any shape. */
export const widePicture = (): v.GenericSchema<unknown, WidePicture> =>
  v.custom<WidePicture>((value) => isFile(value) && 'width' in value && 'height' in value);

/** Schema of a file. */
export const file = (): v.GenericSchema<unknown, ResultFile> => v.custom<ResultFile>(isFile);

/** What is in a file. @throws {LoadError} where it can't be fetched; asked again, it is fetched again */
export async function contentOf({ src, content }: ResultFile): Promise<Uint8Array<ArrayBuffer>> {
  if (content !== undefined) return content;
  const file = await fetchInTime(src, 'the recorded data');
  return new Uint8Array(await file.arrayBuffer());
}

/** How a file stands in the JSON of a recorded result: its name in the recording's folder; a picture's sides. */
interface StoredFile {
  readonly file: string;
  readonly width?: number;
  readonly height?: number;
}

const isStoredFile = (value: unknown): value is StoredFile =>
  typeof value === 'object' && value !== null && 'file' in value && typeof value.file === 'string';

/** How a picture stands in the JSON of a recorded result: picture number `picture` of the sheet of its size. */
interface StoredPicture {
  readonly picture: number;
  readonly size: number;
}

const isStored = (value: unknown): value is StoredPicture =>
  typeof value === 'object' && value !== null && 'picture' in value && 'size' in value;

/** What stands for generation number `index` of a result, and the names of its files. */
function storedGeneration(drawn: DoneGeneration, index: number): RecordedGeneration {
  const { sizes, timesteps, ms, backend, frames } = drawn;
  // What it began with is not recorded: it would be larger than all the rest.
  const { latents: _, history: __, picture: ___, mask: ____, ...request } = drawn.request;
  const which = index === 0 ? '' : `-${index + 1}`;
  return {
    request,
    sizes,
    timesteps,
    ms: Math.round(ms),
    backend,
    latentRange: Math.max(...frames.map((frame) => largestOf(latentsOf(frame)))),
    files: {
      latents: `latents${which}.bin`,
      decoded: `decoded${which}.webp`,
      predicted: `predicted${which}.webp`,
    },
  };
}

/** A result to be stored: its JSON, its pictures by size in the order of their numbers, its generations, its other files. */
export interface Stored {
  readonly json: unknown;
  readonly pictures: Map<number, Rgba[]>;
  readonly generations: readonly {
    readonly drawn: DoneGeneration;
    readonly stored: RecordedGeneration;
  }[];
  /** By name; a picture that is in no file yet. */
  readonly files: ReadonlyMap<string, Uint8Array | WidePicture>;
}

/** @param digits decimals that numbers keep */
export function store(result: unknown, digits = 4): Stored {
  const pictures = new Map<number, Rgba[]>();
  const generations: Stored['generations'][number][] = [];
  const files = new Map<string, Uint8Array | WidePicture>();
  const walk = (value: unknown): unknown => {
    if (typeof value === 'number') return rounded(value, digits);
    if (isDone(value)) {
      const stored = storedGeneration(value, generations.length);
      generations.push({ drawn: value, stored });
      return stored;
    }
    if (isPicture(value)) {
      if (!('bytes' in value)) throw new TypeError('store: expected live pictures, got a recorded one.');
      const all = pictures.get(value.size) ?? [];
      pictures.set(value.size, all);
      // One that stands in two places is stored once.
      const known = all.indexOf(value.bytes);
      return {
        picture: known < 0 ? all.push(value.bytes) - 1 : known,
        size: value.size,
      } satisfies StoredPicture;
    }
    if (isFile(value)) {
      const { src, content, width, height, pixels }: ResultFile & Partial<WidePicture> = value;
      const made = content ?? (pixels && (value as WidePicture));
      if (made === undefined) throw new TypeError(`store: expected what is in ${src}, got a recorded file.`);
      files.set(src, made);
      return { file: src, ...(width && { width }), ...(height && { height }) } satisfies StoredFile;
    }
    if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<number>, walk);
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, walk(each)]));
    return value;
  };
  return { json: walk(result), pictures, generations, files };
}

/**
 * The reverse: a stored result with its pictures in their sheets.
 * @param folder address of all other files; ends in '/'
 * @throws RangeError where a sheet is missing
 */
export function restore(json: unknown, sheets: Readonly<Record<string, Sheet>>, folder: string): unknown {
  const walk = (value: unknown): unknown => {
    if (isStored(value)) {
      const sheet = sheets[value.size];
      if (sheet === undefined)
        throw new RangeError(
          `Expected a sheet of pictures of ${value.size} pixels, got sheets of ${Object.keys(sheets).join(', ') || 'none'}: record the figure again.`,
        );
      return { size: value.size, sheet, index: value.picture } satisfies RecordedPicture;
    }
    if (isStoredFile(value)) {
      const { file, ...sides } = value;
      return { ...sides, src: folder + file } satisfies ResultFile;
    }
    if (isRecorded(value)) {
      const files = Object.entries(value.files).map(([view, file]) => [view, folder + file]);
      return { ...value, files: Object.fromEntries(files) as RecordedGeneration['files'] };
    }
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, walk(each)]));
    return value;
  };
  return walk(json);
}
