// The engine and its worker: events, stopping, replacing, scrubbing, memory, sudden death.
import { expect, expectFailure, faces, micro, test } from './lib/engineTest.ts';

test('draws: events in order, a preview each step, the final latents decoded', async ({ engine }) => {
  const drawn = await engine.draw(micro);
  expect(drawn.events).toEqual(['download', 'preparing', 'prompt', 'start', 'step']);
  expect(drawn.sizes).toEqual({
    numImages: 2,
    imageWidth: 8,
    imageHeight: 8,
    latentWidth: 4,
    latentHeight: 4,
    latentChannels: 4,
  });
  expect(drawn.numSteps).toBe(4);
  expect(drawn.previews).toEqual([512, 512, 512, 512]);
  expect(drawn.images).toHaveLength(512);
  expect(drawn.words.filter((word) => !word.known)).toMatchObject([
    { text: 'zebra', start: 18, end: 23, known: false },
  ]);
  expect(drawn.label).toMatch(/^wasm \(2 threads\)$/);
  const decoded = await engine.decode({ model: 'micro', latents: drawn.finalLatents, count: 2 });
  expect(decoded.images).toEqual(drawn.images);
});

test('draws without previews: the same steps and pictures', async ({ engine }) => {
  const drawn = await engine.draw({ ...micro, previewOf: 'none' });
  expect(drawn.events).toEqual(['download', 'preparing', 'prompt', 'start', 'step']);
  expect(drawn.numSteps).toBe(4);
  expect(drawn.previews).toEqual([0, 0, 0, 0]);
  expect(drawn.images).toEqual((await engine.draw(micro)).images);
});

test('the same request gives the same pictures, another seed others', async ({ engine }) => {
  const first = await engine.draw(micro);
  expect((await engine.draw(micro)).images).toEqual(first.images);
  expect((await engine.draw({ ...micro, numImages: 1 })).images).toEqual(first.images.slice(0, 256));
  expect((await engine.draw({ ...micro, seed: 8 })).images).not.toEqual(first.images);
});

test('50 generations of the shipped model, some stopped, leave as many tensors and bytes as the first', async ({
  engine,
}) => {
  test.setTimeout(180_000);
  await engine.draw({ ...faces, numImages: 2 });
  const before = await engine.info();
  expect(before.numTensors).toBeGreaterThan(100);
  for (let i = 0; i < 50; i++) {
    // Enough steps that the stop comes before the end, however fast the machine.
    const stopped = i % 10 === 5;
    const request = {
      ...faces,
      seed: i,
      numInferenceSteps: stopped ? 50 : 1 + (i % 3),
      numImages: 1 + (i % 2),
      guidanceScale: i % 4 === 0 ? 1 : 3,
    };
    const drawn = await engine.draw(request, stopped ? { stopAfter: 1 } : {});
    expect(drawn.outcome).toBe(stopped ? 'aborted' : 'drawn');
  }
  const after = await engine.info();
  expect(after.numTensors).toBe(before.numTensors);
  expect(after.numBytes).toBe(before.numBytes);
  expect(after.heapBytes).toBe(before.heapBytes);
});

test('stops midway and starts again', async ({ engine }) => {
  const whole = await engine.draw(micro);
  const stopped = await engine.draw({ ...faces, numInferenceSteps: 50 }, { stopAfter: 2 });
  expectFailure(stopped, 'aborted', /^Stopped\.$/);
  expect(stopped.previews.length).toBeLessThanOrEqual(3);
  expect((await engine.draw(micro)).images).toEqual(whole.images);
});

test('two figures draw at once, and both get their pictures', async ({ engine }) => {
  const alone = [await engine.draw(micro), await engine.draw({ ...micro, seed: 8 })];
  const together = await engine.page.evaluate(
    (request) => Promise.all([7, 8].map((seed) => window.harness.draw({ ...request, seed }))),
    micro,
  );
  expect(together.map(({ outcome }) => outcome)).toEqual(['drawn', 'drawn']);
  expect(together.map(({ images }) => images)).toEqual(alone.map(({ images }) => images));
});

test('two models in turn: neither is loaded again, and the worker says what they take', async ({
  engine,
}) => {
  const first = [await engine.draw(micro), await engine.draw({ ...faces, beside: ['micro'] })];
  const before = await engine.info();
  expect(before).toMatchObject({
    models: ['micro', 'faces-64'],
    memory: {
      loaded: [
        { name: 'micro', kind: 'model' },
        { name: 'faces-64', kind: 'model' },
      ],
    },
  });
  const { budgetBytes, usedBytes, loaded } = before.memory;
  expect(usedBytes).toBe(loaded.reduce((sum, { bytes }) => sum + bytes, 0));
  expect(usedBytes).toBeLessThanOrEqual(budgetBytes);
  engine.site.reset();
  for (let i = 0; i < 2; i++) {
    expect((await engine.draw({ ...micro, beside: ['faces-64'] })).images).toEqual(first[0]!.images);
    expect((await engine.draw({ ...faces, beside: ['micro'] })).images).toEqual(first[1]!.images);
  }
  expect(engine.site.requests).toEqual([]);
  expect((await engine.info()).numTensors).toBe(before.numTensors);
});

test('a generation goes on from a step of another, and ends as that one did; a wrong one is refused', async ({
  engine,
  page,
}) => {
  const whole = await engine.draw(micro);
  expect(whole.numSteps).toBe(4);
  const images = await page.evaluate(async (request) => {
    const steps: Float32Array[] = [];
    const call = window.harness.engine.call;
    await call('generate', request, {
      onEvent: (event) => {
        if (event.type === 'step') steps.push(event.latents!);
      },
    });
    const told: string[][] = [];
    const forked = await call(
      'generate',
      { ...request, latents: steps[1]!, startIndex: 2, stepOutputs: ['predNoise'], previewOf: 'none' },
      {
        onEvent: (event) => {
          if (event.type === 'step') told.push(Object.keys(event));
        },
      },
    );
    return { images: [...forked.images], told };
  }, micro);
  expect(images.images).toEqual(whole.images);
  expect(images.told).toEqual(Array(2).fill(['type', 'index', 'total', 'timestep', 'predNoise']));
  expectFailure(
    await engine.draw({ ...micro, startIndex: 2 }),
    'bad-request',
    /startIndex: expected latents beside it/,
  );
  expectFailure(
    await engine.draw({ ...micro, eta: 1, sampler: 'EulerDiscreteScheduler' }),
    'bad-request',
    /^eta: expected 0 with EulerDiscreteScheduler/,
  );
});

test('each step tells which word looks where: shares of its attention to the words, for each picture', async ({
  page,
  engine,
}) => {
  const seen = await page.evaluate(
    async (request) => {
      const steps: { count: number; attention: number; worst: number; images: number[] }[] = [];
      const { words } = await window.harness.engine.call('generate', request, {
        onEvent: (event) => {
          if (event.type !== 'step') return;
          const all = event.attention!;
          let worst = 0;
          for (const { point, data } of all) {
            const keys = point.shape[3];
            for (let row = 0; row < data.length; row += keys) {
              const sum = data.subarray(row, row + keys).reduce((total, share) => total + share, 0);
              worst = Math.max(worst, Math.abs(sum - 1));
            }
          }
          const [count, attention] = [event.activations!.length, all.length];
          steps.push({ count, attention, worst, images: all.map(({ point }) => point.shape[0]) });
        },
      });
      return { steps, words };
    },
    { ...faces, attention: 'cross' as const },
  );
  expect(seen.steps).toHaveLength(2);
  for (const { count, attention, worst, images } of seen.steps) {
    expect(count).toBe(0);
    expect(attention).toBeGreaterThan(0);
    // Guided, and told as it looks at the prompt alone.
    expect(images).toEqual(Array(attention).fill(1));
    expect(worst).toBeLessThan(1e-4);
  }
  // One token after the other, behind the one that begins a text.
  let place = 1;
  for (const { first, count } of seen.words) {
    expect(first).toBe(place);
    place += count;
  }
  expect(place).toBeGreaterThan(seen.words.length);
  expectFailure(
    await engine.draw({ ...micro, attention: ['attn'] }),
    'bad-request',
    /^attention: expected names of what the denoiser has, got 'attn'/,
  );
});

test('a toy network is trained in slices, heard of, stopped; a generation comes between', async ({
  page,
  engine,
}) => {
  await engine.draw(micro);
  const { numTensors } = await engine.info();
  const told = await page.evaluate(async (generation) => {
    const { engine: worker, outcome, draw } = window.harness;
    const points = Float32Array.from({ length: 512 }, (_, i) => Math.sin(i));
    const request = { network: 'diffusion', points, seed: 1, steps: 20, every: 10, samples: 8 } as const;
    const steps: number[] = [];
    const trained = await worker.call('plane-train', request, {
      onEvent: (event) => {
        if (event.type === 'plane') steps.push(event.step, event.samples!.length);
      },
    });
    const noise = Float32Array.of(0, 1);
    const { path } = await worker.call('plane-sample', {
      network: trained.network!,
      noise,
      numInferenceSteps: 4,
    });
    const stop = new AbortController();
    let heard = 0;
    let between: ReturnType<typeof draw> | undefined;
    const stopped = outcome(
      worker.call(
        'plane-train',
        { ...request, steps: 50_000, samples: 0 },
        {
          signal: stop.signal,
          onEvent: (event) => {
            if (event.type === 'plane') heard++;
            // It would train for minutes: the drawing is done long before.
            between ??= draw(generation).finally(() => stop.abort());
          },
        },
      ),
    );
    const ended = await stopped;
    const drawn = await between!;
    return { steps, path: path.length, ended, heard, drawn: drawn.numSteps };
  }, micro);
  expect(told.steps).toEqual([10, 16, 20, 16]);
  expect(told.path).toBe(5);
  expect(told.heard).toBeGreaterThan(0);
  expect(told.drawn).toBe(4);
  expect(told.ended).toMatchObject({ code: 'aborted' });
  // What was trained is gone from the device.
  expect((await engine.info()).numTensors).toBe(numTensors);
});

test("a newer drawing of the same figure takes the older one's place", async ({ engine }) => {
  const outcomes = await engine.page.evaluate(async (request) => {
    const { draw, newest } = window.harness;
    const figure = newest();
    const first = draw({ ...request, numInferenceSteps: 50 }, {}, figure.begin());
    const second = draw({ ...request, numInferenceSteps: 50, seed: 1 }, {}, figure.begin());
    await new Promise((resolve) => setTimeout(resolve, 50));
    const third = draw({ ...request, seed: 2 }, {}, figure.begin());
    return (await Promise.all([first, second, third])).map((drawn) =>
      drawn.outcome === 'drawn' ? drawn.numSteps : drawn.outcome,
    );
  }, faces);
  expect(outcomes).toEqual(['superseded', 'superseded', 2]);
});

test('requests out of range are refused by the key', async ({ engine }) => {
  expectFailure(await engine.draw({ ...micro, seed: -1 }), 'bad-request', /^seed: /);
  expectFailure(await engine.draw({ ...micro, model: '../micro' }), 'bad-request', /^model: /);
  expect((await engine.draw(micro)).numSteps).toBe(4);
});

test('one call of the denoiser: x_t is made of its two guesses; what it cannot take is refused by name', async ({
  page,
  engine,
}) => {
  expect(await engine.notices()).toEqual([]);
  const predict = (request: { length: number; timestep: number }) =>
    page.evaluate(async ({ length, timestep }) => {
      const latents = Float32Array.from({ length }, (_, i) => Math.sin(i));
      const request = { model: 'micro', latents, count: 2, timestep, prompt: 'a person with red hair' };
      const { outcome, engine } = window.harness;
      const result = await outcome(engine.call('predict', request));
      if ('message' in result) return { message: result.message, worst: Number.NaN };
      const { alpha, sigma, predX0, predNoise, velocity } = result.value;
      const off = latents.map((x, i) =>
        Math.max(
          Math.abs(alpha * predX0[i]! + sigma * predNoise[i]! - x),
          Math.abs(alpha * predNoise[i]! - sigma * predX0[i]! - velocity[i]!),
        ),
      );
      return { message: '', worst: Math.max(...off) };
    }, request);
  expect((await predict({ length: 128, timestep: 600 })).worst).toBeLessThan(1e-4);
  expect((await predict({ length: 126, timestep: 600 })).message).toMatch(
    /^latents: expected shape \[2, 4, 4, 4\], 128 numbers, got 126/,
  );
  expect((await predict({ length: 128, timestep: 1000 })).message).toMatch(/^timestep: expected /);
});

test('a worker that dies midway is reported, and the next call gets a fresh one', async ({
  engine,
  page,
}) => {
  const whole = await engine.draw(micro);
  const [worker] = page.workers().filter((each) => each.url().includes('_worker'));
  const dying = engine.draw({ ...faces, numInferenceSteps: 50 });
  await worker?.evaluate(() => self.close());
  expectFailure(await dying, 'worker-crashed', /Try again: it starts afresh/);
  const again = await engine.draw(micro);
  expect(again.images).toEqual(whole.images);
  expect(again.lastDownload?.stored).toBe(true);
});

test('an error thrown in the worker is a crash too', async ({ engine, page }) => {
  await engine.draw(micro);
  const [worker] = page.workers().filter((each) => each.url().includes('_worker'));
  const dying = engine.draw({ ...faces, numInferenceSteps: 50 });
  await worker?.evaluate(() =>
    setTimeout(() => {
      throw new Error('a fault of the driver');
    }),
  );
  expectFailure(await dying, 'worker-crashed', /a fault of the driver/);
  expect((await engine.draw(micro)).numSteps).toBe(4);
});

test('the choice of backend is remembered, and one that no longer works is forgotten', async ({ engine }) => {
  await engine.draw(micro);
  const remembered = (put?: string): Promise<unknown[]> =>
    engine.page.evaluate(async (value) => {
      const done = <T>(request: IDBRequest<T>): Promise<T> =>
        new Promise((resolve, reject) => {
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(request.error ?? new Error('IndexedDB'));
        });
      const database = await done(indexedDB.open('noisebook'));
      const store = database.transaction('backend', 'readwrite').objectStore('backend');
      const [key] = await done(store.getAllKeys());
      if (value !== undefined && key !== undefined) await done(store.put(value, key));
      const all: unknown[] = await done(store.getAll());
      database.close();
      return all;
    }, put);
  expect(await remembered()).toEqual(['wasm']);

  expect(await remembered('webgpu')).toEqual(['webgpu']);
  await engine.open();
  expect((await engine.draw(micro)).label).toMatch(/^wasm/);
  expect(await engine.notices()).toEqual([
    expect.stringMatching(/webgpu could not be started: going on with wasm/),
  ]);
  await engine.open();
  expect((await engine.draw(micro)).label).toMatch(/^wasm/);
  expect(await engine.notices()).toEqual([]);
});

test('a backend asked for in vain gives way to wasm, and the page says so', async ({ engine }) => {
  await engine.open('?backend=webgpu');
  expect((await engine.draw(micro)).label).toMatch(/^wasm/);
  expect(await engine.notices()).toEqual([expect.stringMatching(/webgpu, which the address asks for.*wasm/)]);
});

test('where a host sets no isolation headers it computes on one thread', async ({ engine, page }) => {
  const isolated = await engine.draw(micro);
  await page.route(engine.site.url, async (route) => {
    const response = await route.fetch();
    const headers = response.headers();
    delete headers['cross-origin-opener-policy'];
    delete headers['cross-origin-embedder-policy'];
    await route.fulfill({ response, headers });
  });
  await engine.open();
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
  const alone = await engine.draw(micro);
  expect(alone).toMatchObject({ outcome: 'drawn', message: '', label: 'wasm (1 thread)' });
  expect(alone.finalLatents.every((value, i) => Math.abs(value - isolated.finalLatents[i]!) < 1e-3)).toBe(
    true,
  );
});
