// The fixture folders against diffusers, on this project's backend.
import { expect, test } from 'vitest';
import { runParity, type ParityOptions } from '../../tools/lib/parity.ts';
import { fixture, useBackend } from './lib/device.ts';

const backend = useBackend();

/** Tensors that a comparison must have included. */
const NETWORKS = ['tokenizer', 'vae.mean', 'vae.logvar', 'vae.decoded', 'text.hidden', 'unet.out'];

test('diffusers-tiny agrees with diffusers on every tensor', async () => {
  const rows = await runParity(await fixture('diffusers-tiny'));
  expect(rows.filter(({ passed }) => !passed)).toEqual([]);
  for (const part of [...NETWORKS, 'pipeline.latents', 'pipeline.image']) {
    expect(rows.some(({ tensor }) => tensor.startsWith(part))).toBe(true);
  }
  expect(rows.filter(({ tensor }) => tensor.endsWith('.trajectory')).length).toBe(14);
});

// Other widths, blocks and conventions. Samplers and the guided run do not depend on them: once is enough where it is slow.
test('odd-tiny agrees with diffusers', async () => {
  const options: ParityOptions = backend === 'webgpu' ? { parts: ['tokenizer', 'vae', 'text', 'unet'] } : {};
  const rows = await runParity(await fixture('odd-tiny'), options);
  expect(rows.filter(({ passed }) => !passed)).toEqual([]);
  for (const part of NETWORKS) expect(rows.some(({ tensor }) => tensor.startsWith(part))).toBe(true);
});
