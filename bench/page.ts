// The page of the benchmark: hands the request to the worker and keeps its answer where tools/bench.ts can read it.
import type { BenchMessage, BenchRequest, BenchResult } from './types.ts';

declare global {
  interface Window {
    runBench: (request: BenchRequest) => Promise<BenchResult>;
  }
}

window.runBench = (request) => {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  return new Promise<BenchResult>((resolve, reject) => {
    worker.addEventListener('error', (event) => reject(new Error(`The worker failed: ${event.message}`)));
    worker.addEventListener('message', ({ data }: MessageEvent<BenchMessage>) => {
      if (data.type === 'progress') console.info(data.text);
      else if (data.type === 'result') resolve(data.result);
      else reject(new Error(data.message));
    });
    worker.postMessage(request);
  }).finally(() => worker.terminate());
};
