// What the site's own compute worker says of itself: the page's `info` job, asked inside the worker.
import type { Page, Worker } from '@playwright/test';
import type { EngineInfo } from '../../../src/engine/protocol/messages.ts';

/** The compute worker of the page, if it has started one. */
export const computeWorker = (page: Page): Worker | undefined =>
  page.workers().find((each) => each.url().includes('_worker'));

/** Backend, tensors and bytes. Waits its turn behind what is running. */
export function workerInfo(worker: Worker): Promise<EngineInfo> {
  return worker.evaluate(
    () =>
      new Promise<EngineInfo>((resolve, reject) => {
        // No call of the page has this number: it takes no notice of the answer, but we do.
        const id = 2 ** 40;
        const scope = globalThis as unknown as DedicatedWorkerGlobalScope;
        const send = scope.postMessage.bind(scope) as (message: unknown, options?: unknown) => void;
        scope.postMessage = (message: unknown, options?: unknown) => {
          const answer = message as { id?: number; type?: string; result?: EngineInfo; error?: unknown };
          if (answer.id !== id) send(message, options);
          else if (answer.type === 'result') resolve(answer.result!);
          else if (answer.type === 'error') reject(new Error(JSON.stringify(answer.error)));
        };
        const data = { type: 'job', id, job: 'info', request: null };
        scope.dispatchEvent(new MessageEvent('message', { data }));
      }),
  );
}
