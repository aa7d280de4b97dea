// Multiplications are counted twice, by formulas from the settings (networkCosts.ts) and by PyTorch's counter, which follows
// a call (training/studies/costs.py wrote what it counts): both say the same.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { autoencoderCosts, denoiserCosts, parseUnetConfig, parseVaeConfig } from '@noisebook/ldm/numbers';

interface Case {
  readonly kind: 'autoencoder' | 'denoiser';
  readonly config: Readonly<Record<string, unknown>>;
  readonly side?: number;
  readonly tokens?: number;
  readonly costs: Readonly<Record<string, number>>;
}

const { cases } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../fixtures/studies/costs.json'), 'utf8'),
) as { readonly cases: readonly Case[] };

test('both kinds are there, with and without attention', () => {
  expect(new Set(cases.map(({ kind }) => kind))).toEqual(new Set(['autoencoder', 'denoiser']));
  expect(cases.filter(({ kind }) => kind === 'denoiser')).toHaveLength(6);
});

describe.each(cases)('$kind of $config.block_out_channels', ({ kind, config, side, tokens, costs }) => {
  test('has the counted parameters and multiplications', () => {
    if (kind === 'denoiser') {
      const counted = denoiserCosts(
        parseUnetConfig(config, 'unet'),
        Number(config['sample_size']),
        tokens ?? 0,
      );
      expect({ parameters: counted.parameters, call: counted.multiplyAdds }).toEqual(costs);
      return;
    }
    const { encoder, decoder } = autoencoderCosts(parseVaeConfig(config, 'vae'), side ?? 0);
    expect({
      parameters: encoder.parameters + decoder.parameters,
      encoder: encoder.multiplyAdds,
      decoder: decoder.multiplyAdds,
    }).toEqual(costs);
  });
});
