// What the page takes from its worker about training runs.
import { expect, test } from 'vitest';
import { readEvent, readResult } from '../../../../src/engine/page/messages.ts';
import type { LabBatch, LabTrainResult } from '../../../../src/engine/protocol/lab.ts';
import { samples, step } from '../../runs/example.ts';

const batch: LabBatch = {
  type: 'lab',
  events: [
    { type: 'resumed', phase: 'autoencoder', step: 0 },
    step('autoencoder', 1),
    { type: 'encoded', count: 4, mean: [0], std: [1] },
    step('denoiser', 1),
    samples(1),
    { type: 'snapshot', phase: 'denoiser', step: 1 },
    { type: 'checkpoint', phase: 'denoiser', step: 1, bytes: 10 },
    { type: 'progress', what: 'save', share: 1 },
  ],
};

test('takes batches of events, and beside them what is loaded', () => {
  expect(readEvent('lab-train', batch)).toEqual(batch);
  const preparing = { type: 'preparing', what: 'backend' };
  expect(readEvent('lab-train', preparing)).toEqual(preparing);
  expect(readEvent('generate', batch)).toBeUndefined();
});

test('a loss that is no number is news, not a broken message', () => {
  const spoilt = {
    type: 'lab',
    events: [{ ...step('denoiser', 1), loss: Number.NaN, errors: [Number.NaN, 1] }],
  };
  expect(readEvent('lab-train', spoilt)).toEqual(spoilt);
});

test.each([
  { type: 'lab' },
  { type: 'lab', events: [{ type: 'weird' }] },
  { type: 'lab', events: [{ ...step('denoiser', 1), loss: '1' }] },
  { type: 'lab', events: [{ ...samples(1), images: [1, 2, 3] }] },
  { type: 'lab', events: [{ type: 'checkpoint', phase: 'third', step: 1, bytes: 10 }] },
])('refuses %j', (data) => {
  expect(readEvent('lab-train', data)).toBeUndefined();
});

test('takes results', () => {
  const result: LabTrainResult = {
    ended: 'stopped',
    message: 'No room.',
    phase: 'denoiser',
    step: 7,
    backend: { backend: 'wasm', label: 'wasm', software: false },
  };
  expect(readResult('lab-train', result)).toEqual(result);
  expect(readResult('lab-train', { ...result, ended: 'never' })).toBeUndefined();
  const files = { phase: 'denoiser', step: 7, files: [['a/b', Uint8Array.of(1)]] };
  expect(readResult('lab-export', files)).toEqual(files);
  expect(readResult('lab-export', { ...files, files: [['a/b', 'bytes']] })).toBeUndefined();
});
