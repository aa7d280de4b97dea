// Models of one kind in memory. Which leaves when there is no room is up to the budget that all kinds share.
import type { StateDict } from '@noisebook/ldm/numbers';
import type { BackendInfo } from '@noisebook/ldm';
import { isOutOfMemory } from './errors.ts';
import type { MemoryBudget, Resident } from './memoryBudget.ts';

/** Something that is on a backend. */
export interface OnBackend {
  readonly backend: BackendInfo;
  /** Kinds of calls whose shaders are compiled. */
  readonly compiled: Set<string>;
}

/** How one kind of thing is kept. */
export interface Kind<Host, Loaded extends OnBackend> {
  readonly kind: Resident['kind'];
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
  readonly resident: Resident;
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
  readonly #budget: MemoryBudget;
  /** In the order of their last use, the oldest first. */
  readonly #kept = new Map<string, Kept<Host, Loaded>>();
  #changing = false;

  constructor(kind: Kind<Host, Loaded>, budget: MemoryBudget) {
    this.#kind = kind;
    this.#budget = budget;
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
    this.#budget.touch(kept.resident);
    return kept.loaded;
  }

  /**
   * Puts one on `backend`, whatever its size; what is too much beside it leaves, of any kind.
   * @param beside names of models that stay
   */
  put(name: string, host: Host, backend: BackendInfo, beside: readonly string[] = []): Loaded {
    return this.#change(() => {
      this.#forget(name);
      const bytes = bytesOnDevice(this.#kind.states(host));
      this.#budget.makeRoom(bytes, beside);
      const loaded = this.#build(name, host, backend);
      const resident: Resident = {
        name,
        kind: this.#kind.kind,
        bytes,
        isLoaded: () => kept.loaded !== undefined,
        leave: () => this.drop(name),
      };
      const kept: Kept<Host, Loaded> = { host, resident, loaded };
      this.#kept.set(name, kept);
      this.#budget.add(resident);
      return loaded;
    });
  }

  /** Where there is no room for it beside the others, they leave. */
  #build(name: string, host: Host, backend: BackendInfo): Loaded {
    try {
      return this.#kind.build(name, host, backend);
    } catch (error) {
      if (!isOutOfMemory(error) || !this.#budget.clear()) throw error;
      return this.#kind.build(name, host, backend);
    }
  }

  /** Forgets one. */
  drop(name: string): void {
    this.#change(() => this.#forget(name));
  }

  #forget(name: string): void {
    const kept = this.#kept.get(name);
    if (kept === undefined) return;
    this.#kept.delete(name);
    this.#budget.remove(kept.resident);
    if (kept.loaded !== undefined) this.#kind.dispose(kept.loaded);
  }

  /** Tells of what `change` changed, once it has ended. */
  #change<T>(change: () => T): T {
    if (this.#changing) return change();
    const before = this.names;
    this.#changing = true;
    try {
      return change();
    } finally {
      this.#changing = false;
      const { names } = this;
      if (names.length !== before.length || names.some((name) => !before.includes(name)))
        this.#kind.onChange?.(names);
    }
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
