// Packs a model of the reader's own into a zip that diffusers opens once it is unpacked, and that this page opens as it is.
import type { LoadEvent } from '../../protocol.ts';
import type { ModelProgressEvent, ModelZipRequest, ModelZipResult } from '../../protocol/models.ts';
import { WorkerError } from '../errors.ts';
import type { JobContext, Reply } from '../job.ts';
import { readOwnModel } from '../own/readOwn.ts';
import { slugOf } from '../own/finish.ts';
import type { Session } from '../session.ts';

export async function zipModel(
  _session: Session,
  { model }: ModelZipRequest,
  { emit }: JobContext<ModelProgressEvent | LoadEvent>,
): Promise<Reply<ModelZipResult>> {
  emit({ type: 'model-progress', what: 'pack', share: 0 });
  const { manifest, files } = await readOwnModel(model);
  return { result: await packed(files, manifest.title ?? manifest.name), transfer: [] };
}

/** The files as a zip named for the model's title. */
export async function packed(files: ReadonlyMap<string, Uint8Array>, title: string): Promise<ModelZipResult> {
  const { writeZip } = await import('../../lib/ldm/weights/writeZip.ts');
  try {
    const zip = new Blob([writeZip(files)], { type: 'application/zip' });
    return { zip, fileName: `${slugOf(title)}.zip` };
  } catch (cause) {
    throw new WorkerError(
      'out-of-memory',
      'There was no room to pack the model. Close other tabs, then try again.',
      { cause },
    );
  }
}
