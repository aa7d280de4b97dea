// The worker's job that draws, on a session like the worker's: what it tells, what it starts from, two models in turn.
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import type { GenerateEvent, GenerateRequest } from '../../../src/engine/protocol/messages.ts';
import { decode } from '../../../src/engine/worker/jobs/decode.ts';
import { generate } from '../../../src/engine/worker/jobs/generate.ts';
import { predict } from '../../../src/engine/worker/jobs/predict.ts';
import { info } from '../../../src/engine/worker/jobs/info.ts';
import { Session } from '../../../src/engine/worker/session.ts';
import { wordMaps } from '../../../src/lib/ldm/metrics/wordMaps.ts';
import { readModelFolder } from '../../../src/lib/ldm/pipeline/modelFolder.ts';
import { StableDiffusionPipeline } from '../../../src/lib/ldm/pipeline/stableDiffusionPipeline.ts';
import { fixture, useBackend } from '../lib/device.ts';

useBackend();

const request: GenerateRequest = {
  model: 'micro',
  prompt: 'a person with red hair',
  seed: 7,
  guidanceScale: 3,
  numInferenceSteps: 4,
  numImages: 2,
};

type Step = Extract<GenerateEvent, { type: 'step' }>;
type Start = Extract<GenerateEvent, { type: 'start' }>;

let session: Session;
const signal = new AbortController().signal;
const quiet = { signal, emit: () => undefined };

/** Puts a model from the fixtures into the session's memory under a name. */
async function open(name: string): Promise<void> {
  const folder = await readModelFolder(await fixture('micro'));
  const manifest = { name, files: [], knownWords: [] };
  await session.runFolder({ name, manifest, folder }, signal, () => Promise.resolve());
}

beforeAll(async () => {
  session = new Session(
    { weightsUrl: 'https://site.test/weights/', lifeLock: 'x', backend: 'wasm' },
    () => undefined,
  );
  await open('micro');
});

async function draw(given: Partial<GenerateRequest> = {}) {
  const events: GenerateEvent[] = [];
  const { result } = await generate(
    session,
    { ...request, ...given },
    { signal, emit: (event) => void events.push(event) },
  );
  const start = events.find((event): event is Start => event.type === 'start')!;
  const steps = events.filter((event): event is Step => event.type === 'step');
  return { start, steps, words: result.words, images: result.images };
}

describe('tells what it is asked for', () => {
  const kept = (step: Step): string[] =>
    Object.keys(step).filter((key) => !['type', 'index', 'total', 'timestep'].includes(key));

  test('x, the guess and a preview, if nothing is said', async () => {
    const { start, steps } = await draw();
    expect(start).toMatchObject({ startIndex: 0, timesteps: [751, 501, 251, 1] });
    expect(start.latents).toHaveLength(128);
    for (const step of steps) expect(kept(step)).toEqual(['latents', 'predX0', 'preview', 'previewKind']);
    expect(steps.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
  });

  test('the noise as well: x before a step is made of its two guesses', async () => {
    const { start, steps } = await draw({
      stepOutputs: ['latents', 'predX0', 'predNoise'],
      previewOf: 'none',
    });
    expect(kept(steps[1]!)).toEqual(['latents', 'predX0', 'predNoise']);
    // At the noisiest step x is noise above all: so is the guess.
    const [x, noise] = [start.latents!, steps[0]!.predNoise!];
    const dot = x.reduce((sum, value, i) => sum + value * noise[i]!, 0);
    expect(dot / Math.hypot(...x) / Math.hypot(...noise)).toBeGreaterThan(0.8);
  });

  test('nothing at all: nothing is read from the device but the pictures', async () => {
    const usual = await draw();
    const read = vi.spyOn(tf.backend(), 'read');
    const { start, steps, images } = await draw({ stepOutputs: [], previewOf: 'none' });
    expect(read).toHaveBeenCalledTimes(1);
    read.mockRestore();
    expect('latents' in start).toBe(false);
    expect(steps).toHaveLength(4);
    expect(steps.flatMap(kept)).toEqual([]);
    expect(images).toEqual(usual.images);
  });

  test('previews without lists', async () => {
    const { steps, images } = await draw({ stepOutputs: [], previewOf: 'latents' });
    expect(steps.map(kept)).toEqual(Array(4).fill(['preview', 'previewKind']));
    expect(steps.at(-1)!.preview).toEqual(images);
  });
});

describe('shows what is seen inside', () => {
  const guided: Partial<GenerateRequest> = { stepOutputs: [], previewOf: 'none' };
  const unguided = { ...guided, guidanceScale: 1 };

  test.each([
    ['without guidance', unguided, 2],
    ['with guidance: attention as it looks at the prompt, activations of both halves', guided, 4],
  ])('%s', async (_, how, batch) => {
    const before = tf.memory().numTensors;
    const { images } = await draw(how);
    const seen = await draw({ ...how, attention: 'cross', activations: ['mid_block'] });
    expect(tf.memory().numTensors).toBe(before);
    // Attention that is looked at takes other kernels: the same but for rounding.
    expect(Math.max(...seen.images.map((byte, i) => Math.abs(byte - images[i]!)))).toBeLessThanOrEqual(1);
    expect(seen.steps).toHaveLength(4);
    for (const { attention, activations } of seen.steps) {
      const [cross, mid] = [attention![0]!, activations![0]!];
      expect(cross.point.shape[0]).toBe(2);
      expect(cross.data.length).toBe(cross.point.shape.reduce((a, b) => a * b, 1));
      const keys = cross.point.shape[3];
      for (let row = 0; row < cross.data.length; row += keys) {
        const sum = cross.data.subarray(row, row + keys).reduce((total, share) => total + share, 0);
        expect(sum).toBeCloseTo(1, 5);
      }
      expect([mid.point.name, mid.point.shape[0]]).toEqual(['mid_block', batch]);
      expect(mid.data.length).toBe(mid.point.shape.reduce((a, b) => a * b, 1));
    }
  });

  test('what a step shows is what `predict` shows at its latents, and the words have their places', async () => {
    const { start, steps, words } = await draw({ attention: 'cross' });
    const { result } = await predict(
      session,
      {
        model: 'micro',
        latents: start.latents!,
        count: 2,
        timestep: steps[0]!.timestep,
        prompt: request.prompt,
        guidanceScale: request.guidanceScale,
        attention: 'cross',
      },
      quiet,
    );
    expect(steps[0]!.attention!.map(({ point }) => point)).toEqual(
      result.attention.map(({ point }) => point),
    );
    steps[0]!.attention![0]!.data.forEach((share, i) => {
      expect(share).toBeCloseTo(result.attention[0]!.data[i]!, 5);
    });
    expect(words).toEqual(result.words);
    const { point, data } = steps[3]!.attention![0]!;
    const maps = wordMaps(data, point, 2, words);
    expect(maps).toHaveLength(5);
    for (const map of maps) expect(map).toHaveLength(2 * point.height * point.width);
  });

  test('an unknown name is a fault of the request, told before anything is computed', async () => {
    const before = tf.memory().numTensors;
    const events: GenerateEvent[] = [];
    const asked = generate(
      session,
      { ...request, activations: ['attn'] },
      { signal, emit: (event) => void events.push(event) },
    );
    await expect(asked).rejects.toMatchObject({
      code: 'bad-request',
      message: expect.stringMatching(
        /^activations: expected names .* got 'attn'\. It has: conv_in.*[^.]\. Change it and try again\.$/,
      ) as string,
    });
    expect(events).toEqual([]);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('nothing is left behind by a stop between two steps', async () => {
    const before = tf.memory().numTensors;
    const stop = new AbortController();
    const asked = generate(
      session,
      { ...request, attention: 'cross' },
      {
        signal: stop.signal,
        emit: ({ type }) => {
          if (type === 'step') stop.abort();
        },
      },
    );
    await expect(asked).rejects.toThrow();
    await vi.waitFor(() => expect(tf.memory().numTensors).toBe(before));
  });
});

describe('starts from', () => {
  test('the latents of a step, and ends as the whole did', async () => {
    const sampler = 'DPMSolverMultistepScheduler';
    const whole = await draw({ sampler });
    const forked = await draw({
      sampler,
      latents: whole.steps[1]!.latents!,
      startIndex: 2,
      history: [whole.steps[1]!.predX0!],
    });
    expect(forked.start).toMatchObject({ startIndex: 2 });
    expect(forked.steps.map(({ index }) => index)).toEqual([2, 3]);
    expect(forked.images).toEqual(whole.images);
  });

  test('the start of another seed', async () => {
    const whole = await draw({ seed: 8 });
    const { images } = await draw({ latents: whole.start.latents!, startIndex: 0 });
    expect(images).toEqual(whole.images);
    expect(images).not.toEqual((await draw()).images);
  });

  test('the latents after the last step: nothing is run, they are decoded', async () => {
    const whole = await draw();
    const { steps, images } = await draw({ latents: whole.steps[3]!.latents!, startIndex: 4 });
    expect(steps).toEqual([]);
    expect(images).toEqual(whole.images);
  });

  const picture = Uint8ClampedArray.from({ length: 8 * 8 * 4 }, (_, i) => (i * 37) % 256);

  test('a picture: as many steps as the strength says', async () => {
    const { start, steps } = await draw({ picture, strength: 0.5 });
    expect(start.startIndex).toBe(2);
    expect(steps.map(({ index }) => index)).toEqual([2, 3]);
    expect((await draw({ picture, strength: 0 })).steps).toEqual([]);
  });

  test('a picture and a mask: what it keeps is as with nothing changed', async () => {
    const untouched = await draw({ picture, strength: 0 });
    const mask = Uint8Array.from({ length: 64 }, (_, i) => (i % 8 < 4 ? 255 : 0));
    const { steps } = await draw({ picture, mask, stepOutputs: ['latents'] });
    const [painted, known] = [steps.at(-1)!.latents!, untouched.start.latents!];
    const column = (i: number): number => Math.floor(i / 4) % 4;
    for (const [i, value] of painted.entries()) if (column(i) >= 2) expect(value).toBeCloseTo(known[i]!, 5);
    expect(painted.some((value, i) => column(i) < 2 && Math.abs(value - known[i]!) > 0.1)).toBe(true);
  });

  test('whatever it was, nothing is left behind', async () => {
    const before = tf.memory().numTensors;
    await draw({ picture, mask: new Uint8Array(64).fill(1), numImages: 1 });
    await draw({ latents: new Float32Array(128) });
    await expect(draw({ latents: new Float32Array(127) })).rejects.toThrow();
    await expect(draw({ picture, mask: new Uint8Array(63) })).rejects.toThrow();
    expect(tf.memory().numTensors).toBe(before);
  });

  test.each<[Partial<GenerateRequest>, string]>([
    [
      { latents: new Float32Array(127) },
      'latents: expected shape [2, 4, 4, 4], 128 numbers, got 127. Change it',
    ],
    [
      { latents: new Float32Array(128), startIndex: 5 },
      'startIndex: expected a whole number from 0 to 4, got 5.',
    ],
    [
      { latents: new Float32Array(128), startIndex: 1, history: [new Float32Array(64)] },
      'history: expected shape [2, 4, 4, 4], 128 numbers, got 64',
    ],
    [{ picture: picture.slice(4) }, 'picture: expected shape [1, 8, 8, 4], 256 numbers, got 252'],
    [{ picture, mask: new Uint8Array(16) }, 'mask: expected shape [1, 8, 8, 1], 64 numbers, got 16'],
    [{ mask: new Uint8Array(64) }, 'mask: expected a picture beside it to paint in, got none'],
    [{ eta: 1, sampler: 'DDPMScheduler' }, 'eta: expected 0 with DDPMScheduler'],
    [{ samplerSettings: { solverOrder: 2 } }, 'solverOrder: expected settings that DDIMScheduler has'],
    [{ sampler: 'FlowMatchEulerDiscreteScheduler' }, '"_class_name": expected the settings of a model'],
  ])('refuses %o', async (given, message) => {
    await expect(draw(given)).rejects.toMatchObject({
      code: 'bad-request',
      message: expect.stringContaining(message) as string,
    });
  });
});

test('two models in turn: each is put on the device once, and the worker says what they take', async () => {
  await open('other');
  const rebuild = vi.spyOn(StableDiffusionPipeline.prototype, 'rebuild');
  const { numTensors } = tf.memory();
  const first = await draw({ beside: ['other'] });
  for (let i = 0; i < 3; i++) {
    expect((await draw({ model: 'other', beside: ['micro'] })).images).toEqual(first.images);
    expect((await draw({ beside: ['other'] })).images).toEqual(first.images);
  }
  // The first stage of a whole model in memory is that model's: it is not loaded beside it.
  const latents = new Float32Array(64);
  await decode(session, { model: 'other', latents, count: 1, beside: ['micro'] }, quiet);
  expect(rebuild).not.toHaveBeenCalled();
  rebuild.mockRestore();
  expect(tf.memory().numTensors).toBe(numTensors);
  const { result } = await info(session, null, quiet);
  expect(result).toMatchObject({ models: ['micro', 'other'], firstStages: [] });
  const [one, two] = result.memory.loaded;
  expect([one, two]).toMatchObject([
    { name: 'micro', kind: 'model' },
    { name: 'other', kind: 'model' },
  ]);
  expect(result.memory.usedBytes).toBe(one!.bytes + two!.bytes);
  expect(result.memory.budgetBytes).toBeGreaterThan(result.memory.usedBytes);
});
