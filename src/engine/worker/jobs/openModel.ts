// Opens a model from disk: unpacked, checked in full, tried out, stored as a user model.
import { DEFAULT_SAMPLING, yieldToEventLoop } from '@noisebook/ldm/numbers';
import { checkModel, findModel, plainWeights } from '@noisebook/ldm';
import type { LoadEvent } from '../../protocol/messages.ts';
import { printable } from '../../../state/printable.ts';
import type { ModelOpenRequest, ModelOpenResult, ModelProgressEvent } from '../../protocol/models.ts';
import { parseManifest } from '../download/manifest.ts';
import { isOutOfMemory, throwIfAborted, WorkerError } from '../errors.ts';
import type { JobContext, Reply } from '../job.ts';
import { readUserManifest, type AboutModel } from '../userModels/about.ts';
import { finishModel, fitsManifest } from '../userModels/finish.ts';
import { readChosen } from '../userModels/readChosen.ts';
import { tryOut } from '../userModels/trial.ts';
import { announceChange } from '../../../storage/changes.ts';
import { openedStore } from '../../../storage/openedStore.ts';
import type { Session } from '../session.ts';

type Context = JobContext<ModelProgressEvent | LoadEvent>;

/** Every refusal names the model and says what to do; other failures go on as they are. */
async function refusing<T>(signal: AbortSignal, task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    throwIfAborted(signal);
    if (error instanceof WorkerError || isOutOfMemory(error)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new WorkerError('bad-model', reason, { cause: error });
  }
}

export async function openModel(
  session: Session,
  request: ModelOpenRequest,
  { signal, emit }: Context,
): Promise<Reply<ModelOpenResult>> {
  const say = (what: ModelProgressEvent['what'], share: number): void =>
    emit({ type: 'model-progress', what, share });
  say('read', 0);
  const name = printable(request.name.slice(0, 80)).trim();
  const chosen = await readChosen({ ...request, name }, signal, (share) => say('read', share));
  say('check', 0);
  await yieldToEventLoop();
  const { files: found, ignored } = await refusing(signal, () => Promise.resolve(findModel(chosen, name)));
  // The reader's models are kept, and taken away again, as diffusers opens them.
  const files = await refusing(signal, () => Promise.resolve(plainWeights(found)));
  const unpacked = files !== found;
  const checked = await refusing(signal, () => checkModel(files, name, { signal }));
  say('check', 0.7);
  const told = readUserManifest(files.get('manifest.json'));
  // Before they were unpacked: that changes no weight.
  const fits = told !== undefined && (await fitsManifest(found, told.sums));
  const keep = fits && !unpacked;
  const about: AboutModel = aboutOpened(told?.about, fits) ?? {
    title: titleFrom(name),
    created: new Date().toISOString(),
    sampling: DEFAULT_SAMPLING,
    knownWords: [],
    examples: [],
  };
  const { model, files: all } = await finishModel(files, checked, about, { origin: 'opened', keep });
  const manifest = parseManifest(new TextDecoder().decode(all.get('manifest.json')), 'manifest.json');

  await session.enqueue({ signal, emit }, () => {
    const trying = checked.isSlow ? 'try-slowly' : 'try';
    say(trying, 0);
    return session.runFolder(
      { name: model.name, manifest, folder: checked.folder },
      signal,
      (loaded, attempt) => tryOut(loaded.pipeline, attempt, (share) => say(trying, share)),
    );
  });
  say('store', 0);
  await (await openedStore()).models.saveModel(model, all);
  announceChange();
  const notes = [
    ...checked.folder.notes,
    ...(ignored.length > 0 ? [`Not needed and left out: ${listed(ignored)}.`] : []),
    ...(unpacked ? ['Its weights in 8 bits were unpacked to 16 bits.'] : []),
    ...(files.has('manifest.json') && !fits
      ? ['Its manifest.json did not fit the files, so a new one was written.']
      : []),
  ];
  return { result: { model, notes }, transfer: [] };
}

/** What a manifest tells, without the run that made other files than these. */
function aboutOpened(told: AboutModel | undefined, fits: boolean): AboutModel | undefined {
  if (told === undefined || fits) return told;
  const { training: _, recipe: __, data: ___, ...rest } = told;
  return rest;
}

const listed = (paths: readonly string[]): string =>
  paths.slice(0, 5).map(printable).join(', ') + (paths.length > 5 ? ` and ${paths.length - 5} more` : '');

/** "my-model (2).zip" as a title: "my-model (2)". */
const titleFrom = (name: string): string => name.replace(/\.zip$/i, '').trim() || 'Opened model';
