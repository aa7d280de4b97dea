// Generations with the smallest of models: what depends on what, and what must not.
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  loadPipeline,
  type StableDiffusionPipeline,
} from '../../src/lib/ldm/pipeline/stableDiffusionPipeline.ts';
import { levelsOf } from '../../src/lib/ldm/schedules/levels.ts';
import type { SchedulerClassName } from '../../src/lib/ldm/config/index.ts';
import { relativeError } from '../../tools/lib/parity.ts';
import { fixture, randomTensor, take, useBackend } from './lib/device.ts';

const backend = useBackend();
const PROMPT = 'a person with red hair';
/** Batches of different sizes add up in different orders. */
const ROUNDING = 1e-5;

let pipe: StableDiffusionPipeline;
beforeAll(async () => {
  pipe = await loadPipeline(await fixture('micro'));
});
afterAll(() => {
  pipe.dispose();
});

/** Latents of a short generation, as numbers. */
async function sample(
  options: Partial<Parameters<StableDiffusionPipeline['textToImage']>[0]> = {},
): Promise<Float32Array> {
  return take(await pipe.textToImage({ prompt: PROMPT, seed: 5, numInferenceSteps: 2, ...options }));
}

/** A picture of the model's size, one smooth and one rough half. */
function picture(): tf.Tensor4D {
  const [height, width] = pipe.sampleSize;
  return tf.tidy(() =>
    tf.clipByValue(randomTensor('picture', [1, height, width, 3], 0, 0.4), -1, 1),
  ) as tf.Tensor4D;
}

describe('text to image', () => {
  test('gives latents and pictures of the right shapes, finite', async () => {
    const latents = await pipe.textToImage({ prompt: PROMPT, seed: 1, numInferenceSteps: 1, numImages: 2 });
    expect(latents.shape).toEqual([2, 4, 4, 4]);
    const pictures = pipe.decode(latents);
    expect(pictures.shape).toEqual([2, 8, 8, 3]);
    latents.dispose();
    expect((await take(pictures)).every(Number.isFinite)).toBe(true);
  });

  test('the same seed gives the same latents, another seed others', async () => {
    const first = await sample();
    expect(await sample()).toEqual(first);
    expect(relativeError(await sample({ seed: 6 }), first)).toBeGreaterThan(0.1);
  });

  test('a picture does not depend on the batch it is in', async () => {
    const four = await sample({ numImages: 4 });
    const size = four.length / 4;
    expect(relativeError(await sample(), four.subarray(0, size))).toBeLessThan(ROUNDING);
    // the third image's own noise is its own wherever it is drawn
    const third = await take(pipe.initialLatents(5, 1, { first: 2 }));
    const start = await take(pipe.initialLatents(5, 4));
    expect(third).toEqual(start.subarray(2 * size, 3 * size));
    expect(relativeError(four.subarray(size, 2 * size), four.subarray(0, size))).toBeGreaterThan(0.1);
  });

  test('guidance 1 is no guidance; more of it follows the prompt more', async () => {
    const one = await sample({ guidanceScale: 1 });
    expect(await sample({ guidanceScale: 0.5 })).toEqual(one); // below 1 it is off as well
    const slightly = await sample({ guidanceScale: 1.0001 });
    expect(relativeError(slightly, one)).toBeLessThan(1e-3);
    expect(relativeError(await sample({ guidanceScale: 6 }), one)).toBeGreaterThan(1e-3);
    // without guidance there is nothing to steer away from
    expect(await sample({ guidanceScale: 1, negativePrompt: 'a blue hat' })).toEqual(one);
  });

  test.each([
    [1, 2],
    [1.5, 4],
  ])('at guidance %d the network sees a batch of %i for two pictures, once a step', async (scale, batch) => {
    const forward = vi.spyOn(pipe.unet, 'forward');
    await sample({ guidanceScale: scale, numInferenceSteps: 3, numImages: 2 });
    expect(forward.mock.calls.map(([x]) => x.shape[0])).toEqual([batch, batch, batch]);
    forward.mockRestore();
  });

  test('the prompt and the negative prompt count', async () => {
    const plain = await sample();
    expect(relativeError(await sample({ prompt: 'a blue hat' }), plain)).toBeGreaterThan(1e-4);
    expect(relativeError(await sample({ negativePrompt: 'a blue hat' }), plain)).toBeGreaterThan(1e-4);
    // steering away from the prompt itself leaves the prompt: u + w (c - u) with u = c
    const itself = await sample({ negativePrompt: PROMPT });
    expect(relativeError(itself, await sample({ guidanceScale: 1 }))).toBeLessThan(ROUNDING);
  });

  test.each([
    'DDPMScheduler',
    'DDIMScheduler',
    'EulerDiscreteScheduler',
    'DPMSolverMultistepScheduler',
  ] satisfies SchedulerClassName[])('samples with %s, the same for the same seed', async (sampler) => {
    const first = await sample({ sampler });
    expect(first.every(Number.isFinite)).toBe(true);
    expect(await sample({ sampler })).toEqual(first);
  });

  test('eta adds noise of the seed', async () => {
    const noisy = await sample({ eta: 1 });
    expect(await sample({ eta: 1 })).toEqual(noisy);
    expect(relativeError(noisy, await sample())).toBeGreaterThan(1e-2);
  });

  test('tells of the start and of every step, and waits for the answer', async () => {
    const seen: string[] = [];
    const latents = await pipe.textToImage({
      prompt: PROMPT,
      seed: 5,
      numInferenceSteps: 2,
      onStart: async ({ timesteps, latents: start }) => {
        expect(timesteps.length).toBe(2);
        expect(start.shape).toEqual([1, 4, 4, 4]);
        expect((await start.data()).length).toBe(64);
        seen.push('start');
      },
      onStep: async ({ index, total, x, predX0, predNoise }) => {
        expect(total).toBe(2);
        for (const tensor of [x, predX0, predNoise]) expect(tensor.shape).toEqual([1, 4, 4, 4]);
        await x.data();
        await new Promise((resolve) => setTimeout(resolve, 1));
        seen.push(`step ${index}`);
      },
    });
    seen.push('end');
    latents.dispose();
    expect(seen).toEqual(['start', 'step 0', 'step 1', 'end']);
  });

  test.each([
    [{ seed: -1 }, 'seed: expected a whole number of at least 0, got -1'],
    [{ numInferenceSteps: 0 }, 'numInferenceSteps: expected a whole number of at least 1, got 0'],
    [{ numImages: 1.5 }, 'numImages: expected a whole number of at least 1, got 1.5'],
    [{ guidanceScale: Number.NaN }, 'guidanceScale: expected a finite number, got NaN'],
    [{ height: 9 }, 'picture size: expected a multiple of 2, got 9'],
  ])('refuses %o', async (options, message) => {
    await expect(sample(options)).rejects.toThrow(message);
  });
});

describe('from a picture', () => {
  test('strength 0 gives the picture back, more strength leaves it further behind', async () => {
    const image = picture();
    const known = await take(pipe.encode(image));
    const at = async (strength: number): Promise<Float32Array> =>
      take(await pipe.imageToImage({ prompt: PROMPT, seed: 5, numInferenceSteps: 4, image, strength }));
    expect(relativeError(await at(0), known)).toBeLessThan(ROUNDING);
    const [little, much] = [relativeError(await at(0.25), known), relativeError(await at(1), known)];
    expect(little).toBeGreaterThan(0.01);
    expect(much).toBeGreaterThan(little);
    await expect(at(1.5)).rejects.toThrow('strength: expected a number from 0 to 1, got 1.5');
    image.dispose();
  });

  test('inpainting keeps what the mask keeps and paints the rest', async () => {
    const image = picture();
    const [height, width] = pipe.sampleSize;
    // the left half is to be painted
    const mask = tf.tidy(() =>
      tf.concat4d([tf.ones([1, height, width / 2, 1]), tf.zeros([1, height, width / 2, 1])], 2),
    );
    const known = await take(pipe.encode(image));
    const painted = await take(
      await pipe.inpaint({ prompt: PROMPT, seed: 5, numInferenceSteps: 2, image, mask, numImages: 2 }),
    );
    tf.dispose([image, mask]);
    const [rows, columns, channels] = [4, 4, 4];
    for (let i = 0; i < painted.length; i++) {
      const column = Math.floor(i / channels) % columns;
      const original = known[i % (rows * columns * channels)];
      if (column >= columns / 2) expect(painted[i]).toBeCloseTo(original as number, 5);
    }
    const left = (data: Float32Array): Float32Array =>
      data.filter((_, i) => Math.floor(i / channels) % columns < columns / 2);
    expect(relativeError(left(painted.subarray(0, 64)), left(known))).toBeGreaterThan(0.1);
    expect(relativeError(left(painted.subarray(64)), left(painted.subarray(0, 64)))).toBeGreaterThan(0.1);
  });

  test('a mask one pixel wide is painted too', async () => {
    const image = picture();
    const [height, width] = pipe.sampleSize;
    const column = Array.from({ length: height * width }, (_, i) => (i % width === 3 ? 1 : 0));
    const mask = tf.tensor4d(column, [1, height, width, 1]);
    const known = await take(pipe.encode(image));
    const painted = await take(
      await pipe.inpaint({ prompt: PROMPT, seed: 5, numInferenceSteps: 2, image, mask }),
    );
    tf.dispose([image, mask]);
    const at = (data: Float32Array, x: number): Float32Array =>
      data.filter((_, i) => Math.floor(i / 4) % 4 === x);
    expect(relativeError(at(painted, 1), at(known, 1))).toBeGreaterThan(0.1);
    for (const x of [0, 2, 3]) expect(relativeError(at(painted, x), at(known, x))).toBeLessThan(ROUNDING);
  });

  test('a mask of another size is refused', async () => {
    const [image, mask] = [picture(), tf.ones([1, 4, 4, 1]) as tf.Tensor4D];
    await expect(pipe.inpaint({ prompt: '', seed: 1, image, mask })).rejects.toThrow(
      "expected the picture's size, got 4 x 4",
    );
    tf.dispose([image, mask]);
  });
});

describe('memory', () => {
  const count = (): number => tf.memory().numTensors;

  test('50 generations leave no tensor behind', async () => {
    const before = count();
    for (let i = 0; i < 50; i++) {
      const latents = await pipe.textToImage({
        prompt: PROMPT,
        seed: i,
        numInferenceSteps: 1,
        guidanceScale: i < 10 ? 3 : 1,
      });
      if (i % 25 === 0) await take(pipe.decode(latents));
      latents.dispose();
    }
    expect(count()).toBe(before);
  }, 300_000);

  test('stopping, failing and painting leave none behind either', async () => {
    const before = count();
    const stop = new AbortController();
    const calls: number[] = [];
    const stopped = pipe.textToImage({
      prompt: PROMPT,
      seed: 5,
      numInferenceSteps: 20,
      signal: stop.signal,
      onStep: ({ index }) => {
        calls.push(index);
        if (index === 1) stop.abort();
      },
    });
    await expect(stopped).rejects.toThrow(/abort/i);
    expect(calls).toEqual([0, 1]); // not one step after the stop
    await expect(sample({ signal: stop.signal })).rejects.toThrow(/abort/i);
    const failing = pipe.textToImage({
      prompt: PROMPT,
      seed: 5,
      numInferenceSteps: 3,
      onStep: () => Promise.reject(new Error('no')),
    });
    await expect(failing).rejects.toThrow('no');
    const image = picture();
    const mask = tf.ones([1, 8, 8, 1]) as tf.Tensor4D;
    (
      await pipe.inpaint({
        prompt: PROMPT,
        seed: 5,
        numInferenceSteps: 2,
        image,
        mask,
        sampler: 'DPMSolverMultistepScheduler',
      })
    ).dispose();
    (await pipe.imageToImage({ prompt: PROMPT, seed: 5, numInferenceSteps: 2, image })).dispose();
    tf.dispose([image, mask]);
    expect(count()).toBe(before);
  });

  test('disposing frees everything, rebuilding gives the same pictures', async () => {
    const latents = await sample();
    const before = count();
    pipe.dispose();
    expect(count()).toBeLessThan(before);
    await expect(sample()).rejects.toThrow('the model was disposed');
    pipe.rebuild();
    expect(count()).toBe(before);
    expect(await sample()).toEqual(latents);
  });
});

test('compiling ahead computes nothing and leaves nothing behind', async () => {
  const before = tf.memory().numTensors;
  await pipe.compile({ numImages: 3 });
  expect(tf.memory().numTensors).toBe(before);
  expect((await sample({ numImages: 3 })).every(Number.isFinite)).toBe(true);
  expect(tf.getBackend()).toBe(backend);
});

describe('one call of the denoiser', () => {
  const noisy = () => randomTensor('noisy', [2, 4, 4, 4]) as tf.Tensor4D;

  test('gives what the network gives, and all that follows from it', async () => {
    const x = noisy();
    const made = pipe.predict({ latents: x, timestep: 400, prompt: PROMPT });
    const hidden = pipe.encodePrompt(PROMPT);
    const context = pipe.unet.prepareContext(hidden);
    const output = await take(pipe.unet.forward(x, 400, context));
    tf.dispose([hidden]);
    context.dispose();
    expect(relativeError(await take(made.output), output)).toBeLessThan(ROUNDING);
    const { alpha, sigma } = levelsOf(pipe.schedulerConfig())(400);
    expect(alpha ** 2 + sigma ** 2).toBeCloseTo(1, 9);
    const [values, x0, noise, v] = [
      await take(x),
      await take(made.predX0),
      await take(made.predNoise),
      await take(made.velocity),
    ];
    // x_t is made of the two guesses, and v of them too.
    const again = values.map((_, i) => alpha * x0[i]! + sigma * noise[i]!);
    expect(relativeError(again, values)).toBeLessThan(ROUNDING);
    const velocity = values.map((_, i) => alpha * noise[i]! - sigma * x0[i]!);
    expect(relativeError(v, velocity)).toBeLessThan(ROUNDING);
  });

  test('guides, and without words is the negative half', async () => {
    const at = async (options: { prompt?: string; guidanceScale?: number }) => {
      const x = noisy();
      const { output, ...rest } = pipe.predict({ latents: x, timestep: 700, ...options });
      tf.dispose([x, rest.predNoise, rest.predX0, rest.velocity]);
      return take(output);
    };
    const [none, words, guided] = [
      await at({}),
      await at({ prompt: PROMPT }),
      await at({ prompt: PROMPT, guidanceScale: 3 }),
    ];
    expect(relativeError(words, none)).toBeGreaterThan(1e-4);
    const expected = none.map((value, i) => value + 3 * (words[i]! - value));
    expect(relativeError(guided, expected)).toBeLessThan(1e-4);
  });

  test('leaves nothing behind, and says which timesteps there are', () => {
    const x = noisy();
    const before = tf.memory().numTensors;
    tf.dispose(Object.values(pipe.predict({ latents: x, timestep: 0, prompt: PROMPT })));
    expect(tf.memory().numTensors).toBe(before);
    expect(() => pipe.predict({ latents: x, timestep: 1000 })).toThrow(RangeError);
    expect(tf.memory().numTensors).toBe(before);
    x.dispose();
  });
});
