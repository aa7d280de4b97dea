// Training on WebGPU, imitated by SwiftShader: a device that is lost costs nothing but the steps since the last checkpoint.
import { expect, test } from './lib/labTest.ts';

test('losing the device: on from the last checkpoint with the same curve; the second time wasm takes over', async ({
  tab,
}) => {
  const lab = await tab('?backend=webgpu');
  // The first phase alone: each shader takes its time to compile here.
  const long = { autoencoderSteps: 50 };
  const whole = await lab.train(await lab.create(long), { pauseAfter: 3 });
  expect(whole).toMatchObject({ outcome: 'paused', resumed: ['autoencoder 0'] });
  expect(whole.label).toMatch(/^webgpu/);

  const id = await lab.create(long);
  expect((await lab.train(id, { pauseAfter: 1 })).outcome).toBe('paused');
  const { step } = (await lab.find(id))!;
  const again = await lab.train(id, { loseAfter: 1, pauseAfter: 4 });
  expect(again).toMatchObject({ outcome: 'paused', message: '' });
  expect(again.label).toMatch(/^webgpu/);
  // Once when it was begun, once when the device was lost.
  expect(again.resumed).toEqual([`autoencoder ${step}`, `autoencoder ${step}`]);
  expect(await lab.curve(id)).toMatchObject(whole.losses);
  expect(await lab.notices()).toEqual([expect.stringMatching(/stopped answering .*started again/)]);

  const stored = (await lab.find(id))!.step;
  const moved = await lab.train(id, { loseAfter: 1, pauseAfter: 3 });
  expect(moved).toMatchObject({ outcome: 'paused', message: '' });
  expect(moved.resumed).toEqual([`autoencoder ${stored}`, `autoencoder ${stored}`]);
  expect(moved.label).toMatch(/^wasm/);
});
