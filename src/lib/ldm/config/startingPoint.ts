// What a generation may be given to start from, and what of that goes together.

/** Whether something is given is all that matters here: tensors, lists of numbers or bytes. */
export interface StartingPoint {
  /** x_T, or with `startIndex` x before that step. */
  readonly latents?: unknown;
  readonly startIndex?: number | undefined;
  /** predX0 of the steps before `startIndex`. */
  readonly history?: { readonly length: number } | undefined;
  readonly picture?: unknown;
  readonly strength?: number | undefined;
  readonly mask?: unknown;
}

/** @throws RangeError where something lacks what it needs beside it, or two things exclude each other */
export function checkStartingPoint(given: StartingPoint): void {
  const { latents, startIndex, history, picture, strength, mask } = given;
  const refuse = (message: string): never => {
    throw new RangeError(message);
  };
  if (startIndex !== undefined && latents === undefined)
    refuse('startIndex: expected latents beside it, x as it is before that step, got none');
  if (history !== undefined && startIndex === undefined)
    refuse('history: expected a startIndex beside it, got none');
  if (history !== undefined && startIndex !== undefined && history.length > startIndex)
    refuse(
      `history: expected at most ${startIndex} predictions, those of the steps before startIndex, got ${history.length}`,
    );
  if (mask !== undefined && picture === undefined)
    refuse('mask: expected a picture beside it to paint in, got none');
  if (strength !== undefined && picture === undefined)
    refuse('strength: expected a picture beside it to change, got none');
  if (latents !== undefined && picture !== undefined)
    refuse('latents: expected no picture beside them, since a generation starts from one or the other');
}
