// Encoding and decoding with a first stage alone: what is downloaded, what stays in memory, what is dropped, how fast.
import { readPicture } from '../../tools/lib/pictures.ts';
import { psnr } from '@noisebook/ldm/numbers';
import { expect, expectFailure, faces, micro, test } from './lib/engineTest.ts';

const VAE = ['vae/config.json', 'vae/diffusion_pytorch_model.safetensors'];
/** Latents with something in them. */
const someLatents = (length: number): number[] => Array.from({ length }, (_, i) => Math.sin(3 * i));
const face = async (i: number): Promise<number[]> => [...(await readPicture(`face-${i}`, 64))];

test('only the first stage is downloaded, and a face comes back as it was', async ({ engine }) => {
  const pixels = await face(0);
  const encoded = await engine.encode({ model: 'faces-64', pixels, count: 1 });
  expect(encoded).toMatchObject({ outcome: 'done', message: '', sides: [8, 8] });
  expect([encoded.latents.length, encoded.logvar.length]).toEqual([256, 256]);
  expect(engine.site.requests.map(({ path }) => path).sort()).toEqual(
    ['manifest.json', ...VAE].map((path) => `faces-64/${path}`),
  );
  expect(encoded.lastDownload?.loaded).toBe(encoded.lastDownload?.total);
  expect(encoded.lastDownload?.total).toBeLessThan(3_000_000);

  const decoded = await engine.decode({
    model: 'faces-64',
    latents: encoded.latents,
    count: 1,
    withPixels: true,
  });
  expect(decoded).toMatchObject({ outcome: 'done', sides: [64, 64] });
  expect(decoded.pixels).toHaveLength(64 * 64 * 3);
  const rgb = (rgba: readonly number[]): Float32Array =>
    Float32Array.from(rgba.filter((_, i) => i % 4 !== 3).map((byte) => byte / 127.5 - 1));
  expect(psnr(rgb(decoded.images), rgb(pixels), 2)).toBeGreaterThan(25);
  const clipped = Float32Array.from(decoded.pixels.map((value) => Math.min(1, Math.max(-1, value))));
  expect(psnr(clipped, rgb(decoded.images), 2)).toBeGreaterThan(50); // the same, but for rounding to bytes
  expect(await engine.info()).toMatchObject({ firstStages: ['faces-64'], models: [] });
});

test('the whole model takes what is here, and its first stage serves from then on', async ({ engine }) => {
  const encode = { model: 'faces-64', pixels: await face(1), count: 1 };
  const alone = await engine.encode(encode);
  engine.site.reset();
  expect((await engine.draw(faces)).outcome).toBe('drawn');
  const asked = engine.site.requests.map(({ path }) => path);
  expect(asked.filter((path) => path.includes('/vae/'))).toEqual([]);
  expect(asked.some((path) => path.includes('/unet/'))).toBe(true);

  const before = await engine.info();
  expect(before).toMatchObject({ models: ['faces-64'], firstStages: [] });
  engine.site.reset();
  expect((await engine.encode(encode)).latents).toEqual(alone.latents);
  expect(engine.site.requests).toEqual([]);
  expect((await engine.info()).numTensors).toBe(before.numTensors);
});

test('several first stages stay: f = 64 to one place, and one that only decodes', async ({ engine }) => {
  const six = await engine.encode({ model: 'six', patternSide: 64, count: 2 });
  expect(six).toMatchObject({ outcome: 'done', sides: [1, 1] });
  expect(six.latents).toHaveLength(12);
  expect(await engine.decode({ model: 'six', latents: six.latents, count: 2 })).toMatchObject({
    outcome: 'done',
    sides: [64, 64],
  });
  const wide = { latents: someLatents(64), count: 1, latentWidth: 8 };
  const decoded = await engine.decode({ model: 'transpose', ...wide });
  expect(decoded).toMatchObject({ outcome: 'done', sides: [32, 8] });
  expectFailure(
    await engine.encode({ model: 'transpose', patternSide: 8, count: 1 }),
    'bad-request',
    /The model transpose only decodes/,
  );
  expect((await engine.info()).firstStages).toEqual(['six', 'transpose']);
  engine.site.reset();
  await engine.decode({ model: 'six', latents: six.latents, count: 2 });
  expect(engine.site.requests).toEqual([]);
  expect((await engine.info()).firstStages).toEqual(['transpose', 'six']);
});

test('what does not fit the model is refused, with what was expected', async ({ engine }) => {
  const refused = async (call: Parameters<typeof engine.encode>[0], message: RegExp): Promise<void> =>
    expectFailure(await engine.encode(call), 'bad-request', message);
  await refused({ model: 'six', patternSide: 32, count: 1 }, /multiples of 64, got 32 x 32/);
  await refused({ model: 'faces-64', patternSide: 20, count: 1 }, /multiples of 8, got 20 x 20/);
  await refused({ model: 'faces-64', patternSide: 64, count: 1000 }, /^count: /);
  await refused({ model: '../faces-64', patternSide: 64, count: 1 }, /^model: /);
  const missing = await engine.encode({ model: 'no-such', patternSide: 64, count: 1 });
  expectFailure(missing, 'missing-file', /manifest\.json/);
  expect((await engine.encode({ model: 'six', patternSide: 64, count: 1 })).outcome).toBe('done');
});

test('stale calls in the queue never run', async ({ engine }) => {
  test.setTimeout(180_000);
  await engine.encode({ model: 'faces-64', patternSide: 64, count: 32 });
  const { single, burst, outcomes } = await engine.page.evaluate(async () => {
    const { engine: own, outcome, pattern } = window.harness;
    const request = { model: 'faces-64', pixels: pattern(64, 32), count: 32 };
    const timed = async (work: () => Promise<unknown>): Promise<number> => {
      const begin = performance.now();
      await work();
      return performance.now() - begin;
    };
    const once = await timed(() => own.encode(request));
    const codes: string[] = [];
    const many = await timed(async () => {
      const calls: Promise<unknown>[] = [];
      for (let i = 0; i < 20; i++) {
        const controller = new AbortController();
        calls.push(
          outcome(own.encode(request, { signal: controller.signal })).then((each) => {
            codes[i] = 'code' in each ? each.code : 'done';
          }),
        );
        // As a slider does: the newer one makes the last one stale.
        if (i < 19) controller.abort();
      }
      await Promise.all(calls);
    });
    return { single: once, burst: many, outcomes: codes };
  });
  expect(outcomes).toEqual([...Array<string>(19).fill('aborted'), 'done']);
  expect(burst).toBeLessThan(4 * single + 500);
});

test('a running call stops between two batches', async ({ engine }) => {
  const request = { model: 'faces-64', patternSide: 64, count: 64 };
  await engine.encode(request);
  const whole = await engine.encode(request);
  const stopped = await engine.encode(request, { abortAfterMs: Math.max(20, whole.ms / 4) });
  expectFailure(stopped, 'aborted', /^Stopped\.$/);
});

test('a hundred calls, some stopped, leave as many tensors and bytes as the first', async ({ engine }) => {
  test.setTimeout(180_000);
  const round = async (abort: boolean): Promise<void> => {
    const options = abort ? { abortAfterMs: 15 } : {};
    const encoded = await engine.encode({ model: 'six', patternSide: 64, count: 1 });
    await engine.decode({ model: 'six', latents: encoded.latents, count: 1 });
    await engine.decode({ model: 'transpose', latents: someLatents(64), count: 1 });
    await engine.encode({ model: 'faces-64', patternSide: 64, count: 32 }, options);
  };
  await round(false);
  const before = await engine.info();
  for (let i = 0; i < 25; i++) await round(i % 5 === 2);
  const after = await engine.info();
  expect(before.numTensors).toBeGreaterThan(100);
  expect(after).toMatchObject({
    numTensors: before.numTensors,
    numBytes: before.numBytes,
    heapBytes: before.heapBytes,
  });
});

/** Target for encoding and decoding one 64 x 64 picture, warm, with the way to the worker and back, in milliseconds. */
const TARGET = 300;
/** A test machine is shared and may be much slower: only what takes three times the target fails. */
const SLACK = 3;

test('one picture is encoded and decoded in time', async ({ engine }, testInfo) => {
  const pixels = await face(2);
  const times = await engine.page.evaluate(async (bytes) => {
    const { engine: own } = window.harness;
    const all: number[] = [];
    for (let i = 0; i < 12; i++) {
      const begin = performance.now();
      const { latents } = await own.encode({
        model: 'faces-64',
        pixels: Uint8ClampedArray.from(bytes),
        count: 1,
      });
      await own.decodeLatents({ model: 'faces-64', latents, count: 1 });
      all.push(Math.round(performance.now() - begin));
    }
    return all;
  }, pixels);
  const warm = times.slice(2).sort((a, b) => a - b);
  const report = `encode and decode one 64 x 64 picture: first ${times[0] ?? 0} ms, then ${warm.join(', ')} ms`;
  testInfo.annotations.push({ type: 'measured', description: report });
  console.log(report);
  // Other programs may hold the cores for a while: the third fastest of ten counts.
  expect(warm[2]).toBeLessThan(TARGET * SLACK);
});

test('generations and first stages take turns, neither disturbs the other', async ({ engine }) => {
  const request = { model: 'six', patternSide: 64, count: 1 };
  const expected = await engine.encode(request);
  const drawn = await engine.draw(micro);
  const both = await engine.page.evaluate(
    async ([generation, encode]) => {
      const drawing = window.harness.draw(generation);
      const encoding = window.harness.encode(encode);
      return { drawn: await drawing, encoded: await encoding };
    },
    [micro, request] as const,
  );
  expect(both.drawn.images).toEqual(drawn.images);
  expect(both.encoded.latents).toEqual(expected.latents);
});
