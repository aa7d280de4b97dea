// LRU cache of loaded models of one kind, bounded by their bytes on the device and by their number.
import type { StateDict } from '@noisebook/ldm/numbers';
import type { BackendInfo } from '@noisebook/ldm';
import { isOutOfMemory } from './errors.ts';

/** Something that is on a backend. */
export interface OnBackend {
  readonly backend: BackendInfo;
  /** Kinds of calls whose shaders are compiled. */
  readonly compiled: Set<string>;
}

/** How one kind of thing is kept. */
export interface Kind<Host, Loaded extends OnBackend> {
  readonly maxBytes: number;
  readonly maxCount: number;
  /** The weights in host memory. */
  readonly states: (host: Host) => readonly StateDict[];
  readonly build: (name: string, host: Host, backend: BackendInfo) => Loaded;
  readonly dispose: (loaded: Loaded) => void;
  /** Hears the names whenever one comes or leaves. */
  readonly onChange?: (names: readonly string[]) => void;
}

interface Kept<Host, Loaded> {
  /** Settings and weights in host memory: what it is rebuilt from. */
  readonly host: Host;
  /** Of its weights on the device. */
  readonly bytes: number;
  loaded: Loaded | undefined;
}

/** Numbers are float32 on the device, however a file packs them. */
function bytesOnDevice(states: readonly StateDict[]): number {
  let count = 0;
  for (const state of states)
    for (const { shape } of state.values()) count += shape.reduce((a, b) => a * b, 1);
  return 4 * count;
}

export class ModelCache<Host, Loaded extends OnBackend> {
  readonly #kind: Kind<Host, Loaded>;
  /** In the order of their last use, the oldest first. */
  readonly #kept = new Map<string, Kept<Host, Loaded>>();

  constructor(kind: Kind<Host, Loaded>) {
    this.#kind = kind;
  }

  /** In the order of their last use, the oldest first. */
  get names(): readonly string[] {
    return [...this.#kept.keys()];
  }

  /** Host memory of what is kept. */
  host(name: string): Host | undefined {
    return this.#kept.get(name)?.host;
  }

  /** What has this name, if it is on `backend`; counts as a use. */
  use(name: string, backend: BackendInfo | undefined): Loaded | undefined {
    const kept = this.#kept.get(name);
    if (kept?.loaded === undefined || kept.loaded.backend !== backend) return undefined;
    this.#kept.delete(name);
    this.#kept.set(name, kept);
    return kept.loaded;
  }

  /** Frees what is too much beside the new one, which stays whatever its size, and puts it on `backend`. */
  put(name: string, host: Host, backend: BackendInfo): Loaded {
    const before = this.names;
    try {
      this.#forget(name);
      const { maxBytes, maxCount, states } = this.#kind;
      const bytes = bytesOnDevice(states(host));
      let total = bytes;
      for (const kept of this.#kept.values()) total += kept.bytes;
      for (const [oldest, kept] of this.#kept) {
        if (total <= maxBytes && this.#kept.size < maxCount) break;
        total -= kept.bytes;
        this.#forget(oldest);
      }
      const loaded = this.#build(name, host, backend);
      this.#kept.set(name, { host, bytes, loaded });
      return loaded;
    } finally {
      this.#tell(before);
    }
  }

  /** Where there is no room for it beside the others, they leave. */
  #build(name: string, host: Host, backend: BackendInfo): Loaded {
    try {
      return this.#kind.build(name, host, backend);
    } catch (error) {
      if (this.#kept.size === 0 || !isOutOfMemory(error)) throw error;
      for (const other of this.names) this.#forget(other);
      return this.#kind.build(name, host, backend);
    }
  }

  /** Forgets one. */
  drop(name: string): void {
    const before = this.names;
    this.#forget(name);
    this.#tell(before);
  }

  #forget(name: string): void {
    const kept = this.#kept.get(name);
    this.#kept.delete(name);
    if (kept?.loaded !== undefined) this.#kind.dispose(kept.loaded);
  }

  #tell(before: readonly string[]): void {
    const { names } = this;
    if (names.length !== before.length || names.some((name) => !before.includes(name)))
      this.#kind.onChange?.(names);
  }

  /** Frees what was on a lost device; host memory stays. */
  releaseAll(): void {
    for (const kept of this.#kept.values()) {
      const { loaded } = kept;
      kept.loaded = undefined;
      try {
        if (loaded !== undefined) this.#kind.dispose(loaded);
      } catch {
        // What was on the lost device went with it.
      }
    }
  }
}
