// The engine on WebGPU, imitated by SwiftShader: chosen only when asked for, and lost in the middle of its work.
import { expect, micro, test } from './lib/engineTest.ts';

const GPU = /^webgpu \(.*swiftshader.*\)$/i;

/** Largest difference of two lists of numbers. */
function distance(a: readonly number[], b: readonly number[]): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? Number.NaN))), 0);
}

test('a software GPU is never chosen by itself', async ({ engine }) => {
  const adapter = await engine.page.evaluate(
    async () => (await navigator.gpu.requestAdapter())?.info.architecture,
  );
  expect(adapter).toMatch(/swiftshader/i);
  expect((await engine.draw(micro)).label).toMatch(/^wasm/);
});

test('asked for, it draws what wasm draws', async ({ engine }) => {
  const wasm = await engine.draw(micro);
  await engine.open('?backend=webgpu');
  const gpu = await engine.draw(micro);
  expect(gpu.label).toMatch(GPU);
  expect(gpu.events).toEqual(['download', 'preparing', 'prompt', 'start', 'step']);
  expect(distance(gpu.finalLatents, wasm.finalLatents)).toBeLessThan(1e-3);
  expect(await engine.info()).toMatchObject({ backend: 'webgpu', software: true });
});

test('losing the device midway: a notice, a new device, the same pictures; the second time wasm takes over', async ({
  engine,
}) => {
  test.setTimeout(180_000);
  await engine.open('?backend=webgpu');
  const whole = await engine.draw(micro);
  expect(await engine.notices()).toEqual([]);
  const tensors = (await engine.info()).numTensors;

  const interrupted = await engine.draw(micro, { loseAfter: 2 });
  expect(interrupted).toMatchObject({ outcome: 'drawn', message: '', lost: true });
  expect(interrupted.label).toMatch(GPU);
  expect(interrupted.numSteps).toBe(4);
  expect(interrupted.previews.length).toBeGreaterThan(4); // it started again
  expect(distance(interrupted.finalLatents, whole.finalLatents)).toBeLessThan(1e-4);
  expect(await engine.notices()).toEqual([
    expect.stringMatching(/stopped answering .*started again: webgpu/),
  ]);
  expect((await engine.info()).numTensors).toBe(tensors);

  const again = await engine.draw(micro, { loseAfter: 1 });
  expect(again).toMatchObject({ outcome: 'drawn', message: '', lost: true });
  expect(again.label).toMatch(/^wasm/);
  expect(distance(again.finalLatents, whole.finalLatents)).toBeLessThan(1e-3);
  expect((await engine.notices())[1]).toMatch(/again .*going on with wasm/);
  expect((await engine.info()).backend).toBe('wasm');
});

test('a device lost while nothing runs is rebuilt by the next call', async ({ engine }) => {
  await engine.open('?backend=webgpu');
  const first = await engine.draw(micro);
  expect(await engine.page.evaluate(() => window.harness.loseDevice())).toBe(true);
  const second = await engine.draw(micro);
  expect(second.label).toMatch(GPU);
  expect(distance(second.finalLatents, first.finalLatents)).toBeLessThan(1e-4);
});

test('a first stage that loses its device is rebuilt, and gives the same', async ({ engine }) => {
  test.setTimeout(180_000);
  const pixels = Array.from({ length: 8 * 8 * 4 }, (_, i) => (i * 37) % 256);
  const request = { model: 'micro', pixels, count: 1 };
  const wasm = await engine.encode(request);
  await engine.open('?backend=webgpu');
  const first = await engine.encode(request);
  expect(first.label).toMatch(GPU);
  expect(distance(first.latents, wasm.latents)).toBeLessThan(1e-3);
  const tensors = (await engine.info()).numTensors;
  const interrupted = await engine.encode(request, { lose: true });
  expect(interrupted).toMatchObject({ outcome: 'done', message: '' });
  const after = await engine.encode(request);
  expect(after.label).toMatch(GPU);
  for (const each of [interrupted, after]) expect(distance(each.latents, first.latents)).toBeLessThan(1e-4);
  expect(await engine.info()).toMatchObject({ numTensors: tensors, firstStages: ['micro'] });
});
