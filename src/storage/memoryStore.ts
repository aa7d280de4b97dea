// The store where nothing lasts: for browsers that keep nothing for this page. Gone with whoever made it.
import type { EncodedEvent, TrainingStepEvent as StepEvent } from '@noisebook/ldm';
import type { TrainingDataset } from './trainingData.ts';
import { conflict, missingModel, missingRun } from './errors.ts';
import { bytesIn } from './sizes.ts';
import type {
  Checkpoint,
  ModelFiles,
  ModelStore,
  UserModel,
  Progress,
  RunHistory,
  RunRecord,
  RunState,
  RunStore,
  Snapshot,
  StoredCheckpoint,
  Unreadable,
} from './types.ts';

interface Held {
  record: RunRecord;
  readonly dataset: TrainingDataset;
  checkpoint?: Checkpoint;
  steps: StepEvent[];
  encoded?: EncodedEvent;
  snapshots: { readonly snapshot: Snapshot; readonly files?: ModelFiles }[];
}

// Values are the caller's own: nobody changes what was stored.
export class MemoryStore implements RunStore, ModelStore {
  readonly lasting = false;
  readonly #runs = new Map<string, Held>();
  readonly #models = new Map<string, { readonly model: UserModel; readonly files: ModelFiles }>();

  list(): Promise<RunRecord[]> {
    const records = [...this.#runs.values()].map(({ record }) => record);
    return Promise.resolve(records.sort((a, b) => b.created - a.created));
  }

  listUnreadable(): Promise<Unreadable[]> {
    return Promise.resolve([]);
  }

  listUnreadableModels(): Promise<Unreadable[]> {
    return Promise.resolve([]);
  }

  get(id: string): Promise<RunRecord | undefined> {
    return Promise.resolve(this.#runs.get(id)?.record);
  }

  create(run: RunRecord, dataset: TrainingDataset): Promise<void> {
    const record = { ...run, bytes: bytesIn(dataset) };
    this.#runs.set(run.id, { record, dataset, steps: [], snapshots: [] });
    return Promise.resolve();
  }

  dataset(id: string): Promise<TrainingDataset | undefined> {
    return Promise.resolve(this.#runs.get(id)?.dataset);
  }

  rename(id: string, name: string): Promise<void> {
    return this.#change(id, { name });
  }

  begin(id: string, backend: string): Promise<void> {
    return this.#change(id, { state: 'training', backend });
  }

  end(id: string, state: RunState, message?: string): Promise<void> {
    return this.#change(id, { state, ...(message !== undefined && { message }) });
  }

  async save(id: string, progress: Progress): Promise<RunRecord> {
    const held = this.#held(id);
    const { from, checkpoint, steps, encoded, snapshots, state, message, backend } = progress;
    if (from !== undefined && from.revision !== held.record.revision) throw conflict(held.record.name);
    const { message: _old, ...record } = held.record;
    held.steps = [...held.steps, ...steps];
    if (encoded) held.encoded = encoded;
    for (const { files, ...snapshot } of snapshots) {
      const index = held.snapshots.length;
      held.snapshots.push({
        snapshot: { ...snapshot, index, hasFiles: files !== undefined },
        ...(files && { files }),
      });
    }
    held.checkpoint = checkpoint;
    const { phase, step, trainedMs } = checkpoint;
    held.record = {
      ...record,
      state,
      ...(message !== undefined && { message }),
      backend,
      phase,
      step,
      trainedMs,
      changed: Date.now(),
      revision: record.revision + 1,
      bytes: bytesIn(held.dataset) + checkpoint.bytes.byteLength + bytesIn(held.snapshots),
    };
    return Promise.resolve(held.record);
  }

  checkpoint(id: string, older = 0): Promise<StoredCheckpoint | undefined> {
    const { checkpoint, record } = this.#runs.get(id) ?? {};
    // Memory does not go bad: there is one.
    const found = checkpoint && record && older === 0;
    return Promise.resolve(found ? { ...checkpoint, revision: record.revision } : undefined);
  }

  async history(id: string): Promise<RunHistory> {
    const { steps, encoded, snapshots } = this.#held(id);
    return Promise.resolve({
      steps,
      ...(encoded && { encoded }),
      snapshots: snapshots.map(({ snapshot }) => snapshot),
    });
  }

  snapshotFiles(id: string, index: number): Promise<ModelFiles | undefined> {
    return Promise.resolve(this.#runs.get(id)?.snapshots[index]?.files);
  }

  async reset(id: string): Promise<void> {
    const { record: old, dataset } = this.#held(id);
    const { message: _message, backend: _backend, ...run } = old;
    const begun = { state: 'new', phase: 'autoencoder', step: 0, trainedMs: 0, changed: Date.now() } as const;
    const record: RunRecord = { ...run, ...begun, revision: run.revision + 1, bytes: bytesIn(dataset) };
    this.#runs.set(id, { record, dataset, steps: [], snapshots: [] });
    return Promise.resolve();
  }

  remove(id: string): Promise<void> {
    this.#runs.delete(id);
    return Promise.resolve();
  }

  saveModel(model: UserModel, files: ModelFiles): Promise<void> {
    this.#models.set(model.id, { model, files });
    return Promise.resolve();
  }

  listModels(): Promise<UserModel[]> {
    const models = [...this.#models.values()].map(({ model }) => model);
    return Promise.resolve(models.sort((a, b) => (a.created < b.created ? 1 : -1)));
  }

  getModel(id: string): Promise<UserModel | undefined> {
    return Promise.resolve(this.#models.get(id)?.model);
  }

  readModelFiles(id: string): Promise<Map<string, Uint8Array<ArrayBuffer>> | undefined> {
    const held = this.#models.get(id);
    return Promise.resolve(held && new Map(held.files));
  }

  async renameModel(id: string, title: string): Promise<void> {
    const held = this.#models.get(id);
    if (held === undefined) throw missingModel(id);
    this.#models.set(id, { ...held, model: { ...held.model, title } });
    return Promise.resolve();
  }

  deleteModel(id: string): Promise<void> {
    this.#models.delete(id);
    return Promise.resolve();
  }

  async #change(id: string, change: Partial<RunRecord>): Promise<void> {
    const held = this.#held(id);
    const { message, ...run } = held.record;
    const keeps = message !== undefined && change.state === undefined;
    held.record = { ...run, ...(keeps && { message }), ...change, changed: Date.now() };
    return Promise.resolve();
  }

  #held(id: string): Held {
    const held = this.#runs.get(id);
    if (held === undefined) throw missingRun(id);
    return held;
  }
}
