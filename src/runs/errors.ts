// Why the store could not do what it was asked, and how any thrown value becomes such an answer.

/** `full`: no room; `missing`: no such run or model; `unavailable`: nothing can be kept here; `failed`: anything else. */
export type StoreErrorCode = 'full' | 'missing' | 'unavailable' | 'failed';

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
  const detail = error instanceof Error ? error.message : String(error);
  return new StoreError(
    'failed',
    `This browser's storage failed (${detail}). Reload the page and try again.`,
    {
      cause: error,
    },
  );
}

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
