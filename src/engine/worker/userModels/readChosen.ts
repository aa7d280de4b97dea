// The files that the reader chose, brought into memory: unpacked from a zip, or read one by one from a folder.
import { zipLimits } from '@noisebook/ldm/zip';
import type { ModelFiles as Files } from '@noisebook/ldm';
import type { ModelOpenRequest } from '../../protocol/models.ts';
import { loadPart } from '../../../loading/loadPart.ts';
import { throwIfAborted, WorkerError } from '../errors.ts';

/** A folder may be as large as a zip. */
const { maxEntries: MAX_FILES, maxTotalBytes: MAX_TOTAL } = zipLimits;

/**
 * @param onProgress share of the bytes that are here, 0 to 1
 * @throws WorkerError 'bad-model' saying why a zip is refused or a file can't be read
 */
export async function readChosen(
  request: ModelOpenRequest,
  signal: AbortSignal,
  onProgress: (share: number) => void,
): Promise<Files> {
  if (request.zip !== undefined) {
    const { readZip, ZipError } = await loadPart(
      import('@noisebook/ldm/zip'),
      'the code that unpacks models',
    );
    try {
      return await readZip(request.zip, {
        name: request.name,
        signal,
        onProgress: (done, total) => onProgress(total === 0 ? 1 : done / total),
      });
    } catch (error) {
      throwIfAborted(signal);
      if (error instanceof ZipError) throw new WorkerError('bad-model', error.message, { cause: error });
      throw error;
    }
  }
  const chosen = request.files ?? [];
  const refuse = (reason: string, cause?: unknown): never => {
    throw new WorkerError('bad-model', `${request.name}: ${reason}.`, { cause });
  };
  if (chosen.length > MAX_FILES)
    refuse(`expected at most ${MAX_FILES} files, got ${chosen.length}; choose the model's folder alone`);
  const total = chosen.reduce((sum, { file }) => sum + file.size, 0);
  if (total > MAX_TOTAL)
    refuse(
      `expected at most ${MAX_TOTAL / 1e6} MB, got ${Math.round(total / 1e6)} MB; choose the model's folder alone`,
    );
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  let done = 0;
  for (const { path, file } of chosen) {
    throwIfAborted(signal);
    if (files.has(path)) refuse(`expected each file once, got ${JSON.stringify(path)} twice`);
    try {
      files.set(path, new Uint8Array(await file.arrayBuffer()));
    } catch (error) {
      refuse(`${JSON.stringify(path)} can't be read, it may have been moved; choose the folder again`, error);
    }
    done += file.size;
    onProgress(total === 0 ? 1 : done / total);
  }
  return files;
}
