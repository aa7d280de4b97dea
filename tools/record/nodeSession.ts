// A session for the worker's jobs in Node: whole models from their folders on disk, none leaves memory before the end.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { backendInfo, readModelFolder, StableDiffusionPipeline, type BackendInfo } from '@noisebook/ldm';
import { nodeFolderSource } from '@noisebook/ldm/node';
import { parseManifest } from '../../src/engine/worker/download/manifest.ts';
import type { BackendSession, ModelSession } from '../../src/engine/worker/job.ts';
import type { LoadedModel } from '../../src/engine/worker/session.ts';

/** @param folderOf the folder of a model by its name; the backend has started */
export class NodeSession implements ModelSession, BackendSession {
  readonly #folderOf: (name: string) => string;
  readonly #models = new Map<string, LoadedModel>();

  constructor(folderOf: (name: string) => string) {
    this.#folderOf = folderOf;
  }

  /** Names of the models that took part. */
  get names(): string[] {
    return [...this.#models.keys()];
  }

  async model(name: string): Promise<LoadedModel> {
    const known = this.#models.get(name);
    if (known !== undefined) return known;
    const path = this.#folderOf(name);
    const backend = running();
    const folder = await readModelFolder(nodeFolderSource(path));
    const where = join(path, 'manifest.json');
    const loaded: LoadedModel = {
      name,
      manifest: parseManifest(readFileSync(where, 'utf8'), where),
      folder,
      pipeline: new StableDiffusionPipeline(folder),
      backend,
      compiled: new Set(),
    };
    this.#models.set(name, loaded);
    return loaded;
  }

  readonly enqueue: ModelSession['enqueue'] = (_context, task) => task();

  readonly run: ModelSession['run'] = async (name, signal, task) => task(await this.model(name), signal);

  readonly onBackend: BackendSession['onBackend'] = (_signal, task) =>
    task(running(), new AbortController().signal);

  dispose(): void {
    for (const { pipeline } of this.#models.values()) pipeline.dispose();
    this.#models.clear();
  }
}

function running(): BackendInfo {
  const backend = backendInfo();
  if (backend === undefined) throw new Error('NodeSession: expected a backend that runs, got none.');
  return backend;
}
