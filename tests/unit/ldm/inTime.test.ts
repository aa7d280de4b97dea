// The one time limit: what never answers is given up, what comes late is freed.
import { expect, test, vi } from 'vitest';
import { inTime, TimeLimitError } from '../../../src/lib/ldm/base/inTime.ts';

const never = new Promise<never>(() => undefined);

test('gives what comes in time, and what goes wrong in time', async () => {
  await expect(inTime(Promise.resolve(7), 1000, 'it')).resolves.toBe(7);
  await expect(inTime(Promise.reject(new Error('no')), 1000, 'it')).rejects.toThrow('no');
});

test('gives up what never answers, and says so', async () => {
  await expect(inTime(never, 20, 'the driver')).rejects.toThrow(TimeLimitError);
  await expect(inTime(never, 20, 'the driver')).rejects.toThrow(/the driver within 0.02 s/);
});

test('hands over what comes late', async () => {
  const onLate = vi.fn();
  const late = Promise.withResolvers<string>();
  await expect(inTime(late.promise, 10, 'it', onLate)).rejects.toThrow(TimeLimitError);
  late.resolve('device');
  await vi.waitFor(() => expect(onLate).toHaveBeenCalledWith('device'));
});
