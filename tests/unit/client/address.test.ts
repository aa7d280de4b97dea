// What a drawing may be asked with: whatever else somebody writes does no harm. Figure 0.1 in the address: figures/0.1-faces.test.ts.
import { describe, expect, test } from 'vitest';
import {
  GUIDANCE,
  limitNumber,
  limitPrompt,
  MAX_PROMPT_LENGTH,
  readBackend,
  SEED,
} from '../../../src/state/address.ts';

test('knows the three backends and reports any other', () => {
  expect(readBackend('')).toEqual({});
  expect(readBackend('?backend=wasm')).toEqual({ backend: 'wasm' });
  expect(readBackend('?backend=WebGPU').backend).toBe('webgpu');
  const { backend, notice } = readBackend('?backend=cuda');
  expect(backend).toBeUndefined();
  expect(notice).toMatch(/webgpu, webgl, wasm/);
});

describe('limitPrompt', () => {
  test('leaves 300 characters alone', () => {
    expect(limitPrompt('x'.repeat(300))).toEqual({ prompt: 'x'.repeat(300), cut: false });
  });

  test('cuts ten million characters in no time', () => {
    const start = performance.now();
    const { prompt, cut } = limitPrompt('word \n'.repeat(2_000_000));
    expect(performance.now() - start).toBeLessThan(1000);
    expect(prompt).toHaveLength(MAX_PROMPT_LENGTH);
    expect(cut).toBe(true);
  });

  test('never leaves half a character', () => {
    expect(limitPrompt(`${'a'.repeat(299)}🙂`).prompt).toBe('a'.repeat(299));
    expect(limitPrompt('\ud83d alone').prompt).toBe('\ufffd alone');
    expect(limitPrompt('🙂'.repeat(150))).toEqual({ prompt: '🙂'.repeat(150), cut: false });
  });

  test('makes control characters and direction marks a space', () => {
    expect(limitPrompt('red\u0000\n\thair \u202egrin').prompt).toBe('red hair  grin');
  });
});

describe('limitNumber', () => {
  test('keeps to range and step', () => {
    expect(limitNumber(3.3, GUIDANCE)).toBe(3.5);
    expect(limitNumber(-5, SEED)).toBe(0);
    expect(limitNumber(Number.NaN, SEED)).toBeUndefined();
    expect(limitNumber(Number.POSITIVE_INFINITY, SEED)).toBeUndefined();
  });
});
