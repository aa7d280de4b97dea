// Drawing while the reader types: when it begins, what it asks for, what takes whose place, and what stops it.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { CallOptions, Engine } from '../../../src/engine/page/engineTypes.ts';
import { EngineError } from '../../../src/engine/page/errors.ts';
import { Face } from '../../../src/components/figures/0.1-faces/face.svelte.ts';
import type { QuickModel } from '../../../src/components/figures/0.1-faces/modelPolicy.ts';
import {
  DRAW_AFTER,
  FOLLOW_AFTER,
  READ_AFTER,
} from '../../../src/components/figures/0.1-faces/typingTrigger.ts';
import { describePhase } from '../../../src/components/kit/frame/phase.ts';
import type {
  GenerateEvent,
  GenerateRequest,
  GenerateResult,
} from '../../../src/engine/protocol/messages.ts';

const location = { pathname: '/', search: '', hash: '' };
beforeEach(() => {
  vi.useFakeTimers();
  location.search = '';
  vi.stubGlobal('window', { location, history: { state: null, replaceState: vi.fn() } });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const sizes = {
  numImages: 4,
  imageWidth: 1,
  imageHeight: 1,
  latentWidth: 1,
  latentHeight: 1,
  latentChannels: 1,
};

/** An engine whose drawings take `ms` by the clock of the test, a tenth of it a step; a figure ends its older one itself. */
function fakeEngine({ ms = 300, loadMs = 1000, fails = false } = {}) {
  const requests: GenerateRequest[] = [];
  const drawn: string[] = [];
  /** What the worker has in memory: two models. */
  let models: readonly string[] = [];
  const keep = (model: string): void => {
    models = [...models.filter((name) => name !== model), model].slice(-2);
  };
  const wait = (time: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      setTimeout(resolve, time);
      const stopped = new EngineError({ code: 'aborted', message: 'Stopped.' });
      signal?.addEventListener('abort', () =>
        reject(signal.reason instanceof EngineError ? signal.reason : stopped),
      );
    });
  const load = vi.fn(async ({ model }: { readonly model: string }, { signal }: CallOptions<never> = {}) => {
    await wait(loadMs, signal);
    if (fails) throw new EngineError({ code: 'offline', message: 'No connection.' });
    keep(model);
    return model;
  });
  const generate = async (
    request: GenerateRequest,
    { signal, onEvent }: CallOptions<GenerateEvent> = {},
  ): Promise<GenerateResult> => {
    requests.push(request);
    const { numImages, numInferenceSteps: total } = request;
    const latents = new Float32Array(numImages);
    const its = { ...sizes, numImages };
    onEvent?.({
      type: 'start',
      startIndex: 0,
      sizes: its,
      timesteps: Array.from({ length: total }, () => 1),
      latents,
    });
    for (let index = 0; index < total; index++) {
      await wait(ms / total, signal);
      onEvent?.({ type: 'step', index, total, timestep: 1, latents, predX0: latents });
    }
    keep(request.model);
    drawn.push(request.prompt);
    const backend = { backend: 'wasm', label: 'wasm', software: false } as const;
    const images = new Uint8ClampedArray(4 * numImages);
    return { ms, backend, sizes: its, words: [], images };
  };
  const decode = vi.fn(() => Promise.resolve({ images: new Uint8ClampedArray(4) }));
  const jobs = { load, generate, info: () => Promise.resolve({}) };
  const call = (job: keyof typeof jobs, request: never, options: never) => jobs[job](request, options);
  const engine = {
    call,
    get models() {
      return models;
    },
    decodeLatents: decode,
    onNotice: () => () => undefined,
  };
  return { engine: engine as unknown as Engine, load, requests, drawn, decode };
}

function make(
  options: {
    ms?: number;
    loadMs?: number;
    fails?: boolean;
    sparing?: boolean;
    quick?: Partial<QuickModel>;
  } = {},
) {
  const fake = fakeEngine(options);
  const createEngine = vi.fn(() => Promise.resolve(fake.engine));
  const face = new Face({
    model: {
      name: 'faces',
      quick: { name: 'faces', steps: 12, guidance: 3, bytes: 1e6, shared: 1e6, ...options.quick },
    },
    createEngine,
    sparing: () => options.sparing ?? false,
    start: () => undefined,
  });
  face.settings = { prompt: 'a face', negative: '', seed: 7, guidance: 3, steps: 12, typing: true };
  face.mount();
  const type = (prompt: string) => face.say({ prompt });
  return { face, type, createEngine, ...fake };
}
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe('the quick picture', () => {
  test('begins when the keys pause, of the newest words, with one picture and no previews', async () => {
    const { type, requests, createEngine, load, face } = make();
    type('a r');
    await pass(DRAW_AFTER - 1);
    type('a re');
    await pass(DRAW_AFTER - 1);
    expect(createEngine).not.toHaveBeenCalled();
    type('a red');
    await pass(DRAW_AFTER + 1000 + 300);
    expect(load).toHaveBeenCalledTimes(1);
    expect(requests).toEqual([
      {
        model: 'faces',
        prompt: 'a red',
        seed: 7,
        guidanceScale: 3,
        numInferenceSteps: 12,
        numImages: 1,
        previewOf: 'none',
      },
    ]);
    expect([face.player.partial, face.stale, face.busy]).toEqual([true, false, false]);
    expect(face.sketch).toEqual({ ms: 300, follows: true });
    expect(face.phase.kind).toBe('live');
  });

  test('one load serves all that is typed meanwhile; only the newest words are drawn', async () => {
    const { type, load, requests } = make();
    for (const prompt of ['a', 'ab', 'abc']) {
      type(prompt);
      await pass(DRAW_AFTER + 50);
    }
    await pass(1000);
    expect(load).toHaveBeenCalledTimes(1);
    expect(requests.map(({ prompt }) => prompt)).toEqual(['abc']);
  });

  test('a newer one takes the place of an older one, which never shows', async () => {
    const { type, requests, drawn, face } = make({ loadMs: 0, ms: 400 });
    type('a');
    await pass(DRAW_AFTER + 100);
    type('ab');
    await pass(DRAW_AFTER + 400 + 10);
    expect(requests.map(({ prompt }) => prompt)).toEqual(['a', 'ab']);
    expect(drawn).toEqual(['ab']);
    expect(face.player.run?.request.prompt).toBe('ab');
  });

  test('nothing is drawn for words that were taken back', async () => {
    const { type, face, drawn, requests } = make({ loadMs: 0, ms: 400 });
    void face.generate();
    await pass(500);
    expect(drawn).toEqual(['a face']);
    type('a fac');
    await pass(DRAW_AFTER - 50);
    type('a face');
    await pass(2000);
    expect(requests).toHaveLength(1);
    expect(face.stale).toBe(false);
  });

  test('words taken back while others are drawn: those others never show', async () => {
    const { type, face, drawn } = make({ loadMs: 0, ms: 600 });
    type('a hat');
    await pass(DRAW_AFTER + 650);
    expect(face.player.run?.request.prompt).toBe('a hat');
    type('a hats');
    await pass(DRAW_AFTER + 100);
    type('a hat');
    await pass(DRAW_AFTER + 700);
    expect(drawn).toEqual(['a hat', 'a hat']);
    expect([face.player.run?.request.prompt, face.stale]).toEqual(['a hat', false]);
  });

  test('a model for few steps draws with its own settings, also the four, until Generate brought the other', async () => {
    const { type, requests, face, load } = make({ quick: { name: 'faces-turbo', steps: 4, guidance: 1 } });
    type('a hat');
    await pass(DRAW_AFTER + 1300);
    expect(requests[0]).toMatchObject({ model: 'faces-turbo', numInferenceSteps: 4, guidanceScale: 1 });
    expect(face.stale).toBe(false);
    expect(face.sketch).toMatchObject({ follows: true });
    await pass(FOLLOW_AFTER);
    expect(requests[1]).toEqual({ ...requests[0], numImages: 4 });
    expect([face.player.partial, face.stale, face.sketch]).toEqual([false, false, undefined]);
    expect(describePhase(face.phase)).toMatch(/^Done in/);
    await pass(10_000);
    expect(requests).toHaveLength(2);
    void face.generate();
    await pass(400);
    type('a red hat');
    await pass(FOLLOW_AFTER + 400);
    expect(requests.slice(2).map(({ model, numImages }) => [model, numImages])).toEqual([
      ['faces', 4],
      ['faces-turbo', 1],
      ['faces', 4],
    ]);
    expect(load).toHaveBeenCalledTimes(1);
  });

  test('of its four, guidance and steps are not those that are set: touched, they make the pictures stale', async () => {
    const { type, face } = make({ loadMs: 0, quick: { name: 'faces-turbo', steps: 4, guidance: 1 } });
    type('a hat');
    await pass(FOLLOW_AFTER + 700);
    expect([face.player.partial, face.stale]).toEqual([false, false]);
    face.set({ steps: 20 });
    expect(face.stale).toBe(true);
    face.set({ steps: 12 });
    expect(face.stale).toBe(false);
  });

  test('Generate does not wait for the load of another model that typing began', async () => {
    const { type, face, load, requests } = make({ quick: { name: 'faces-turbo', steps: 4, guidance: 1 } });
    type('a hat');
    await pass(DRAW_AFTER + 100);
    expect(load).toHaveBeenCalledTimes(1);
    const signal = load.mock.calls[0]![1]!.signal!;
    void face.generate();
    await pass(10);
    expect(signal.aborted).toBe(true);
    expect(requests).toMatchObject([{ model: 'faces', numImages: 4 }]);
  });

  test('a connection that is to be spared gets no second model', async () => {
    const { type, face, requests } = make({
      sparing: true,
      quick: { name: 'faces-turbo', steps: 4, guidance: 1 },
    });
    void face.generate();
    await pass(400);
    type('a hat');
    await pass(DRAW_AFTER + 400);
    expect(requests.map(({ model, numImages }) => [model, numImages])).toEqual([
      ['faces', 4],
      ['faces', 1],
    ]);
  });

  test('a negative prompt needs guidance: the model itself draws', async () => {
    const { type, requests, face } = make({ quick: { name: 'faces-turbo', steps: 4, guidance: 1 } });
    face.set({ negative: 'a beard' });
    type('a hat');
    await pass(DRAW_AFTER + 1300);
    expect(requests[0]).toMatchObject({
      model: 'faces',
      negativePrompt: 'a beard',
      numInferenceSteps: 12,
      guidanceScale: 3,
      numImages: 1,
    });
  });

  test('the same model draws with the guidance that is set, and never with more steps than are set', async () => {
    const { type, face, requests } = make();
    face.set({ guidance: 1.5, steps: 5 });
    type('a hat');
    await pass(DRAW_AFTER + 1300);
    expect(requests[0]).toMatchObject({ guidanceScale: 1.5, numInferenceSteps: 5 });
  });
});

describe('on a slow machine', () => {
  test('the next picture takes fewer steps, as many as fit, and is still of what was typed', async () => {
    const { type, face, requests } = make({ loadMs: 0, ms: 1200 });
    type('a');
    await pass(DRAW_AFTER + 1300);
    type('ab');
    await pass(DRAW_AFTER + 1300);
    // 100 ms a step: five in 550 ms. The fake engine takes as long for those: then four.
    expect(requests.map(({ numInferenceSteps }) => numInferenceSteps)).toEqual([12, 5]);
    expect([face.player.partial, face.stale]).toEqual([true, false]);
    type('abc');
    await pass(DRAW_AFTER + 1300);
    expect(requests.at(-1)?.numInferenceSteps).toBe(4);
  });

  test('a model for few steps keeps its own', async () => {
    const { type, requests } = make({ ms: 9000, quick: { name: 'faces-turbo', steps: 3, guidance: 1 } });
    type('a');
    await pass(11_000);
    type('ab');
    await pass(11_000);
    expect(requests.map(({ numInferenceSteps }) => numInferenceSteps)).toEqual([3, 3]);
  });
});

describe('the four pictures', () => {
  test('follow when the reader rests, and show only when they are done', async () => {
    const { type, face, requests } = make({ loadMs: 0 });
    type('a hat');
    await pass(DRAW_AFTER + 310);
    expect(face.player.partial).toBe(true);
    await pass(FOLLOW_AFTER - DRAW_AFTER - 310 + 100);
    expect(requests[1]).toMatchObject({ numImages: 4, prompt: 'a hat', previewOf: 'latents' });
    expect([face.player.partial, face.busy, face.asked]).toEqual([true, true, false]);
    await pass(300);
    expect([face.player.partial, face.stale]).toEqual([false, false]);
    expect(describePhase(face.phase)).toMatch(/^Done in/);
    expect(face.sketch).toBeUndefined();
  });

  test('give way to the next key', async () => {
    const { type, face, drawn } = make({ loadMs: 0, ms: 600 });
    type('a');
    await pass(FOLLOW_AFTER + 100);
    expect(face.busy).toBe(true);
    type('ab');
    await pass(DRAW_AFTER + 650);
    expect(drawn).toEqual(['a', 'ab']);
    expect(face.player.partial).toBe(true);
  });

  test('do not follow where they would take long, or where the reader looks at the first', async () => {
    const slow = make({ loadMs: 0, ms: 2500 });
    slow.type('a');
    await pass(10_000);
    expect(slow.requests).toHaveLength(1);
    const scrubbed = make({ loadMs: 0 });
    scrubbed.type('a');
    await pass(DRAW_AFTER + 350);
    scrubbed.face.scrub(3);
    await pass(10_000);
    expect(scrubbed.requests).toHaveLength(1);
    expect(scrubbed.face.sketch).toMatchObject({ follows: false });
    expect(describePhase(scrubbed.face.phase)).toMatch(/Generate draws all four\.$/);
  });
});

test('where the four of the model would take long, those of its student follow', async () => {
  const { type, face, requests } = make({
    loadMs: 0,
    ms: 1200,
    quick: { name: 'faces-turbo', steps: 4, guidance: 1 },
  });
  void face.generate();
  await pass(1300);
  type('a hat');
  await pass(FOLLOW_AFTER + 1300);
  // 300 ms a call: 96 calls are too many, 16 are not.
  expect(requests.map(({ model, numImages }) => [model, numImages])).toEqual([
    ['faces', 4],
    ['faces-turbo', 1],
    ['faces-turbo', 4],
  ]);
});

describe('Generate and Stop', () => {
  test('Generate takes the place of what typing began, and typing waits for it', async () => {
    const { type, face, requests, drawn } = make({ loadMs: 0, ms: 400 });
    type('a');
    await pass(DRAW_AFTER + 100);
    void face.generate();
    await pass(10);
    expect(face.asked).toBe(true);
    type('ab');
    await pass(DRAW_AFTER + 20);
    expect(requests.map(({ numImages }) => numImages)).toEqual([1, 4]);
    await pass(1000);
    expect(drawn.slice(0, 2)).toEqual(['a', 'ab']);
    expect(requests[2]).toMatchObject({ numImages: 1, prompt: 'ab' });
  });

  test('Stop ends the load that typing began; the next key begins it again', async () => {
    const { type, face, load, requests } = make();
    type('a');
    await pass(DRAW_AFTER + 100);
    expect(face.busy).toBe(true);
    face.stop();
    await pass(5000);
    expect(face.phase.kind).toBe('stopped');
    expect(requests).toEqual([]);
    type('ab');
    await pass(DRAW_AFTER + 1300);
    expect(load).toHaveBeenCalledTimes(2);
    expect(requests).toHaveLength(1);
  });

  test('a failure is said once; typing tries no more until Generate drew', async () => {
    const { type, face, load } = make({ fails: true });
    type('a');
    await pass(DRAW_AFTER + 1100);
    expect(face.phase).toEqual({ kind: 'error', message: 'No connection.' });
    type('ab');
    await pass(5000);
    expect(load).toHaveBeenCalledTimes(1);
    expect(face.phase.kind).toBe('error');
    void face.generate();
    await pass(500);
    type('abc');
    await pass(DRAW_AFTER + 1100);
    expect(load).toHaveBeenCalledTimes(1);
    expect(face.player.run?.request.prompt).toBe('abc');
  });
});

describe('where typing does not draw', () => {
  test('switched off: nothing is loaded, and what is being drawn ends', async () => {
    const { type, face, createEngine } = make();
    face.setTyping(false);
    type('a');
    await pass(5000);
    expect(createEngine).not.toHaveBeenCalled();
    face.setTyping(true);
    face.say({ prompt: 'ab' });
    await pass(DRAW_AFTER + 10);
    expect(face.busy).toBe(true);
    face.setTyping(false);
    await pass(3000);
    expect(face.phase.kind).toBe('stopped');
  });

  test('a connection that is to be spared: nothing before the reader asked for a drawing', async () => {
    const { type, face, createEngine, requests } = make({ sparing: true });
    expect(face.answers).toBe(false);
    type('a');
    await pass(5000);
    expect(createEngine).not.toHaveBeenCalled();
    void face.generate();
    await pass(500);
    type('ab');
    await pass(DRAW_AFTER + 310);
    expect(requests.at(-1)).toMatchObject({ prompt: 'ab', numImages: 1 });
  });
});

test('words are checked, and the status is spoken, when the reader rests', async () => {
  const { type, face } = make({ loadMs: 0 });
  type('a gre');
  await pass(READ_AFTER - 50);
  type('a green');
  await pass(READ_AFTER - 50);
  expect(face.checkedPrompt).toBe('a face');
  expect(face.sketch).toBeDefined();
  expect(face.hushed).toBe(true);
  await pass(60);
  expect([face.checkedPrompt, face.hushed]).toEqual(['a green', false]);
});
