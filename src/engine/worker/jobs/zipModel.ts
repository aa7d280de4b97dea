// Packs a user model into a zip that diffusers opens once it is unpacked, and that this page opens as it is.
import type { LoadEvent } from '../../protocol/messages.ts';
import type { ModelProgressEvent, ModelZipRequest, ModelZipResult } from '../../protocol/models.ts';
import { WorkerError } from '../errors.ts';
import type { JobContext, Reply } from '../job.ts';
import { readUserModel } from '../userModels/readUserModel.ts';
import { slugOf } from '../userModels/finish.ts';
import { loadPart } from '../../../loading/loadPart.ts';
import { openedStore } from '../../../storage/openedStore.ts';
import type { Session } from '../session.ts';

export async function zipModel(
  _session: Session,
  { model }: ModelZipRequest,
  { emit }: JobContext<ModelProgressEvent | LoadEvent>,
): Promise<Reply<ModelZipResult>> {
  emit({ type: 'model-progress', what: 'pack', share: 0 });
  const { manifest, files } = await readUserModel(model);
  const { title = manifest.title ?? manifest.name } =
    (await (await openedStore()).models.getModel(model.slice('own-'.length))) ?? {};
  const all = title === manifest.title ? files : renamed(files, title);
  return { result: await packed(all, title), transfer: [] };
}

/** The files with another title in the manifest: what the reader calls the model now. */
function renamed(files: ReadonlyMap<string, Uint8Array>, title: string): ReadonlyMap<string, Uint8Array> {
  const json = JSON.parse(new TextDecoder().decode(files.get('manifest.json'))) as Record<string, unknown>;
  const text = `${JSON.stringify({ ...json, name: slugOf(title), title }, null, 1)}\n`;
  return new Map(files).set('manifest.json', new TextEncoder().encode(text));
}

/** The files as a zip named for the model's title. */
export async function packed(files: ReadonlyMap<string, Uint8Array>, title: string): Promise<ModelZipResult> {
  const pack = await loadPart(
    import('@noisebook/ldm/zip').then(({ writeZip }) => writeZip),
    'the code that packs models',
  );
  try {
    const zip = new Blob([pack(files)], { type: 'application/zip' });
    return { zip, fileName: `${slugOf(title)}.zip` };
  } catch (cause) {
    throw new WorkerError(
      'out-of-memory',
      'There was no room to pack the model. Close other tabs, then try again.',
      { cause },
    );
  }
}
