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
  expect(await engine.page.evaluate(() => window.harness.engine.loseDevice())).toBe(true);
  const second = await engine.draw(micro);
  expect(second.label).toMatch(GPU);
  expect(distance(second.finalLatents, first.finalLatents)).toBeLessThan(1e-4);
});
