// Whole models in memory: the last two, as long as both fit; the one less recently used leaves first.
import { StableDiffusionPipeline } from '../lib/ldm/pipeline.ts';
import type { ModelFolder } from '../lib/ldm/pipeline/modelFolder.ts';
import type { BackendInfo } from '../protocol.ts';
import type { Manifest } from './download/manifest.ts';
import { isOutOfMemory } from './errors.ts';

/** What a model is rebuilt from. */
export interface HostModel {
  readonly manifest: Manifest;
  /** Settings and weights in host memory. */
  readonly folder: ModelFolder;
}

/** A model that is ready to compute. */
export interface ReadyModel extends HostModel {
  readonly name: string;
  readonly pipeline: StableDiffusionPipeline;
  readonly backend: BackendInfo;
  /** Kinds of generations whose shaders are compiled. */
  readonly compiled: Set<string>;
}

interface Kept {
  readonly host: HostModel;
  /** Of its weights on the device, four each. */
  readonly bytes: number;
  ready: ReadyModel | undefined;
}

/** Two models of the size that the site ships. */
const MAX_BYTES = 100e6;
const MAX_COUNT = 2;

const bytesOf = ({ folder: { vae, unet, textEncoder } }: HostModel): number => {
  let count = 0;
  for (const { state } of [vae, unet, textEncoder])
    for (const { shape } of state.values()) count += shape.reduce((a, b) => a * b, 1);
  return 4 * count;
};

export class WholeModels {
  readonly #maxBytes: number;
  /** In the order of their last use, the oldest first. */
  readonly #kept = new Map<string, Kept>();

  constructor(maxBytes = MAX_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /** In the order of their last use, the oldest first. */
  get names(): readonly string[] {
    return [...this.#kept.keys()];
  }

  /** Host memory of a model that is kept. */
  host(name: string): HostModel | undefined {
    return this.#kept.get(name)?.host;
  }

  /** The model, if it is on `backend`; counts as a use. */
  use(name: string, backend: BackendInfo | undefined): ReadyModel | undefined {
    const kept = this.#kept.get(name);
    if (kept?.ready === undefined || kept.ready.backend !== backend) return undefined;
    this.#kept.delete(name);
    this.#kept.set(name, kept);
    return kept.ready;
  }

  /** Frees what is too much beside the new one, which stays whatever its size, and puts it on `backend`. */
  put(name: string, host: HostModel, backend: BackendInfo): ReadyModel {
    this.drop(name);
    const bytes = bytesOf(host);
    let total = bytes;
    for (const kept of this.#kept.values()) total += kept.bytes;
    for (const [oldest, kept] of this.#kept) {
      if (total <= this.#maxBytes && this.#kept.size < MAX_COUNT) break;
      total -= kept.bytes;
      this.drop(oldest);
    }
    const pipeline = this.#build(host);
    const ready: ReadyModel = { name, ...host, pipeline, backend, compiled: new Set() };
    this.#kept.set(name, { host, bytes, ready });
    return ready;
  }

  /** Where there is no room for it beside the others, they leave. */
  #build({ folder }: HostModel): StableDiffusionPipeline {
    try {
      return new StableDiffusionPipeline(folder);
    } catch (error) {
      if (this.#kept.size === 0 || !isOutOfMemory(error)) throw error;
      for (const name of this.names) this.drop(name);
      return new StableDiffusionPipeline(folder);
    }
  }

  /** Forgets a model. */
  drop(name: string): void {
    const kept = this.#kept.get(name);
    this.#kept.delete(name);
    kept?.ready?.pipeline.dispose();
  }

  /** Frees what was on a lost device; host memory stays. */
  releaseAll(): void {
    for (const kept of this.#kept.values()) {
      const { ready } = kept;
      kept.ready = undefined;
      try {
        ready?.pipeline.dispose();
      } catch {
        // What was on the lost device went with it.
      }
    }
  }
}
