// What a failure of the store is called in an answer. Without schemas: pages use it, too.
import type { StoreErrorCode } from '../../storage/errors.ts';
import type { ErrorCode } from './transport.ts';

export const STORE_CODES: Readonly<Record<StoreErrorCode, ErrorCode>> = {
  full: 'storage-full',
  missing: 'missing-run',
  unavailable: 'failed',
  changed: 'failed',
  conflict: 'failed',
  unreadable: 'failed',
  failed: 'failed',
};
