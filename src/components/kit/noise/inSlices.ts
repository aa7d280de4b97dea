// Long arithmetic on the page's own thread, a few milliseconds at a time, so that the page never waits for it.

/** Longest time at a stretch, in milliseconds. */
const SLICE = 10;

/**
 * Runs `work` to its end. Between slices the browser draws and listens.
 * @param work yields often: after a millisecond or so of work
 * @throws AbortError as soon as the signal is aborted
 */
export async function inSlices<Result>(
  work: Generator<number, Result>,
  signal: AbortSignal,
  progress: (done: number) => void = () => undefined,
): Promise<Result> {
  let end = performance.now() + SLICE;
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    if (performance.now() < end) continue;
    progress(step.value);
    await new Promise((resume) => setTimeout(resume));
    signal.throwIfAborted();
    end = performance.now() + SLICE;
  }
}
