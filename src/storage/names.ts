// Names in the storage: of the database, of runs and models, and what a model's name means.

/** The database of runs and models, and the channel on which its changes are told. */
export const DATABASE = 'noisebook-runs';

/** A new id: 12 lower-case hexadecimal digits. */
export const newId = (): string =>
  [...crypto.getRandomValues(new Uint8Array(6))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/** The model name of a run's snapshot. */
export const snapshotModel = (runId: string, index: number): `own-${string}` => `own-${runId}-${index}`;

/** What a model name stands for: a stored model, a run's snapshot, or neither (a folder of the site). */
export type UserModelName =
  | { readonly kind: 'model'; readonly id: string }
  | { readonly kind: 'snapshot'; readonly runId: string; readonly index: number };

/** A run's or a model's id. */
export const ID = /^[a-z0-9]{6,40}$/;

export function readUserModelName(name: string): UserModelName | undefined {
  const [, id, index] = /^own-([a-z0-9]{6,40})(?:-(\d{1,6}))?$/.exec(name) ?? [];
  if (id === undefined) return undefined;
  return index === undefined ? { kind: 'model', id } : { kind: 'snapshot', runId: id, index: Number(index) };
}
