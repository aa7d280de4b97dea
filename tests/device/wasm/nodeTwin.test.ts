// What figures draw with in Node, where they are recorded: the worker's own jobs, with the page's own frames.
import { afterAll, expect, test } from 'vitest';
import type { GenerateRequest } from '../../../src/engine/protocol/messages.ts';
import { predict } from '../../../src/engine/worker/jobs/predict.ts';
import { generateInNode } from '../../../tools/record/generation.ts';
import { NodeSession } from '../../../tools/record/nodeSession.ts';
import { drawMixture, ringMixture } from '../../../src/datasets/gaussianMixture.ts';
import { wordMaps } from '../../../src/lib/ldm/metrics/wordMaps.ts';
import type { RecordContext } from '../../../tools/record/context.ts';
import { NodeEngine } from '../../../tools/record/figure.ts';
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

test('a generation shows what is seen inside at each frame, and its events are heard', async () => {
  const heard: string[] = [];
  const drawn = await generateInNode(session, { ...request, attention: 'cross' }, 'here', ({ type }, run) =>
    heard.push(`${type} ${run?.frames.length ?? 0}`),
  );
  expect(heard).toEqual(['prompt 0', 'start 1', 'step 2', 'step 3', 'step 4']);
  const seen = drawn.frames.map(({ attention }) => attention?.map(({ point }) => point.shape[0]));
  expect(seen.slice(0, 3).every((batches) => batches!.length > 0 && batches!.every((n) => n === 1))).toBe(
    true,
  );
  expect(seen[3]).toBeUndefined();
  const { point, data } = drawn.frames[0]!.attention![0]!;
  for (const map of wordMaps(data, point, 1, drawn.words)) expect(Math.max(...map)).toBeGreaterThan(0);
});

test('a toy network is trained and asked by the jobs of the worker', async () => {
  const engine = new NodeEngine({ modelFolder: (name: string) => `public/weights/${name}` } as RecordContext);
  const { points } = drawMixture(ringMixture(), 256, 1);
  const steps: number[] = [];
  const trained = await engine.planeTrain(
    { network: 'diffusion', points, seed: 1, steps: 6, every: 4, samples: 0 },
    ({ step }) => steps.push(step),
  );
  expect(steps).toEqual([4, 6]);
  const network = trained.network!;
  const noise = Float32Array.of(0, 1, 1, 0);
  const { path } = await engine.planeSample({ network, noise, numInferenceSteps: 3 });
  expect(path.map(({ length }) => length)).toEqual([4, 4, 4, 4]);
  const field = await engine.planeField({ network, points: noise, timestep: 100 });
  expect(field.noise).toHaveLength(4);
  await engine.close();
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
