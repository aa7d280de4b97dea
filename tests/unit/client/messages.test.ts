// What the page takes from its worker, and what it doesn't.
import { expect, test } from 'vitest';
import { readEvent, readMessage, readResult } from '../../../src/engine/page/messages.ts';

test.each([
  undefined,
  null,
  42,
  'ready',
  [],
  {},
  { type: 'unknown' },
  { type: 'result' },
  { type: 'result', id: '1', result: {} },
  { type: 'error', id: 1, error: { code: 'weird', message: 'x' } },
  { type: 'notice', message: 7 },
])('refuses %j as a message', (data) => {
  expect(readMessage(data)).toBeUndefined();
});

test('takes messages of every type', () => {
  expect(readMessage({ type: 'ready' })?.type).toBe('ready');
  expect(readMessage({ type: 'error', id: 3, error: { code: 'offline', message: 'x' } })?.type).toBe('error');
  expect(readMessage({ type: 'event', id: 3, event: 1 })?.type).toBe('event');
  expect(readMessage({ type: 'result', id: 3, result: 1 })?.type).toBe('result');
});

test('takes only the events of the job that runs', () => {
  const step = {
    type: 'step',
    index: 0,
    total: 1,
    timestep: 999,
    latents: new Float32Array(4),
    predX0: new Float32Array(4),
    preview: new Uint8ClampedArray(16),
    previewKind: 'decoded',
  };
  expect(readEvent('generate', step)).toEqual(step);
  expect(readEvent('load', step)).toBeUndefined();
  expect(readEvent('generate', { ...step, latents: [1, 2, 3, 4] })).toBeUndefined();
  expect(readEvent('generate', { ...step, preview: undefined })).toBeUndefined();
  expect(
    readEvent('load', { type: 'download', file: 'a', loaded: -1, total: 2, stored: false }),
  ).toBeUndefined();
});

test('keeps the pictures themselves, not copies', () => {
  const images = new Uint8ClampedArray(16);
  const backend = { backend: 'wasm', label: 'wasm (1 thread)', software: false };
  const decoded = { images, imageWidth: 2, imageHeight: 2, ms: 1.5, backend };
  expect(readResult('decode', decoded)?.images).toBe(images);
  expect(readResult('decode', { ...decoded, images: new Uint8Array(16) })).toBeUndefined();
  expect(readResult('decode', { ...decoded, pixels: [0.5] })).toBeUndefined();
  expect(readResult('info', decoded)).toBeUndefined();
});

test('latents are floats', () => {
  const backend = { backend: 'wasm', label: 'wasm (1 thread)', software: false };
  const [latents, logvar] = [new Float32Array(4), new Float32Array(4)];
  const encoded = { latents, logvar, latentWidth: 1, latentHeight: 1, latentChannels: 4, ms: 2, backend };
  expect(readResult('encode', encoded)?.latents).toBe(latents);
  expect(readResult('encode', { ...encoded, logvar: [0, 0, 0, 0] })).toBeUndefined();
});
