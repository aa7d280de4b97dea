// A sweep: every cell is named, one is chosen, arrow keys go through the grid; the large picture where there is little room.
import { expect, it } from 'vitest';
import { userEvent } from 'vitest/browser';
import Sweep from '../../src/components/kit/sweep/Sweep.svelte';
import { gradient } from '../../tools/gallery/pictures.ts';
import { only, show, violations } from './lib/shown.svelte.ts';

const sweep = {
  columns: { name: 'guidance', values: ['1', '3', '5'] },
  rows: { name: 'steps', values: ['4', '12'] },
  cells: Array.from({ length: 6 }, (_, i) => ({
    picture: i === 5 ? undefined : gradient(i / 5),
    number: i === 5 ? undefined : `${20 + i}.0 dB`,
  })),
};

function grid(width?: number) {
  const chosen: number[] = [];
  const shown = show(
    Sweep,
    {
      sweep,
      label: 'Guidance by steps',
      chosen: 1,
      onchoose: (cell: number) => {
        chosen.push(cell);
        shown.set({ chosen: cell });
      },
    },
    width,
  );
  return { ...shown, chosen, cells: [...shown.host.querySelectorAll('button')] };
}

it('names each cell by its settings and number, and axe finds nothing', async () => {
  const { host, cells } = grid();
  expect(cells.map((cell) => cell.getAttribute('aria-label'))).toEqual([
    'guidance 1, steps 4: 20.0 dB',
    'guidance 3, steps 4: 21.0 dB',
    'guidance 5, steps 4: 22.0 dB',
    'guidance 1, steps 12: 23.0 dB',
    'guidance 3, steps 12: 24.0 dB',
    'guidance 5, steps 12: not there yet',
  ]);
  expect(cells.map((cell) => cell.getAttribute('aria-pressed'))).toEqual(
    [0, 1, 0, 0, 0, 0].map((one) => String(one === 1)),
  );
  expect(await violations(host)).toEqual([]);
});

it('a press chooses, arrow keys go on from there and take the focus along', async () => {
  const { cells, chosen } = grid();
  await userEvent.click(cells[0]!);
  await userEvent.keyboard('{ArrowRight}{ArrowDown}{End}{ArrowDown}');
  expect(chosen).toEqual([0, 1, 4, 5, 5]);
  expect(document.activeElement).toBe(cells[5]);
  // One stop for the Tab key.
  expect(cells.filter((cell) => cell.tabIndex === 0)).toEqual([cells[5]]);
});

it('cells are large enough for a finger on a phone, the chosen one is above them, large', () => {
  const { host, cells } = grid(340);
  for (const cell of cells) expect(cell.getBoundingClientRect().width).toBeGreaterThanOrEqual(44);
  const large = only(host, '.large');
  expect(getComputedStyle(large).display).toBe('block');
  expect(large.textContent).toContain('guidance 3, steps 4: 21.0 dB');
});

it('with room enough there is no large one', () => {
  const { host } = grid(700);
  expect(getComputedStyle(only(host, '.large')).display).toBe('none');
});
