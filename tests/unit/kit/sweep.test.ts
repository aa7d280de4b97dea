// What is said of the cells of a sweep.
import { expect, it } from 'vitest';
import { live } from '../../../src/components/kit/frame/result.ts';
import { placeOfCell, sayCell, settingsOf, sizeOf } from '../../../src/components/kit/sweep/sweep.ts';

const picture = live(new Uint8ClampedArray(4));
const columns = { name: 'guidance', values: ['1', '3', '5'] };

it('one setting is one row', () => {
  const sweep = { columns, cells: [{ picture, number: '31.2 dB' }, { picture }, { picture: undefined }] };
  expect(sizeOf(sweep)).toEqual({ rows: 1, columns: 3 });
  expect([0, 1, 2].map((cell) => sayCell(sweep, cell))).toEqual([
    'guidance 1: 31.2 dB',
    'guidance 3',
    'guidance 5: not there yet',
  ]);
});

it('two settings are rows and columns', () => {
  const cells = Array.from({ length: 6 }, () => ({ picture }));
  const sweep = { columns, rows: { name: 'steps', values: ['4', '12'] }, cells };
  expect(sizeOf(sweep)).toEqual({ rows: 2, columns: 3 });
  expect(placeOfCell(4, sizeOf(sweep))).toEqual({ row: 1, column: 1 });
  expect(settingsOf(sweep, 4)).toBe('guidance 3, steps 12');
});
