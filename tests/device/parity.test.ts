// The fixture folders against diffusers, on this project's backend.
import { describe, expect, test } from 'vitest';
import { runParity } from '../../tools/lib/parity.ts';
import { fixture, useBackend } from './lib/device.ts';

useBackend();

describe.each(['diffusers-tiny', 'odd-tiny'])('%s', (name) => {
  test('agrees with diffusers on every tensor', async () => {
    const rows = await runParity(await fixture(name));
    const missed = rows.filter(({ passed }) => !passed);
    expect(missed).toEqual([]);
    const parts = [
      'tokenizer',
      'vae.mean',
      'vae.logvar',
      'vae.decoded',
      'text.hidden',
      'unet.out',
      'pipeline.image',
    ];
    for (const part of parts) expect(rows.some(({ tensor }) => tensor.startsWith(part))).toBe(true);
    expect(rows.filter(({ tensor }) => tensor.endsWith('.trajectory')).length).toBeGreaterThanOrEqual(9);
  });
});
