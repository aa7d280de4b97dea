// What `npm test` counts as passed and as failed.
import { expect, it } from 'vitest';
import { count } from '../../../tools/lib/testCount.ts';

const vitest = (passed: number, failed: number, skipped: number): string =>
  JSON.stringify({
    numPassedTests: passed,
    numFailedTests: failed,
    numPendingTests: skipped,
    numTodoTests: 0,
  });
const playwright = (expected: number, unexpected: number, flaky: number, skipped: number): string =>
  JSON.stringify({ stats: { expected, unexpected, flaky, skipped } });

it('a stage without a report is one check', () => {
  expect(count(undefined, undefined, true)).toMatchObject({ passed: 1, failed: 0 });
  expect(count(undefined, undefined, false)).toMatchObject({ passed: 0, failed: 1 });
});

it('counts tests', () => {
  expect(count('vitest', vitest(12, 0, 0), true)).toEqual({ passed: 12, failed: 0, notes: [] });
  expect(count('vitest', vitest(12, 2, 0), false)).toMatchObject({ passed: 12, failed: 2 });
  expect(count('playwright', playwright(5, 1, 1, 0), false)).toMatchObject({ passed: 6, failed: 1 });
});

it('passes nothing that did not run', () => {
  expect(count('vitest', vitest(12, 0, 3), true)).toMatchObject({ passed: 12, failed: 3 });
  expect(count('playwright', playwright(5, 0, 0, 2), true)).toMatchObject({ failed: 2 });
  expect(count('vitest', vitest(0, 0, 0), true)).toMatchObject({ failed: 1 });
  expect(count('vitest', undefined, true)).toMatchObject({ failed: 1 });
  expect(count('vitest', vitest(12, 0, 0), false)).toMatchObject({ passed: 12, failed: 1 });
});
