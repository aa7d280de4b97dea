// Weights in 8 bits written out in half precision: files that diffusers opens.
import { parseSafetensors, serializeSafetensors } from '../weights/safetensors.ts';
import { PARTS, weightFiles } from './weightFiles.ts';
import type { Files } from './modelFiles.ts';

/**
 * The same files, with each part's `.int8` variant as the standard file in F16.
 * @returns `files` itself if none is in 8 bits
 * @throws SafetensorsError for a variant that cannot be read
 */
export function plainWeights(files: Files): Files {
  const packed = PARTS.flatMap((part) => {
    const path = weightFiles(part).find((name) => files.has(name));
    return path?.endsWith('.int8.safetensors') === true ? [path] : [];
  });
  if (packed.length === 0) return files;
  const plain = new Map(files);
  for (const path of packed) {
    const bytes = files.get(path);
    plain.delete(path);
    if (bytes === undefined) continue;
    const half = serializeSafetensors(parseSafetensors(bytes, { name: path }), {
      dtype: 'F16',
      metadata: { format: 'pt' },
    });
    plain.set(path.replace('.int8.', '.'), half as Uint8Array<ArrayBuffer>);
  }
  return plain;
}
