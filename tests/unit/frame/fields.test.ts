// What an address may say, and what becomes of it when it says something else.
import { describe, expect, test } from 'vitest';
import {
  choice,
  decimal,
  flag,
  numbers,
  readFigure,
  shared,
  text,
  whole,
  writeFigure,
} from '../../../src/state/figureAddress.ts';

const fields = {
  t: shared(whole(0, 999, 400)),
  face: whole(0, 63, 12),
  strength: decimal(-3, 3, 0.1, 0),
  view: choice(['pixels', 'latents'], 'pixels'),
  walk: flag(false),
  code: numbers(3, -3, 3, 0.01, [0, 0, 0]),
  words: text(20, ''),
};
const defaults = {
  t: 400,
  face: 12,
  strength: 0,
  view: 'pixels' as const,
  walk: false,
  code: [0, 0, 0],
  words: '',
};

describe('a figure in the address', () => {
  test('round trip of every kind of value', () => {
    const values = {
      t: 999,
      face: 0,
      strength: -0.3,
      view: 'latents' as const,
      walk: true,
      code: [1.25, -3, 0.01],
      words: 'a & b = ü+é',
    };
    const query = writeFigure('?hide=foot&4.4.face=2', '4.3', fields, values);
    expect(readFigure(query, '4.3', fields)).toEqual({ given: values, notices: [] });
    const keys = new URLSearchParams(query);
    expect(keys.get('hide')).toBe('foot');
    expect(keys.get('4.4.face')).toBe('2');
    expect(keys.get('t')).toBe('999');
    expect(keys.get('4.3.face')).toBe('0');
  });

  test('what the figure has anyway is left out, unless all is asked for', () => {
    const untouched = { ...defaults, t: undefined };
    expect(writeFigure('', '4.3', fields, untouched)).toBe('');
    expect(writeFigure('?t=3&4.3.walk=1', '4.3', fields, untouched)).toBe('');
    const all = readFigure(writeFigure('', '4.3', fields, defaults, { all: true }), '4.3', fields);
    expect(all.given).toEqual(defaults);
  });

  test('a shared value that is set is always written: other cells have other fallbacks', () => {
    expect(writeFigure('', '4.3', fields, defaults)).toBe('?t=400');
  });

  test('shared values have one name for all figures, own values one each', () => {
    const query = '?t=7&4.3.face=1&4.4.face=2';
    expect(readFigure(query, '4.3', fields).given).toEqual({ t: 7, face: 1 });
    expect(readFigure(query, '4.4', fields).given).toEqual({ t: 7, face: 2 });
  });

  test('numbers out of range are moved into it, and onto their steps', () => {
    const { given, notices } = readFigure('?t=5000&4.3.face=-4&4.3.strength=0.26', '4.3', fields);
    expect(given).toEqual({ t: 999, face: 0, strength: 0.3 });
    expect(notices).toEqual([]);
  });

  test.each([
    ['t=abc', /usable t: expected a whole number from 0 to 999/],
    ['t=1e9', /usable t/],
    ['t=', /usable t/],
    ['4.3.strength=NaN', /4\.3\.strength: expected a number from -3 to 3/],
    ['4.3.view=<script>', /4\.3\.view: expected one of pixels, latents/],
    ['4.3.walk=yes', /expected 1 or 0/],
    ['4.3.code=1_2', /3 numbers from -3 to 3/],
    ['4.3.code=1_2_3_4', /3 numbers/],
    [`4.3.code=${'1_'.repeat(5000)}`, /3 numbers/],
  ])('%s is left out, and said', (query, notice) => {
    const read = readFigure(`?${query}`, '4.3', fields);
    expect(read.given).toEqual({});
    expect(read.notices).toHaveLength(1);
    expect(read.notices[0]).toMatch(notice);
    expect(read.notices[0]).not.toContain('<');
  });

  test('text is cut and loses what does not print', () => {
    const query = `?${new URLSearchParams({ '4.3.words': `\u202eab\u0000c${'x'.repeat(5000)}` }).toString()}`;
    const { words } = readFigure(query, '4.3', fields).given;
    expect(words).toMatch(/^ ab cx+$/);
    expect(words).toHaveLength(20);
  });
});
