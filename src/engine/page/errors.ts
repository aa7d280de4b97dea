// What a failed call to the engine rejects with.
import type { ErrorCode, ErrorReport } from '../protocol/transport.ts';

/** A failure of a call to the engine. `message` is for the reader: what happened and what to do. */
export class EngineError extends Error {
  readonly code: ErrorCode;
  constructor(report: ErrorReport, options?: ErrorOptions) {
    super(report.message, options);
    this.name = 'EngineError';
    this.code = report.code;
  }
}

/** True when a call ended because somebody stopped it or a newer call took its place: nothing to report. */
export function isAborted(error: unknown): boolean {
  return error instanceof EngineError && (error.code === 'aborted' || error.code === 'superseded');
}

/** Why a call ended that a newer one of the same figure took the place of. */
export const superseded = (): EngineError =>
  new EngineError({ code: 'superseded', message: 'Replaced by a newer request.' });
