// The address: what it says comes back, and whatever else stands in it does no harm.
import { describe, expect, test } from 'vitest';
import {
  GUIDANCE,
  limitNumber,
  limitPrompt,
  MAX_PROMPT_LENGTH,
  readAddress,
  SEED,
  writeAddress,
  type FigureState,
} from '../../../src/state/address.ts';

const defaults: FigureState = { prompt: 'a person with red hair', seed: 7, guidance: 3, steps: 12 };

describe('readAddress', () => {
  test('gives the defaults for an empty query', () => {
    expect(readAddress('', defaults)).toEqual({ state: defaults, notices: [] });
  });

  test('reads all four', () => {
    const { state, notices } = readAddress(
      '?prompt=a+face%2C+blue%20hat&seed=4294967295&guidance=2.5&steps=1',
      defaults,
    );
    expect(state).toEqual({ prompt: 'a face, blue hat', seed: 4294967295, guidance: 2.5, steps: 1 });
    expect(notices).toEqual([]);
  });

  test.each([
    ['seed', '4294967296', { seed: 4294967295 }],
    ['seed', '-1', { seed: 0 }],
    ['seed', '3.7', { seed: 4 }],
    ['guidance', '99', { guidance: 10 }],
    ['guidance', '0', { guidance: 1 }],
    ['guidance', '2.26', { guidance: 2.5 }],
    ['steps', '1000', { steps: 50 }],
    ['steps', '0', { steps: 1 }],
  ])('moves %s=%s into its range and says so', (key, value, expected) => {
    const { state, notices } = readAddress(`?${key}=${value}`, defaults);
    expect(state).toEqual({ ...defaults, ...expected });
    expect(notices).toHaveLength(1);
    expect(notices[0]).toContain(key);
  });

  test.each([
    '',
    'abc',
    'NaN',
    'Infinity',
    '1e3',
    '0x10',
    '٣',
    '1'.repeat(400),
    '7;drop',
    '--7',
    '1.5.2',
    '%00',
  ])('leaves out a number written as "%s"', (text) => {
    const { state, notices } = readAddress(`?seed=${text}&steps=${text}&guidance=${text}`, defaults);
    expect(state).toEqual(defaults);
    expect(notices).toHaveLength(3);
  });

  test('takes the first of two and ignores unknown keys', () => {
    const { state } = readAddress('?seed=1&seed=2&__proto__=x&constructor=y&hasOwnProperty=z', defaults);
    expect(state.seed).toBe(1);
    expect(Object.keys(state).sort()).toEqual(['guidance', 'prompt', 'seed', 'steps']);
  });

  test('survives broken percent signs and keeps markup as plain text', () => {
    expect(readAddress('?prompt=%E0%A4%A&seed=%', defaults).state.seed).toBe(7);
    const markup = '<img src=x onerror=alert(1)>"\'&';
    expect(readAddress(`?prompt=${encodeURIComponent(markup)}`, defaults).state.prompt).toBe(markup);
  });

  test('knows the three backends and reports any other', () => {
    expect(readAddress('?backend=wasm', defaults).backend).toBe('wasm');
    expect(readAddress('?backend=WebGPU', defaults).backend).toBe('webgpu');
    const { backend, notices } = readAddress('?backend=cuda', defaults);
    expect(backend).toBeUndefined();
    expect(notices[0]).toMatch(/webgpu, webgl, wasm/);
  });

  test('cuts an overlong prompt and says so', () => {
    const { state, notices } = readAddress(`?prompt=${'a'.repeat(301)}`, defaults);
    expect(state.prompt).toBe('a'.repeat(300));
    expect(notices).toEqual(['The prompt was cut to 300 characters.']);
  });
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

describe('writeAddress', () => {
  test('round trips, awkward prompts included', () => {
    for (const prompt of [
      '',
      'a & b = c?',
      '100% #tag + more',
      '🙂 é ü 漢字',
      '"quotes" <tags>',
      ' spaces ',
    ]) {
      const state: FigureState = { prompt, seed: 4294967295, guidance: 7.5, steps: 50 };
      expect(readAddress(writeAddress(state, ''), defaults)).toEqual({ state, notices: [] });
    }
  });

  test('keeps other keys, and writes each of its own once', () => {
    const query = new URLSearchParams(writeAddress(defaults, '?hide=seed&seed=1&seed=2&backend=wasm'));
    expect(query.get('hide')).toBe('seed');
    expect(query.get('backend')).toBe('wasm');
    expect(query.getAll('seed')).toEqual(['7']);
  });
});
