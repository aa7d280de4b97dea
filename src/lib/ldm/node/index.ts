// The door for Node: a model folder on disk.
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { checkPath, type ModelSource } from '../weights/source.ts';

/** Reads files below `dir`. A missing file (or folder on the way) is undefined, any other trouble an Error. */
export function nodeFolderSource(dir: string): ModelSource {
  return {
    name: dir,
    beside: (name) => nodeFolderSource(join(dir, '..', name)),
    async read(path, { signal, onProgress } = {}) {
      checkPath(path);
      signal?.throwIfAborted();
      let handle;
      try {
        handle = await open(join(dir, path), 'r');
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? error.code : undefined;
        if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
        throw error;
      }
      try {
        const bytes = new Uint8Array((await handle.stat()).size);
        let loaded = 0;
        while (loaded < bytes.length) {
          const { bytesRead } = await handle.read(
            bytes,
            loaded,
            Math.min(1 << 22, bytes.length - loaded),
            loaded,
          );
          if (bytesRead === 0)
            throw new Error(`${join(dir, path)} became shorter while it was read. Try again.`);
          loaded += bytesRead;
          signal?.throwIfAborted();
          onProgress?.(loaded);
        }
        return bytes;
      } finally {
        await handle.close();
      }
    },
  };
}
