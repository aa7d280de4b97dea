// Training on WebGPU, imitated by SwiftShader: a device that is lost costs nothing but the steps since the last checkpoint.
import { expect, test } from './lib/labTest.ts';

test('losing the device: on from the last checkpoint with the same curve; the second time wasm takes over', async ({
  tab,
}) => {
  const lab = await tab('?backend=webgpu');
  const short = { autoencoderSteps: 4, denoiserSteps: 4 };
  const whole = await lab.train(await lab.create(short));
  expect(whole).toMatchObject({ outcome: 'finished', resumed: ['autoencoder 0'] });
  expect(whole.label).toMatch(/^webgpu/);

  const id = await lab.create(short);
  const begun = await lab.train(id, { pauseAfter: 1 });
  expect(begun.outcome).toBe('paused');
  const { phase, step } = (await lab.find(id))!;
  const rest = await lab.train(id, { loseAfter: 2 });
  expect(rest).toMatchObject({ outcome: 'finished', message: '' });
  expect(rest.label).toMatch(/^webgpu/);
  // Once when it was begun, once when the device was lost.
  expect(rest.resumed).toEqual([`${phase} ${step}`, `${phase} ${step}`]);
  expect(await lab.curve(id)).toEqual(whole.losses);
  expect(await lab.notices()).toEqual([expect.stringMatching(/stopped answering .*started again/)]);

  const other = await lab.create(short);
  const moved = await lab.train(other, { loseAfter: 2 });
  expect(moved).toMatchObject({ outcome: 'finished', resumed: ['autoencoder 0', 'autoencoder 0'] });
  expect(moved.label).toMatch(/^wasm/);
  expect(Object.keys(await lab.curve(other))).toEqual(Object.keys(whole.losses));
});
