// Makes a model of a training run: checked, drawn with once, described; kept in this browser, or packed into a zip.
import { checkModel } from '@noisebook/ldm';
import type { LoadEvent } from '../../engine/protocol/messages.ts';
import type {
  ModelExportRequest,
  ModelExportResult,
  ModelProgressEvent,
} from '../../engine/protocol/models.ts';
import { parseManifest } from '../../engine/worker/download/manifest.ts';
import { WorkerError } from '../../engine/worker/errors.ts';
import type { JobContext, Reply } from '../../engine/worker/job.ts';
import { runFiles } from './export.ts';
import { aboutRun } from './aboutRun.ts';
import { finishModel } from '../../engine/worker/userModels/finish.ts';
import { drawCheck } from '../../engine/worker/userModels/trial.ts';
import { announceChange } from '../../storage/changes.ts';
import { openedStore } from '../../storage/openedStore.ts';
import type { Session } from '../../engine/worker/session.ts';
import { packed } from '../../engine/worker/jobs/zipModel.ts';

export async function exportRun(
  session: Session,
  request: ModelExportRequest,
  context: JobContext<ModelProgressEvent | LoadEvent>,
): Promise<Reply<ModelExportResult>> {
  const { signal, emit } = context;
  const say = (what: ModelProgressEvent['what']): void => emit({ type: 'model-progress', what, share: 0 });
  const { title, runId, snapshot, weights } = request;
  say('read');
  const { run, phase, step, trainedMs, files } = await runFiles(
    session,
    { runId, ...(snapshot !== undefined && { snapshot }), ...(weights !== undefined && { weights }) },
    context,
  );
  if (phase === 'autoencoder') {
    throw new WorkerError(
      'bad-request',
      'This run has only its autoencoder yet, and a model needs the denoiser, too. Train phase two first.',
    );
  }
  const { runs, models } = await openedStore();
  const [history, dataset] = [await runs.history(runId), await runs.dataset(runId)];
  say('check');
  const checked = await checkModel(files, title, { signal });
  const about = aboutRun(run, history, { phase, step, trainedMs }, { title, words: dataset?.words ?? [] });
  const drawn = await session.enqueue({ signal, emit }, async () => {
    say('try');
    // By its content's name: what is in memory afterwards is the model that is stored.
    const { model, files: all } = await finishModel(files, checked, about, { origin: 'run' });
    const manifest = parseManifest(new TextDecoder().decode(all.get('manifest.json')), 'manifest.json');
    return session.runFolder(
      { name: model.name, manifest, folder: checked.folder },
      signal,
      ({ pipeline }, attempt) => drawCheck(pipeline, about, attempt),
    );
  });
  const whole = new Map(files).set('check.safetensors', drawn);
  const { model, files: all } = await finishModel(whole, checked, about, { origin: 'run' });
  if (request.as === 'zip') {
    say('pack');
    return { result: { model, packed: await packed(all, title) }, transfer: [] };
  }
  say('store');
  await models.saveModel(model, all);
  announceChange();
  return { result: { model }, transfer: [] };
}
