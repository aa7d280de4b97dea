// Reads and writes safetensors files (https://huggingface.co/docs/safetensors, "Format").
// Layout: u64 little-endian header length, that many bytes of JSON padded with spaces, then the tensors' bytes,
// little-endian and row-major, one after the other without gaps; offsets count from the end of the header.
import { floatToHalf, widenBfloat, widenHalf } from './f16.ts';
import { scalesOf, unpackInt8 } from './int8.ts';
import { readHeader, SafetensorsError, type HeaderEntry } from './safetensorsHeader.ts';

export { SafetensorsError } from './safetensorsHeader.ts';

export type TensorDtype = 'F32' | 'F16' | 'BF16' | 'I8';

/**
 * A tensor in memory. `dtype` says how it was stored; `data` is always float32, row-major. Of I8 only the packed bytes are
 * kept: `data` is made anew whenever it is asked for, so ask once and let go of it.
 */
export interface HostTensor {
  readonly shape: readonly number[];
  readonly dtype: TensorDtype;
  readonly data: Float32Array;
}

export type StateDict = ReadonlyMap<string, HostTensor>;

export interface ParseOptions {
  /** The file's name, for messages. */
  readonly name?: string;
  /** Tensors to leave out, such as the integer position_ids of older text encoders. They are still checked. */
  readonly skip?: (name: string, dtype: string) => boolean;
}

/**
 * The tensors of a safetensors file, in the order of their bytes. Everything the header says is checked against
 * the file before a tensor is made; F16 and BF16 are widened, I8 is multiplied by its scales (see int8.ts), which are then
 * no tensors of their own. F32 and I8 may be views into `bytes`: do not change or transfer them afterwards.
 * @throws SafetensorsError naming what was expected and what came.
 */
export function parseSafetensors(bytes: Uint8Array, options: ParseOptions = {}): StateDict {
  const where = options.name ?? 'safetensors file';
  const { entries, dataStart } = readHeader(bytes, where);
  const wanted = entries.filter(({ name, dtype }) => !options.skip?.(name, dtype));
  const scales = scalesOf(wanted, where);
  for (const { name, dtype } of wanted) {
    if (!isSupported(dtype)) {
      throw new SafetensorsError(
        where,
        `tensor ${JSON.stringify(name)}: expected dtype F32, F16 or BF16, got ${dtype}; convert the file`,
      );
    }
  }
  const used = new Set(scales.values());
  return new Map(
    wanted
      .filter((entry) => !used.has(entry))
      .map((entry) => [entry.name, hostTensor(entry, scales.get(entry.name), bytes, dataStart)]),
  );
}

function isSupported(dtype: string): dtype is TensorDtype {
  return dtype === 'F32' || dtype === 'F16' || dtype === 'BF16' || dtype === 'I8';
}

function hostTensor(
  { dtype, shape, begin, end }: HeaderEntry,
  scaleEntry: HeaderEntry | undefined,
  bytes: Uint8Array,
  dataStart: number,
): HostTensor {
  const part = bytes.subarray(dataStart + begin, dataStart + end);
  if (scaleEntry !== undefined) {
    const scales = hostTensor(scaleEntry, undefined, bytes, dataStart).data;
    return {
      shape,
      dtype: 'I8',
      get data() {
        return unpackInt8(part, scales);
      },
    };
  }
  if (dtype === 'F16') return { shape, dtype, data: widenHalf(part) };
  if (dtype === 'BF16') return { shape, dtype, data: widenBfloat(part) };
  // Float32Array needs an offset that is a multiple of 4; a file inside another buffer may not have one.
  const aligned = part.byteOffset % 4 === 0 ? part : part.slice();
  return { shape, dtype: 'F32', data: new Float32Array(aligned.buffer, aligned.byteOffset, part.length / 4) };
}

export interface SerializeOptions {
  /** How to store the numbers. Default F32. F16 rounds to the nearest even and refuses what overflows it. */
  readonly dtype?: 'F32' | 'F16';
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * The bytes of a safetensors file. Tensors are sorted by name, so equal tensors give equal files.
 * @throws SafetensorsError for a name used twice, a shape that does not fit its data, or an overflow in F16.
 */
export function serializeSafetensors(
  tensors: Iterable<readonly [string, { readonly shape: readonly number[]; readonly data: Float32Array }]>,
  options: SerializeOptions = {},
): Uint8Array {
  const dtype = options.dtype ?? 'F32';
  const size = dtype === 'F16' ? 2 : 4;
  const sorted = [...tensors].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const header: [string, unknown][] = [];
  if (options.metadata) header.push(['__metadata__', options.metadata]);
  let offset = 0;
  for (const [i, [name, { shape, data }]] of sorted.entries()) {
    const label = `tensor ${JSON.stringify(name)}`;
    if (name === '__metadata__') throw new SafetensorsError('tensors', `${label}: the name is reserved`);
    if (sorted[i - 1]?.[0] === name)
      throw new SafetensorsError('tensors', `${label}: expected once, got it twice`);
    const count = shape.reduce((product, dim) => product * dim, 1);
    if (count !== data.length || shape.some((dim) => !Number.isSafeInteger(dim) || dim < 0)) {
      throw new SafetensorsError(
        'tensors',
        `${label}: expected ${count} numbers for shape [${shape.join(', ')}], got ${data.length}`,
      );
    }
    header.push([name, { dtype, shape, data_offsets: [offset, offset + count * size] }]);
    offset += count * size;
  }
  // Written by hand: an object literal would move names such as "1" to the front and lose "__proto__".
  const json = `{${header.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')}}`;
  const text = new TextEncoder().encode(json);
  const headerLength = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(8 + headerLength + offset);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, headerLength, true);
  bytes.fill(0x20, 8, 8 + headerLength);
  bytes.set(text, 8);
  let at = 8 + headerLength;
  for (const [name, { data }] of sorted) {
    if (dtype === 'F32') {
      // The header is padded to 8, so this offset is a multiple of 4.
      new Float32Array(bytes.buffer, at, data.length).set(data);
    } else {
      new Uint16Array(bytes.buffer, at, data.length).set(data.length === 0 ? [] : toHalf(name, data));
    }
    at += data.length * size;
  }
  return bytes;
}

function toHalf(name: string, data: Float32Array): Uint16Array {
  const halves = new Uint16Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    const half = floatToHalf(value);
    if ((half & 0x7fff) === 0x7c00 && Number.isFinite(value)) {
      throw new SafetensorsError(
        'tensors',
        `tensor ${JSON.stringify(name)}: ${value} does not fit F16 (at most 65504); store it as F32`,
      );
    }
    halves[i] = half;
  }
  return halves;
}
