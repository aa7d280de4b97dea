// What figures draw with in Node, where they are recorded: the worker's own jobs, with the page's own frames.
import { afterAll, expect, test } from 'vitest';
import type { GenerateRequest } from '../../../src/engine/protocol/messages.ts';
import { predict } from '../../../src/engine/worker/jobs/predict.ts';
import { generateInNode } from '../../../tools/record/generation.ts';
import { NodeSession } from '../../../tools/record/nodeSession.ts';
import { relativeError } from '../../../tools/lib/parity.ts';
import { take, useBackend } from '../lib/device.ts';

useBackend();
const session = new NodeSession((name) => `public/weights/${name}`);
afterAll(() => session.dispose());

const request: GenerateRequest = {
  model: 'faces-64',
  prompt: 'a person with a zebra',
  seed: 3,
  guidanceScale: 3,
  numInferenceSteps: 3,
  numImages: 1,
  previewOf: 'latents',
};

test('a generation has every frame with both its pictures, whatever the page would decode', async () => {
  const drawn = await generateInNode(session, request, 'here');
  expect(drawn).toMatchObject({ request, backend: 'here' });
  expect(drawn.frames).toHaveLength(4);
  for (const { latents, predX0, decoded, predicted } of drawn.frames) {
    expect([latents?.length, predX0?.length]).toEqual([256, 256]);
    expect([decoded?.rgba.length, predicted?.rgba.length]).toEqual([64 * 64 * 4, 64 * 64 * 4]);
  }
  expect(drawn.frames.at(-1)!.decoded!.rgba).toEqual(drawn.images);
  expect(drawn.words.filter(({ known }) => !known).map(({ text }) => text)).toEqual(['zebra']);
  const { pipeline } = await session.model('faces-64');
  const latents = await take(
    await pipeline.textToImage({ prompt: request.prompt, seed: 3, guidanceScale: 3, numInferenceSteps: 3 }),
  );
  expect(drawn.frames.at(-1)!.latents).toEqual(latents);
});

test('it goes on from a step, and tells no more than it is asked for', async () => {
  const whole = await generateInNode(session, { ...request, sampler: 'DDIMScheduler' }, 'here');
  const forked = await generateInNode(
    session,
    {
      ...request,
      sampler: 'DDIMScheduler',
      latents: whole.frames[1]!.latents!,
      startIndex: 1,
      stepOutputs: ['predNoise'],
    },
    'here',
  );
  expect(forked.images).toEqual(whole.images);
  expect(forked.frames.map((frame) => Object.keys(frame).sort())).toEqual([
    ['predNoise'],
    ['predNoise'],
    ['decoded', 'predicted'],
  ]);
});

test('predict is the job of the worker: x is made of its two guesses', async () => {
  const latents = Float32Array.from({ length: 256 }, (_, i) => Math.sin(i));
  const given = { model: 'faces-64', latents, count: 1, timestep: 500, prompt: 'a person' };
  const { signal } = new AbortController();
  const { result } = await predict(session, given, { signal, emit: () => undefined });
  const { alpha, sigma, predX0, predNoise } = result;
  const again = latents.map((_, i) => alpha * predX0[i]! + sigma * predNoise[i]!);
  expect(relativeError(again, latents)).toBeLessThan(1e-5);
  expect(session.names).toEqual(['faces-64']);
});
