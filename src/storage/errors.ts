// Why the store could not do what it was asked, and how any thrown value becomes such an answer.
import { TimeLimitError } from '@noisebook/ldm/numbers';

/**
 * `full`: no room; `missing`: no such run or model; `unavailable`: nothing can be kept here; `changed`: another version of
 * the site has changed the storage; `conflict`: somebody else has stored more of this run; `unreadable`: a record of
 * another shape, or damaged; `failed`: anything else.
 */
export type StoreErrorCode =
  'full' | 'missing' | 'unavailable' | 'changed' | 'conflict' | 'unreadable' | 'failed';

/** A failure that says what happened and what to do. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;
  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreError';
    this.code = code;
  }
}

const nameOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'name' in error && typeof error.name === 'string'
    ? error.name
    : '';

/** True when a browser says that there is no room. Some give the transaction's reason, some only "UnknownError". */
export const isFull = (error: unknown): boolean =>
  (error instanceof StoreError && error.code === 'full') ||
  nameOf(error) === 'QuotaExceededError' ||
  (error instanceof Error && /quota|disk (?:is )?full|no space/i.test(error.message));

/** `error` as a StoreError. */
export function storeError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  if (isFull(error)) {
    return new StoreError(
      'full',
      'This browser has no room left for this site. Delete runs or models you no longer need, or free space on the disk, then try again.',
      { cause: error },
    );
  }
  if (error instanceof TimeLimitError) {
    return new StoreError(
      'failed',
      'This browser’s storage has not answered for a minute. Close other tabs of this site and reload the page, then try again.',
      { cause: error },
    );
  }
  const detail = error instanceof Error ? error.message : String(error);
  return new StoreError(
    'failed',
    `This browser's storage failed (${detail}). Reload the page and try again.`,
    {
      cause: error,
    },
  );
}

export const changedStorage = (cause?: unknown): StoreError =>
  new StoreError(
    'changed',
    'Another version of this site has changed what this browser keeps, and this page can’t use it. Reload the page. If that does not help, open the other version: your runs and models are there.',
    { cause },
  );

/** Why the database could not be opened. */
export function openError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  if (nameOf(error) === 'VersionError') return changedStorage(error);
  if (isFull(error)) return storeError(error);
  if (error instanceof TimeLimitError) {
    return new StoreError(
      'unavailable',
      'This browser’s storage does not answer. Close other tabs of this site, then reload the page.',
      { cause: error },
    );
  }
  return new StoreError(
    'unavailable',
    'This browser keeps nothing for this page: it is a private window, or storage is refused (cookies and site data are blocked).',
    { cause: error },
  );
}

export const conflict = (name: string): StoreError =>
  new StoreError(
    'conflict',
    `“${name}” was changed in another tab meanwhile, so what was trained here since is not stored. “Go on” takes the run as it is stored now.`,
  );

export const missingRun = (id: string): StoreError =>
  new StoreError(
    'missing',
    `There is no training run ${id} in this browser: it may have been deleted in another tab.`,
  );

export const missingModel = (id: string): StoreError =>
  new StoreError(
    'missing',
    `There is no model own-${id} in this browser: it may have been deleted in another tab.`,
  );
