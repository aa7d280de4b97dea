// Makes a checked folder a model that can be kept and taken away: model card, manifest, a name made from its content.
import { chooseScheduler } from '@noisebook/ldm/numbers';
import type { CheckedModel } from '@noisebook/ldm';
import type { UserModel } from '../../../storage/types.ts';
import { sha256 } from '../../../storage/sha256.ts';
import type { AboutModel } from './about.ts';
import { isOurCard, modelCard } from './card.ts';

export interface FinishedModel {
  readonly model: UserModel;
  /** The whole folder, README.md and manifest.json included. */
  readonly files: Map<string, Uint8Array<ArrayBuffer>>;
}

type Bytes = Uint8Array<ArrayBuffer>;

const utf8 = (text: string): Bytes => new TextEncoder().encode(text);
/** Files that say something about the model and are none of it. */
const BESIDE = /^(README\.md|LICENSE.*|manifest\.json|check\.safetensors)$/;

/** "My faces, 2nd try" as a folder name: "my-faces-2nd-try". */
export function slugOf(title: string): string {
  const slug = title
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 48);
  return slug === '' ? 'model' : slug;
}

/**
 * Adds README.md and manifest.json where they are missing or stale. Equal files and facts give equal bytes. What the maker
 * of an opened model wrote about it stays: nobody here knows better.
 * @param keep leave a README.md and a manifest.json that are there as they are
 */
export async function finishModel(
  files: ReadonlyMap<string, Bytes>,
  checked: CheckedModel,
  about: AboutModel,
  { origin, keep = false }: { readonly origin: UserModel['origin']; readonly keep?: boolean },
): Promise<FinishedModel> {
  const all = new Map(files);
  if (!keep) all.delete('manifest.json');
  if (!keep && (origin === 'run' || isOurCard(all.get('README.md')))) all.delete('README.md');
  if (!all.has('README.md')) all.set('README.md', utf8(modelCard(checked, about)));
  const paths = [...all.keys()].filter((path) => path !== 'manifest.json').sort();
  const listed = await Promise.all(
    paths.map(async (path) => {
      const bytes = all.get(path)!;
      return { path, bytes: bytes.length, sha256: await sha256(bytes) };
    }),
  );
  const own = listed.filter(({ path }) => !BESIDE.test(path));
  const id = (await sha256(utf8(own.map((file) => `${file.path} ${file.sha256}\n`).join('')))).slice(0, 12);
  if (!all.has('manifest.json')) all.set('manifest.json', utf8(manifestText(checked, about, listed)));
  const model: UserModel = {
    id,
    name: `own-${id}`,
    title: about.title,
    created: about.created,
    bytes: [...all.values()].reduce((sum, { length }) => sum + length, 0),
    hash: (await sha256(all.get('manifest.json')!)).slice(0, 8),
    image: checked.image,
    sampling: about.sampling,
    knownWords: about.knownWords,
    examples: about.examples,
    origin,
    ...(about.training?.runId !== undefined && { runId: about.training.runId }),
    ...(about.training !== undefined && { step: about.training.step }),
  };
  return { model, files: all };
}

function manifestText(
  { image, parameters, folder }: CheckedModel,
  about: AboutModel,
  files: readonly { readonly path: string; readonly bytes: number; readonly sha256: string }[],
): string {
  const { title, sampling, ...rest } = about;
  const { config: scheduler } = chooseScheduler(folder.schedulerJson, 'scheduler/scheduler_config.json');
  const manifest = {
    name: slugOf(title),
    title,
    files,
    totalBytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    parameters,
    image,
    sampling: { sampler: scheduler.className, ...sampling },
    ...rest,
  };
  return `${JSON.stringify(manifest, null, 1)}\n`;
}

/** Whether every file that a manifest lists is there and has the checksum it says, and no file of the model is left out. */
export async function fitsManifest(
  files: ReadonlyMap<string, Bytes>,
  sums: ReadonlyMap<string, string>,
): Promise<boolean> {
  for (const [path, bytes] of files) {
    if (path === 'manifest.json') continue;
    if (sums.get(path) !== (await sha256(bytes))) return false;
  }
  return [...sums.keys()].every((path) => files.has(path));
}
