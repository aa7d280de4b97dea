// A text is copied with the browser's call, without it (plain http), or the caller is told that it was not.
import { afterEach, expect, test, vi } from 'vitest';
import { copyText } from '../../../src/components/kit/copyText.ts';

class Field {
  value = '';
  selected = false;
  gone = false;
  readonly style = { cssText: '' };
  setAttribute(): void {
    // Nobody reads it here.
  }
  select(): void {
    this.selected = true;
  }
  remove(): void {
    this.gone = true;
  }
}

/** A page whose fields are looked at; `copy` is what the older way answers. */
function page(copy: undefined | (() => boolean)): Field[] {
  const fields: Field[] = [];
  vi.stubGlobal('HTMLElement', Field);
  vi.stubGlobal('document', {
    activeElement: null,
    body: { append: () => undefined },
    createElement: () => {
      const field = new Field();
      fields.push(field);
      return field;
    },
    ...(copy && { execCommand: copy }),
  });
  return fields;
}
afterEach(() => void vi.unstubAllGlobals());

test('where the browser copies, it does', async () => {
  const writeText = vi.fn(() => Promise.resolve());
  vi.stubGlobal('navigator', { clipboard: { writeText } });
  const fields = page(() => true);
  expect(await copyText('pip install')).toBe(true);
  expect(writeText).toHaveBeenCalledWith('pip install');
  expect(fields).toEqual([]);
});

test.each([
  ['is missing, as on plain http', {}],
  [
    'refuses, as in a frame',
    { clipboard: { writeText: () => Promise.reject(new DOMException('No.', 'NotAllowedError')) } },
  ],
])('where that call %s, the text is selected and copied', async (_what, navigator) => {
  vi.stubGlobal('navigator', navigator);
  const fields = page(() => true);
  expect(await copyText('pip install')).toBe(true);
  expect(fields).toMatchObject([{ value: 'pip install', selected: true, gone: true }]);
});

test.each([
  ['is missing', undefined],
  ['answers no', () => false],
  [
    'throws',
    () => {
      throw new DOMException('No.', 'SecurityError');
    },
  ],
])('where the older way %s, too, the answer is no, and nothing is thrown', async (_what, copy) => {
  vi.stubGlobal('navigator', {});
  const fields = page(copy);
  expect(await copyText('pip install')).toBe(false);
  expect(fields.every(({ gone }) => gone)).toBe(true);
});
