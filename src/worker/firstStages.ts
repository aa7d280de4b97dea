// First stages in memory without the rest of their models: a few, the one least recently used leaves first.
import type { VaeConfig } from '../lib/ldm/config.ts';
import { FirstStage } from '../lib/ldm/pipeline/firstStage.ts';
import type { HostPart } from '../lib/ldm/pipeline/modelFolder.ts';
import type { BackendInfo } from '../protocol.ts';

/** A first stage that is ready to compute: one of these, or that of the whole model in memory. */
export interface ReadyStage {
  readonly stage: FirstStage;
  readonly backend: BackendInfo;
  /** Kinds of calls whose shaders are compiled. */
  readonly compiled: Set<string>;
}

interface Kept {
  /** Settings and weights in host memory: what the stage is rebuilt from. */
  readonly part: HostPart<VaeConfig>;
  readonly bytes: number;
  ready: ReadyStage | undefined;
}

/** Weights of about ten first stages of the size that the site ships. */
const MAX_BYTES = 64e6;

export class FirstStages {
  readonly #maxBytes: number;
  /** In the order of their last use, the oldest first. */
  readonly #kept = new Map<string, Kept>();

  constructor(maxBytes = MAX_BYTES) {
    this.#maxBytes = maxBytes;
  }

  get names(): readonly string[] {
    return [...this.#kept.keys()];
  }

  /** Host memory of a stage that is kept. */
  part(name: string): HostPart<VaeConfig> | undefined {
    return this.#kept.get(name)?.part;
  }

  /** The stage, if it is on `backend`; counts as a use. */
  use(name: string, backend: BackendInfo | undefined): ReadyStage | undefined {
    const kept = this.#kept.get(name);
    if (kept?.ready === undefined || kept.ready.backend !== backend) return undefined;
    this.#kept.delete(name);
    this.#kept.set(name, kept);
    return kept.ready;
  }

  /** Puts a stage on `backend` and frees the oldest ones above the limit; the new one stays whatever its size. */
  put(name: string, part: HostPart<VaeConfig>, backend: BackendInfo): ReadyStage {
    this.drop(name);
    const stage = new FirstStage(part);
    const ready: ReadyStage = { stage, backend, compiled: new Set() };
    let bytes = 0;
    for (const { data } of part.state.values()) bytes += data.byteLength;
    this.#kept.set(name, { part, bytes, ready });
    let total = 0;
    for (const kept of this.#kept.values()) total += kept.bytes;
    for (const [oldest, kept] of this.#kept) {
      if (total <= this.#maxBytes || oldest === name) break;
      total -= kept.bytes;
      this.drop(oldest);
    }
    return ready;
  }

  /** Forgets a stage. */
  drop(name: string): void {
    const kept = this.#kept.get(name);
    this.#kept.delete(name);
    kept?.ready?.stage.dispose();
  }

  /** Frees what was on a lost device; host memory stays. */
  releaseAll(): void {
    for (const kept of this.#kept.values()) {
      const { ready } = kept;
      kept.ready = undefined;
      try {
        ready?.stage.dispose();
      } catch {
        // What was on the lost device went with it.
      }
    }
  }
}
