// The named values that all cells of a page share: move t in one, and it moves in every other.

/** Every value that may be shared, by the name it has in fields and in the address. */
export interface SharedValues {
  /** Timestep, 0 to 999. */
  readonly t: number;
  /** Seed of the noise, 0 to 2^32 - 1. */
  readonly seed: number;
  /** Name of a picture; see pictures/. */
  readonly picture: string;
  readonly prompt: string;
}

let values: Partial<SharedValues> = $state.raw({});

/** The value that the reader, or the address, gave to `name`; undefined before anybody did. Reactive. */
export function getShared<N extends keyof SharedValues>(name: N): SharedValues[N] | undefined {
  return values[name];
}

export function setShared(change: Partial<SharedValues>): void {
  values = { ...values, ...change };
}

/** Forgets `names`: each cell has its own again. */
export function forgetShared(names: readonly string[]): void {
  values = Object.fromEntries(Object.entries(values).filter(([name]) => !names.includes(name)));
}
