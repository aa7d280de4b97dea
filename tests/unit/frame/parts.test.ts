// The small parts of the frame: code cut from the source, CSV, links, sentences.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readSymbols } from '../../../src/siteData/symbols.ts';
import { describePhase, progressOf } from '../../../src/components/kit/frame/phase.ts';
import { figureHref, otherModel, withModel } from '../../../src/components/kit/frame/placing.ts';
import { csvText } from '../../../src/components/kit/frame/save.ts';

describe('code drawer', () => {
  test('shows a declaration with its comment, at its lines', () => {
    const path = 'src/lib/ldm/metrics/psnr.ts';
    const [symbol] = readSymbols([`${path}#psnr`]);
    const lines = readFileSync(path, 'utf8').split('\n');
    expect(symbol).toMatchObject({ path, name: 'psnr' });
    expect(symbol!.text).toBe(lines.slice(symbol!.line - 1, symbol!.endLine).join('\n'));
    expect(symbol!.text).toMatch(/^\/\*\*[^]*export function psnr\([^]*\}$/);
    expect(symbol!.text).not.toContain('meanSquaredError(a: ArrayLike');
  });

  test('shows a method at the left edge, and a constant', () => {
    const root = mkdtempSync(join(tmpdir(), 'symbols-'));
    writeFileSync(
      join(root, 'x.ts'),
      '// The file.\n\nexport const two = 2;\n\nclass A {\n  /** Doubles. */\n  twice(x: number): number {\n    return two * x;\n  }\n}\n',
    );
    const [constant, method] = readSymbols(['x.ts#two', 'x.ts#A.twice'], root);
    expect(constant).toMatchObject({ line: 3, endLine: 3, text: 'export const two = 2;' });
    expect(method).toMatchObject({ line: 6, endLine: 9 });
    expect(method!.text).toBe('/** Doubles. */\ntwice(x: number): number {\n  return two * x;\n}');
  });

  test('fails when the code is gone', () => {
    expect(() => readSymbols(['src/lib/ldm/metrics/psnr.ts#snr'])).toThrow(/declares no snr/);
    expect(() => readSymbols(['src/lib/ldm/metrics/psnr.ts'])).toThrow(/path#name/);
  });

  test('has the line that matters, with its place, and fails when that is gone', () => {
    const path = 'src/lib/ldm/schedules/forward.ts';
    const [symbol] = readSymbols([`${path}#forwardJump: out[i] = alpha`]);
    const { key } = symbol!;
    expect(key!.text).toContain('out[i] = alpha * x0[i]');
    expect(readFileSync(path, 'utf8').split('\n')[key!.line - 1]!.trim()).toBe(key!.text);
    expect(() => readSymbols([`${path}#forwardJump: out[j]`])).toThrow(/no line with out\[j\]/);
  });
});

test('CSV quotes what needs it and disarms formulas', () => {
  const rows = [
    ['name', 'value'],
    ['a, "b"', -1.5],
    ['=1+1', 2],
  ];
  expect(csvText(rows)).toBe('name,value\r\n"a, ""b""",-1.5\r\n\'=1+1,2\r\n');
});

describe('links', () => {
  const placing = {
    level: 3,
    base: '/book/',
    page: 'noise/',
    embed: false,
    model: { name: 'faces-64', hash: '0a1b2c3d' },
  } as const;
  test('lead to the figure in its chapter, or alone', () => {
    expect(figureHref(placing, '1.1', '?t=5', false)).toBe('/book/noise/?t=5#fig-1-1');
    expect(figureHref(placing, '1.1', '?t=5', true)).toBe('/book/embed/1-1/?t=5');
  });
  test('name the model, and say when it is another one', () => {
    const query = withModel('?t=5', placing);
    expect(query).toBe('?t=5&model=faces-64-0a1b2c3d');
    expect(otherModel(query, placing)).toBeUndefined();
    expect(otherModel('', placing)).toBeUndefined();
    expect(otherModel('?model=faces-64-ffffffff', placing)).toMatch(/faces-64-ffffffff.*may differ/);
    expect(otherModel('?model=<b>', placing)).not.toContain('<');
  });
});

test('every phase has its sentence and its progress', () => {
  const loading = { kind: 'loading', loaded: 1.2e6, total: 2.4e6, stored: false } as const;
  expect([describePhase(loading), progressOf(loading)]).toEqual([
    'Downloading the model: 1.2 of 2.4\u00a0MB',
    0.5,
  ]);
  expect(describePhase({ kind: 'live', ms: 47.3, backend: 'wasm' })).toBe('47\u00a0ms on wasm');
  expect(describePhase({ kind: 'live', ms: 2310 })).toBe('2.3\u00a0s');
  expect(describePhase({ kind: 'live' })).toBe('');
  expect(progressOf({ kind: 'busy', done: 0, total: 1 })).toBeUndefined();
  expect(progressOf({ kind: 'busy', done: 1, total: 4 })).toBe(0.25);
});
