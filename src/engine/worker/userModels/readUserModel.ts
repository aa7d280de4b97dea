// The folder of a user model from this browser's store, in the form of a download.
import type { Manifest } from '../download/manifest.ts';
import { parseManifest } from '../download/manifest.ts';
import type { DownloadedModel } from '../download/downloadModel.ts';
import { WorkerError } from '../errors.ts';
import { loadPart } from '../../../loading/loadPart.ts';
import { openedStore } from '../../../storage/openedStore.ts';

/** What stands in for the manifest of a run's snapshot, which has none yet. */
const bare = (name: string, files: ReadonlyMap<string, Uint8Array>): Manifest => ({
  name,
  files: [...files].map(([path, { length }]) => ({ path, bytes: length, sha256: '' })),
  knownWords: [],
});

/**
 * @param name 'own-<id>', or 'own-<run>-<index>' for a run's snapshot
 * @throws WorkerError 'missing-file' when it is not in this browser
 */
export async function readUserModel(name: string): Promise<DownloadedModel> {
  const read = await loadPart(
    import('../../../storage/index.ts').then(({ readFilesOf }) => readFilesOf),
    'the code that keeps models',
  );
  const files = await read(name, await openedStore());
  if (files === undefined) {
    throw new WorkerError(
      'missing-file',
      `The model ${name} is not in this browser: it may have been deleted, or it was opened in another one. Open it again from its zip, or go back to the notebook's model.`,
    );
  }
  const text = files.get('manifest.json');
  const manifest =
    text === undefined
      ? bare(name, files)
      : parseManifest(new TextDecoder().decode(text), `The manifest.json of ${name}`);
  return { manifest, files };
}
