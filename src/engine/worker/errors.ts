// Failures with a code and a sentence for the reader, and how any thrown value becomes one.
import type { ErrorCode, ErrorReport } from '../protocol/transport.ts';
import { STORE_CODES } from '../protocol/storeCodes.ts';
import { StoreError } from '../../storage/errors.ts';

/** A failure that says what happened and what to do. */
export class WorkerError extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'WorkerError';
    this.code = code;
  }
}

export const stopped = (): WorkerError => new WorkerError('aborted', 'Stopped.');

/** Throws why `signal` was aborted, if it was. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw abortReason(signal);
}

/** What `check` gives; what it throws is a fault of the request, told in its words. @throws WorkerError 'bad-request' */
export function refusing<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    const reason = (error instanceof Error ? error.message : String(error)).replace(/\.$/, '');
    throw new WorkerError('bad-request', `${reason}. Change it and try again.`, { cause: error });
  }
}

/** The reason of an aborted signal as one of our own errors. */
export function abortReason(signal: AbortSignal): WorkerError {
  return signal.reason instanceof WorkerError ? signal.reason : stopped();
}

const MEMORY = /out of memory|cannot enlarge memory|allocation failed|\bOOM\b|memory access out of bounds/i;

/** True when the message of `error` is one that engines use for exhausted memory. */
export function isOutOfMemory(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const inAllocation =
    error instanceof RangeError && /array buffer|typed array|array length/i.test(error.message);
  return inAllocation || MEMORY.test(error.message);
}

/** What the page is told about `error`. `signal` is the one of the failed call. */
export function reportError(error: unknown, signal?: AbortSignal): ErrorReport {
  if (signal?.aborted === true) {
    const { code, message } = abortReason(signal);
    return { code, message };
  }
  if (error instanceof WorkerError) return { code: error.code, message: error.message };
  if (error instanceof StoreError) return { code: STORE_CODES[error.code], message: error.message };
  if (isOutOfMemory(error)) {
    return {
      code: 'out-of-memory',
      message:
        'This browser ran out of memory for the model. Close other tabs, ask for fewer images, then try again.',
    };
  }
  const detail = error instanceof Error ? error.message : String(error);
  return {
    code: 'failed',
    message: detail === '' ? 'Something failed without saying why. Try again.' : detail,
  };
}
