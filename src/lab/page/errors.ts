// Failures of the store as failures of the lab, and refusals of its own.
import { STORE_CODES } from '../../engine/protocol/storeCodes.ts';
import { storeError } from '../../storage/index.ts';
import { EngineError } from '../../engine/page/errors.ts';

/** `error` as an EngineError. */
export function labError(error: unknown): EngineError {
  if (error instanceof EngineError) return error;
  const { code, message } = storeError(error);
  return new EngineError({ code: STORE_CODES[code], message }, { cause: error });
}

export const busyHere = (name: string): EngineError =>
  new EngineError({ code: 'busy', message: `"${name}" is being trained. Pause it first.` });

export const busyElsewhere = (name: string): EngineError =>
  new EngineError({ code: 'busy', message: `Another tab is training "${name}". Pause it there first.` });

export const missingRun = (): EngineError =>
  new EngineError({
    code: 'missing-run',
    message: 'This training run is not in this browser any more: it may have been deleted in another tab.',
  });
