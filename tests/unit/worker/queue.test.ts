// One job at a time, in order, and a stop that is heard while waiting and between steps.
import { expect, test } from 'vitest';
import { yieldToEventLoop } from '@noisebook/ldm/numbers';
import { Queue } from '../../../src/engine/worker/queue.ts';

const never = new AbortController().signal;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test('runs tasks one after the other, past failures', async () => {
  const queue = new Queue();
  const log: string[] = [];
  const task =
    (name: string, fail = false) =>
    async (): Promise<string> => {
      log.push(`${name} begins`);
      await pause(3);
      log.push(`${name} ends`);
      if (fail) throw new Error(name);
      return name;
    };
  const outcomes = await Promise.allSettled([
    queue.run(task('a'), never),
    queue.run(task('b', true), never),
    queue.run(task('c'), never),
  ]);
  expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});

test('a task that is stopped while waiting ends at once and never runs', async () => {
  const queue = new Queue();
  const controller = new AbortController();
  const hold = Promise.withResolvers<undefined>();
  const first = queue.run(() => hold.promise, never);
  let ran = false;
  const second = queue.run(() => {
    ran = true;
    return Promise.resolve();
  }, controller.signal);
  controller.abort();
  await expect(second).rejects.toMatchObject({ code: 'aborted' }); // while the first still runs
  hold.resolve(undefined);
  await first;
  await queue.run(() => Promise.resolve(), never);
  expect(ran).toBe(false);
});

test('a stop that has come but was not heard yet is heard before the task begins', async () => {
  const queue = new Queue();
  const controller = new AbortController();
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => controller.abort();
  let ran = false;
  const first = queue.run(() => {
    port2.postMessage('stop the second');
    return Promise.resolve('done');
  }, never);
  const second = queue.run(() => {
    ran = true;
    return Promise.resolve();
  }, controller.signal);
  await expect(first).resolves.toBe('done');
  await expect(second).rejects.toMatchObject({ code: 'aborted' });
  port1.close();
  expect(ran).toBe(false);
});

test('a running task is left to end by itself', async () => {
  const queue = new Queue();
  const controller = new AbortController();
  const running = queue.run(async () => {
    await pause(10);
    return 'tidied up';
  }, controller.signal);
  await pause(2);
  controller.abort();
  await expect(running).resolves.toBe('tidied up');
});

test('breathing lets other messages in', async () => {
  const { port1, port2 } = new MessageChannel();
  let heard = 0;
  port1.onmessage = () => heard++;
  port2.postMessage('stop');
  for (let i = 0; i < 20 && heard === 0; i++) await yieldToEventLoop();
  port1.close();
  expect(heard).toBe(1);
});
