// The page that times training steps: a worker for each contender, asked one at a time by tools/bench-step.ts.
import type { StepAnswer, StepRequest } from './types.ts';

declare global {
  interface Window {
    /** Starts a contender under a name of its own, or asks it for steps. */
    askContender: (name: string, request: StepRequest) => Promise<StepAnswer>;
  }
}

const workers = new Map<string, Worker>();

window.askContender = (name, request) => {
  let worker = workers.get(name);
  if (worker === undefined) {
    worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    workers.set(name, worker);
  }
  const asked = worker;
  return new Promise((resolve) => {
    asked.onmessage = ({ data }: MessageEvent<StepAnswer>) => resolve(data);
    asked.onerror = ({ message }) => resolve({ type: 'error', message: `The worker failed: ${message}` });
    asked.postMessage(request);
  });
};
