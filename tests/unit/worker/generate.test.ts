// Two figures that draw at once: the worker draws one after the other, and neither ends the other.
import { expect, test } from 'vitest';
import type { GenerateRequest, GenerateResult } from '../../../src/engine/protocol/messages.ts';
import type { Reply } from '../../../src/engine/worker/job.ts';
import { generate } from '../../../src/engine/worker/jobs/generate.ts';
import { Queue } from '../../../src/engine/worker/queue.ts';
import type { Session } from '../../../src/engine/worker/session.ts';

const request: GenerateRequest = {
  model: 'a',
  prompt: '',
  seed: 1,
  guidanceScale: 1,
  numInferenceSteps: 1,
  numImages: 1,
};

/** A session whose models take a moment to draw, and stop when they are told to. */
function fakeSession(log: string[]): Session {
  const queue = new Queue();
  const fake = {
    enqueue: ({ signal }: { readonly signal: AbortSignal }, task: () => Promise<unknown>) =>
      queue.run(task, signal),
    run: async (model: string, signal: AbortSignal): Promise<Reply<Partial<GenerateResult>>> => {
      log.push(`${model} begins`);
      await new Promise((resolve) => setTimeout(resolve, 5));
      signal.throwIfAborted();
      log.push(`${model} ends`);
      return { result: { ms: 5 }, transfer: [] };
    },
  };
  return fake as unknown as Session;
}

test('both get their pictures, one after the other', async () => {
  const log: string[] = [];
  const session = fakeSession(log);
  const draw = (model: string): Promise<Reply<GenerateResult>> => {
    const { signal } = new AbortController();
    return generate(session, { ...request, model }, { signal, emit: () => undefined });
  };
  const outcomes = await Promise.allSettled([draw('a'), draw('b')]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
  expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
});
