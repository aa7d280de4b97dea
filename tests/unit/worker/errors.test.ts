// Any thrown value becomes a report with a code and a sentence.
import { expect, test } from 'vitest';
import { reportError, stopped, WorkerError } from '../../../src/engine/worker/errors.ts';

test('our own errors keep their code', () => {
  expect(reportError(new WorkerError('missing-file', 'gone'))).toEqual({
    code: 'missing-file',
    message: 'gone',
  });
});

test('an aborted call reports why it was aborted, whatever was thrown', () => {
  const controller = new AbortController();
  controller.abort(stopped());
  expect(reportError(new Error('tensor is disposed'), controller.signal).code).toBe('aborted');
  expect(reportError(new Error('x'), AbortSignal.abort()).code).toBe('aborted');
});

test.each([
  new RangeError('Array buffer allocation failed'),
  new RangeError('Invalid typed array length: 99999999999'),
  new Error('Cannot enlarge memory arrays'),
  new Error('Aborted(OOM). Build with -sASSERTIONS for more info.'),
  new Error('memory access out of bounds'),
])('exhausted memory is recognised: %s', (error) => {
  expect(reportError(error)).toMatchObject({ code: 'out-of-memory' });
});

test('other values are failures', () => {
  expect(reportError(new Error('odd'))).toEqual({ code: 'failed', message: 'odd' });
  expect(reportError('text')).toEqual({ code: 'failed', message: 'text' });
  expect(reportError(new Error('')).message).toMatch(/Try again/);
  expect(reportError(new Error('the room is big'))).toMatchObject({ code: 'failed' });
});
