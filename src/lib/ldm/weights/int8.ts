// Weights in 8 bits (training/quantize.py): whole numbers, and one scale for each output channel, W = scale Q.
import { SafetensorsError, type HeaderEntry } from './safetensorsHeader.ts';

/** The scales of a tensor in the same file: F32 [out] under the tensor's name and this. */
export const SCALE_SUFFIX = '.scale';

/**
 * For each I8 tensor the entry of its scales.
 * @throws SafetensorsError for one that has no scales, or others than one for each of its first axis
 */
export function scalesOf(entries: readonly HeaderEntry[], where: string): ReadonlyMap<string, HeaderEntry> {
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const found = new Map<string, HeaderEntry>();
  for (const { name, dtype, shape } of entries) {
    if (dtype !== 'I8') continue;
    const fail = (expected: string): never => {
      throw new SafetensorsError(
        where,
        `tensor ${JSON.stringify(name)}: expected ${expected}; store it as F16 or make the file again`,
      );
    };
    const [channels] = shape;
    if (channels === undefined || shape.length < 2)
      return fail(`a matrix or a convolution in I8, got shape [${shape.join(', ')}]`);
    const scales = byName.get(name + SCALE_SUFFIX);
    if (scales === undefined)
      return fail(`its scales ${JSON.stringify(name + SCALE_SUFFIX)} (F32) beside it, got dtype I8 alone`);
    if (scales.dtype !== 'F32' || scales.shape.length !== 1 || scales.shape[0] !== channels) {
      return fail(
        `scales of dtype F32 and shape [${channels}], got ${scales.dtype} [${scales.shape.join(', ')}]`,
      );
    }
    found.set(name, scales);
  }
  return found;
}

/**
 * scale Q in float32.
 * @param bytes Q row-major, one signed byte each: [scales.length, ...]
 */
export function unpackInt8(bytes: Uint8Array, scales: Float32Array): Float32Array {
  const q = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  const out = new Float32Array(q.length);
  const perChannel = q.length / scales.length;
  for (let channel = 0, at = 0; channel < scales.length; channel++) {
    const scale = scales[channel] as number;
    for (const end = at + perChannel; at < end; at++) out[at] = (q[at] as number) * scale;
  }
  return out;
}
