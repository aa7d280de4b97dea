// One budget for all models in memory, of whatever kind, and the training run: where there is no room, what was used longest
// ago leaves.
import type { BackendName } from '@noisebook/ldm';
import type { LoadedWeights, MemoryReport } from '../protocol/messages.ts';

const MB = 2 ** 20;
/** Part of a machine's memory that weights may take. They lie in host memory too, and what is computed needs several times as much. */
const SHARE = 1 / 16;
/** GiB where the browser doesn't say: Firefox and Safari. */
const ASSUMED_GIB = 3;
/** Two models of the size that the site ships. */
const LEAST = 96 * MB;
/** The wasm heap ends at 4 GiB and never shrinks, and all that is computed lies in it as well. */
const MOST: Readonly<Record<BackendName, number>> = { wasm: 256 * MB, webgl: 384 * MB, webgpu: 512 * MB };

/**
 * Bytes of weights that may stay on the device.
 * @param backend wasm before one is chosen
 * @param memoryGib of the machine, as browsers round it (`navigator.deviceMemory`)
 */
export function modelBudget(backend: BackendName = 'wasm', memoryGib = ASSUMED_GIB): number {
  return Math.min(MOST[backend], Math.max(LEAST, Math.round(memoryGib * 1024 * MB * SHARE)));
}

/** Something that takes memory, of somebody who can let it go. */
export interface Resident {
  readonly name: string;
  readonly kind: LoadedWeights['kind'];
  /** Of its weights on the device; asked anew each time. */
  readonly bytes: number;
  /** False after a lost device: then it is in host memory alone, until it is used. */
  readonly isLoaded: () => boolean;
  /** Lets it go, and then its owner calls `remove`; does nothing where it holds what is nowhere else. */
  readonly leave: () => void;
}

export class MemoryBudget {
  readonly #limit: () => number;
  /** In the order of their last use, the oldest first. */
  readonly #residents = new Set<Resident>();

  /** @param limit bytes; asked anew each time, since the backend may change */
  constructor(limit: () => number) {
    this.#limit = limit;
  }

  get report(): MemoryReport {
    const loaded = [...this.#residents].filter((resident) => resident.isLoaded());
    return {
      budgetBytes: this.#limit(),
      usedBytes: sum(loaded),
      loaded: loaded.map(({ name, kind, bytes }) => ({ name, kind, bytes })),
    };
  }

  add(resident: Resident): void {
    this.#residents.add(resident);
  }

  /** Counts as a use. */
  touch(resident: Resident): void {
    if (this.#residents.delete(resident)) this.#residents.add(resident);
  }

  remove(resident: Resident): void {
    this.#residents.delete(resident);
  }

  /**
   * Makes room for something of `bytes` that comes in any case, whatever its size.
   * @param beside names of models that stay: the same work uses them in turn
   */
  makeRoom(bytes: number, beside: readonly string[] = []): void {
    for (const resident of [...this.#residents]) {
      if (sum(this.#residents) + bytes <= this.#limit()) return;
      if (!beside.includes(resident.name)) resident.leave();
    }
  }

  /** All leave that can; false where nothing did. */
  clear(): boolean {
    const all = [...this.#residents];
    for (const resident of all) resident.leave();
    return this.#residents.size < all.length;
  }
}

function sum(residents: Iterable<Resident>): number {
  let total = 0;
  for (const { bytes } of residents) total += bytes;
  return total;
}
