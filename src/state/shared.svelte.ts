// The named values that all cells of a page share: move t in one, and it moves in every other that was there by then.

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

type Name = keyof SharedValues;

interface Kept {
  readonly value: SharedValues[Name];
  /** The number of the change that gave it. */
  readonly change: number;
  /** False for what the page's address said when the page was opened. */
  readonly moved: boolean;
}

/** What a reader brings or writes is theirs on the whole page; where a slider stands is a matter of figures already met. */
const everywhere: readonly Name[] = ['picture', 'prompt'];

let values: Partial<Record<Name, Kept>> = $state.raw({});
let changes = 0;

/** How many changes there were: what a cell that comes now has missed. */
export const sharedChanges = (): number => changes;

/**
 * The value that the reader, or the address, gave to `name`; undefined before anybody did. Reactive.
 * @param since changes of sliders up to this one do not count: a figure that nobody had met then opens at its own best state
 */
export function getShared<N extends Name>(name: N, since = 0): SharedValues[N] | undefined {
  const kept = values[name];
  const missed = kept !== undefined && kept.change <= since && !everywhere.includes(name);
  return kept === undefined || missed ? undefined : (kept.value as SharedValues[N]);
}

/** Whether the reader has moved `name` on this page. */
export const wasMoved = (name: string): boolean => values[name as Name]?.moved === true;

/** @param options `moved`: false where the page's address says so */
export function setShared(
  change: Partial<SharedValues>,
  { moved = true }: { readonly moved?: boolean } = {},
): void {
  changes++;
  const kept = Object.entries(change).map(([name, value]) => [name, { value, change: changes, moved }]);
  values = { ...values, ...(Object.fromEntries(kept) as typeof values) };
}

/** Forgets `names`: each cell has its own again. */
export function forgetShared(names: readonly string[]): void {
  values = Object.fromEntries(Object.entries(values).filter(([name]) => !names.includes(name)));
}
