// What the worker takes from the page, and what it doesn't.
import { expect, test } from 'vitest';
import { readMessage, readRequest } from '../../../src/compute/jobs.ts';

const request = {
  model: 'faces-64',
  prompt: 'a person with a blue hat',
  seed: 7,
  guidanceScale: 3,
  numInferenceSteps: 12,
  numImages: 4,
};

test.each([
  null,
  'setup',
  { type: 'job', id: 0, job: 'info', request: null },
  { type: 'job', id: 1, job: 'format-disk', request: null },
  { type: 'job', id: 1, job: 'toString', request: null },
  { type: 'setup', setup: { weightsUrl: '/weights/', lifeLock: 'x' } },
  { type: 'setup', setup: { weightsUrl: 'https://site.test/weights', lifeLock: 'x' } },
  { type: 'setup', setup: { weightsUrl: 'https://site.test/weights/', lifeLock: 'x', backend: 'cpu' } },
])('refuses %j as a message', (data) => {
  expect(readMessage(data)).toBeUndefined();
});

test('takes the three kinds of messages', () => {
  const setup = { weightsUrl: 'https://site.test/weights/', lifeLock: 'x', backend: 'wasm' };
  expect(readMessage({ type: 'setup', setup })).toEqual({ type: 'setup', setup });
  expect(readMessage({ type: 'job', id: 1, job: 'info', request: null })).toBeDefined();
  expect(readMessage({ type: 'cancel', id: 1 })).toBeDefined();
});

test('takes a generation as it is', () => {
  expect(readRequest('generate', request)).toEqual(request);
  const quick = { ...request, previewOf: 'none' as const, stepOutputs: [] };
  expect(readRequest('generate', quick)).toEqual(quick);
});

test('takes a generation from any start, with settings of the sampler', () => {
  const forked = {
    ...request,
    sampler: 'DPMSolverMultistepScheduler',
    samplerSettings: { solverOrder: 2, useKarrasSigmas: true },
    latents: new Float32Array(1024),
    startIndex: 3,
    history: [new Float32Array(1024)],
    stepOutputs: ['latents', 'predNoise'],
    beside: ['faces-128'],
  };
  expect(readRequest('generate', forked)).toEqual(forked);
  const picture = new Uint8ClampedArray(64 * 64 * 4);
  const painted = { ...request, eta: 0.5, picture, strength: 0.6, mask: new Uint8Array(64 * 64) };
  expect(readRequest('generate', painted)).toEqual(painted);
});

test.each<[object, string]>([
  [{ startIndex: 2 }, 'startIndex: expected latents beside it, x as it is before that step, got none'],
  [{ mask: new Uint8Array(4) }, 'mask: expected a picture beside it to paint in, got none'],
  [{ strength: 0.5 }, 'strength: expected a picture beside it to change, got none'],
  [{ samplerSettings: { solverOrder: 4 } }, 'solverOrder: expected one of 1, 2, 3, got 4'],
])('refuses a generation with %o in the words of the library', (given, message) => {
  expect(() => readRequest('generate', { ...request, ...given })).toThrow(message);
});

test.each<[string, unknown]>([
  ['model', '../secret'],
  ['model', 'https://other.test/m'],
  ['prompt', 'x'.repeat(301)],
  ['seed', -1],
  ['seed', 1.5],
  ['seed', 2 ** 32],
  ['guidanceScale', Number.NaN],
  ['guidanceScale', Number.POSITIVE_INFINITY],
  ['numInferenceSteps', 0],
  ['numInferenceSteps', 51],
  ['numImages', 1000],
  ['numImages', '4'],
  ['previewOf', 'everything'],
  ['sampler', 'PNDMScheduler'],
  ['samplerSettings', 'karras'],
  ['eta', 1.1],
  ['strength', -0.1],
  ['startIndex', 51],
  ['latents', [0, 1]],
  ['picture', new Uint8Array(4)],
  ['mask', new Uint8ClampedArray(4)],
  ['beside', ['../secret']],
])('refuses a generation with %s = %j, naming the key', (key, value) => {
  expect(() => readRequest('generate', { ...request, [key]: value })).toThrow(new RegExp(`^${key}(\\.0)?: `));
});

test('refuses latents that the images cannot share', () => {
  const decode = { model: 'faces-64', latents: new Float32Array(256), count: 1 };
  expect(readRequest('decode', decode)).toEqual(decode);
  expect(() => readRequest('decode', { ...decode, count: 3 })).toThrow(/same length/);
  expect(() => readRequest('decode', { ...decode, latents: new Float32Array(0) })).toThrow(/same length/);
});

test('takes pictures to encode, and refuses bytes that they cannot share', () => {
  const encode = { model: 'faces-six', pixels: new Uint8ClampedArray(2 * 8 * 8 * 4), count: 2 };
  expect(readRequest('encode', encode)).toEqual(encode);
  expect(() => readRequest('encode', { ...encode, count: 3 })).toThrow(/same size/);
  expect(() => readRequest('encode', { ...encode, count: 65 })).toThrow(/^count: /);
  expect(() => readRequest('encode', { ...encode, width: 1000 })).toThrow(/^width: /);
  expect(() => readRequest('encode', { ...encode, pixels: new Uint8Array(512) })).toThrow(/^pixels: /);
});

test('a folder of too many files, or too long a path, is refused in words that help', () => {
  const file = new Blob(['x']);
  const files = Array.from({ length: 5212 }, (_, i) => ({ path: `${i}`, file }));
  expect(() => readRequest('model-open', { name: 'm', files })).toThrow(
    /^files: expected at most 5000 files, got 5212: choose the model's folder alone/,
  );
  expect(() => readRequest('model-open', { name: 'm', files: [{ path: 'x'.repeat(1001), file }] })).toThrow(
    /^files\.0\.path: expected a path of at most 1000 characters: choose/,
  );
});

test.each([
  ['predict', { model: 'faces-64', latents: new Float32Array(1024), count: 1, timestep: 500 }],
  ['generate', request],
] as const)(
  '%s takes what is to be seen inside a denoiser: names, or all that look at the text',
  (job, given) => {
    const names = { attention: ['mid_block.attentions.0'], activations: ['conv_in'], beside: ['faces-128'] };
    expect(readRequest(job, { ...given, ...names })).toEqual({ ...given, ...names });
    expect(readRequest(job, { ...given, attention: 'cross' })).toEqual({
      ...given,
      attention: 'cross',
    });
    expect(() => readRequest(job, { ...given, attention: 'all' })).toThrow(/^attention: /);
    expect(() => readRequest(job, { ...given, activations: 'cross' })).toThrow(/^activations: /);
  },
);
