// First weights: as large as those of PyTorch, diffusers and transformers (training/make_training_reference.py), from a seed.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseClipTextConfig, parseUnetConfig, parseVaeConfig } from '../../../src/lib/ldm/config/index.ts';
import {
  countParameters,
  initialClipText,
  initialUnet,
  initialVae,
} from '../../../src/lib/ldm/training/initialize.ts';
import { parseSafetensors, type StateDict } from '../../../src/lib/ldm/weights/safetensors.ts';

const FOLDER = 'tests/fixtures/training';
const SEEDS = 100;

const json = (path: string): unknown => JSON.parse(readFileSync(`${FOLDER}/${path}`, 'utf8'));
const stored = (path: string): StateDict => parseSafetensors(readFileSync(`${FOLDER}/${path}`));

const vae = parseVaeConfig(json('autoencoder/vae/config.json'), 'vae');
const unet = parseUnetConfig(json('denoiser/unet/config.json'), 'unet');
const text = parseClipTextConfig(json('denoiser/text_encoder/config.json'), 'text_encoder');

const networks = {
  vae: {
    initial: (seed: number) => initialVae(vae, seed),
    file: 'autoencoder/vae/diffusion_pytorch_model.safetensors',
  },
  unet: {
    initial: (seed: number) => initialUnet(unet, seed),
    file: 'denoiser/unet/diffusion_pytorch_model.safetensors',
  },
  text_encoder: {
    initial: (seed: number) => initialClipText(text, seed),
    file: 'denoiser/text_encoder/model.safetensors',
  },
};

describe.each(['vae', 'unet', 'text_encoder'] as const)('%s', (name) => {
  const { initial, file } = networks[name];
  const expected = (json('initial.json') as Record<string, number[]>)[name] as number[];

  test('has the names and shapes that diffusers and transformers write', () => {
    const shapes = (state: StateDict): string[] =>
      [...state].map(([key, { shape }]) => `${key} [${shape.join(', ')}]`).sort();
    expect(shapes(initial(1))).toEqual(shapes(stored(file)));
    expect(countParameters(initial(1))).toBe(countParameters(stored(file)));
  });

  test('every parameter is as large as theirs, over many seeds', () => {
    const squares = new Map<string, number>();
    for (let seed = 0; seed < SEEDS; seed++) {
      for (const [key, { data }] of initial(seed)) {
        const mean = data.reduce((sum, value) => sum + value * value, 0) / data.length;
        squares.set(key, (squares.get(key) ?? 0) + mean / SEEDS);
      }
    }
    const keys = [...squares.keys()].sort();
    expect(keys.length).toBe(expected.length);
    keys.forEach((key, i) => {
      const size = expected[i] as number;
      const ours = Math.sqrt(squares.get(key) as number);
      // 400 numbers at the least: their root mean square is off by a few per cent
      expect(Math.abs(ours - size), key).toBeLessThanOrEqual(0.12 * size);
    });
  });

  test('a seed gives the same numbers again, another seed others', () => {
    expect(initial(3)).toEqual(initial(3));
    const [a, b] = [initial(3), initial(4)];
    for (const [key, { data }] of a) {
      const constant = data.every((value) => value === 0 || value === 1);
      expect(b.get(key)?.data.some((value, i) => value !== data[i])).toBe(!constant);
    }
  });
});

test('the uniform numbers stay within one over the root of the inputs', () => {
  const state = initialVae(vae, 5);
  const { data, shape } = state.get('decoder.conv_in.weight') as NonNullable<ReturnType<StateDict['get']>>;
  const bound = 1 / Math.sqrt((shape[1] as number) * 9);
  const largest = Math.max(...data.map(Math.abs));
  expect(largest).toBeLessThan(bound);
  expect(largest).toBeGreaterThan(0.95 * bound);
});

test('the log variance can begin low: nothing else of the first weights moves', () => {
  const plain = initialVae(vae, 5);
  const low = initialVae(vae, 5, { logVariance: -6 });
  const changed = [...plain].filter(([key, { data }]) => low.get(key)?.data.some((v, i) => v !== data[i]));
  expect(changed.map(([key]) => key).sort()).toEqual(['quant_conv.bias', 'quant_conv.weight']);
  for (const [key, { data }] of changed) {
    const after = low.get(key)?.data as Float32Array;
    const half = data.length / 2;
    expect(after.subarray(0, half)).toEqual(data.subarray(0, half));
    expect([...after.subarray(half)]).toEqual(
      [...data.subarray(half)].map((value) => (key.endsWith('bias') ? -6 : Math.fround(value * 0.1))),
    );
  }
});
