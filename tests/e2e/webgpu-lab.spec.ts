// Training on WebGPU, imitated by SwiftShader: a device that is lost costs nothing but the steps since the last checkpoint.
import { expect, test } from './lib/labTest.ts';

test('losing the device: on from the last checkpoint with the same curve; the second time wasm takes over', async ({
  tab,
}) => {
  test.setTimeout(300_000);
  const lab = await tab('?backend=webgpu');
  // A long first phase shows no pictures for a while: each shader takes its time to compile here.
  const id = await lab.create({ autoencoderSteps: 5000 });
  const begun = await lab.train(id, { pauseAfter: 1 });
  expect(begun).toMatchObject({ outcome: 'paused', resumed: ['autoencoder 0'] });
  expect(begun.label).toMatch(/^webgpu/);

  const { step } = (await lab.find(id))!;
  const again = await lab.train(id, { loseAfter: 1, pauseAfter: 3 });
  expect(again).toMatchObject({ outcome: 'paused', message: '' });
  expect(again.label).toMatch(/^webgpu/);
  // Once when it was begun, once when the device was lost.
  expect(again.resumed).toEqual([`autoencoder ${step}`, `autoencoder ${step}`]);
  expect(again.repeated.length).toBeGreaterThanOrEqual(1);
  for (const [first, second] of again.repeated) expect(second).toBe(first);
  expect(await lab.curve(id)).toEqual({ ...begun.losses, ...again.losses });
  expect(await lab.notices()).toEqual([expect.stringMatching(/stopped answering .*started again/)]);

  const stored = (await lab.find(id))!.step;
  const moved = await lab.train(id, { loseAfter: 1, pauseAfter: 3 });
  expect(moved).toMatchObject({ outcome: 'paused', message: '' });
  expect(moved.resumed).toEqual([`autoencoder ${stored}`, `autoencoder ${stored}`]);
  expect(moved.label).toMatch(/^wasm/);
  for (const [gpu, wasm] of moved.repeated) expect(wasm).toBeCloseTo(gpu, 3);
});
