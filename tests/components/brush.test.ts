// The brush: pointer, finger and keys paint; erase, undo and clear; what is said of the mask.
import { createRawSnippet } from 'svelte';
import { expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import Brush from '../../src/components/kit/brush/Brush.svelte';
import { countPainted, emptyMask, type Mask } from '../../src/components/kit/brush/mask.ts';
import { only, pointer, show, violations } from './lib/shown.svelte.ts';

const size = { rows: 8, columns: 8 };

function brush() {
  let mask = emptyMask(size);
  const strokes: Mask[] = [];
  const shown = show(Brush, {
    name: 'Face 4',
    mask,
    size,
    widths: [1, 3],
    onchange: (next: Mask, done: boolean) => {
      mask = next;
      if (done) strokes.push(next);
      shown.set({ mask: next });
    },
    children: createRawSnippet(() => ({
      render: () => '<div style="aspect-ratio: 1; background: tan"></div>',
    })),
  });
  const on = () => [...mask.entries()].filter(([, cell]) => cell === 1).map(([i]) => i);
  return { ...shown, area: only(shown.host, '[role=application]'), on, strokes };
}
const press = (name: string) => userEvent.click(page.getByRole('button', { name }));

it('says what it is and how much is painted; axe finds nothing', async () => {
  const { host, area } = brush();
  expect(area.getAttribute('aria-label')).toBe('Face 4: 0 of 64 cells painted');
  expect(await violations(host)).toEqual([]);
  // A finger on the picture paints; beside it, it scrolls.
  expect(getComputedStyle(area).touchAction).toBe('none');
  expect(getComputedStyle(only(host, '.tools')).touchAction).toBe('auto');
});

it('a finger paints along its way, as one stroke', async () => {
  const { area, on, strokes } = brush();
  await userEvent.click(page.getByRole('radio', { name: '1' }), { force: true });
  pointer(area, 'pointerdown', [0.5 / 8, 2.5 / 8]);
  expect(on()).toEqual([16]);
  pointer(area, 'pointermove', [3.5 / 8, 2.5 / 8]);
  expect(on()).toEqual([16, 17, 18, 19]);
  expect(strokes).toEqual([]);
  pointer(area, 'pointerup', [3.5 / 8, 2.5 / 8]);
  pointer(area, 'pointermove', [7.5 / 8, 2.5 / 8]);
  expect(on()).toEqual([16, 17, 18, 19]);
  expect(strokes).toHaveLength(1);
  expect(area.getAttribute('aria-label')).toBe('Face 4: 4 of 64 cells painted');
});

it('the mouse paints with the wide brush, erases, undoes, clears', async () => {
  const { area, on, strokes } = brush();
  const { width } = area.getBoundingClientRect();
  await userEvent.click(area, { position: { x: (width * 4.5) / 8, y: (width * 4.5) / 8 } });
  expect(on()).toHaveLength(9);
  await press('Erase');
  await userEvent.click(area, { position: { x: (width * 4.5) / 8, y: (width * 5.5) / 8 } });
  expect(on()).toHaveLength(3);
  await press('Undo');
  expect(on()).toHaveLength(9);
  await press('Clear');
  expect(on()).toHaveLength(0);
  await press('Undo');
  await press('Undo');
  expect(on()).toHaveLength(0);
  expect(strokes.map(countPainted)).toEqual([9, 3, 9, 0, 9, 0]);
});

it('keys move a cell that is said, and Space paints there', async () => {
  const { host, area, on } = brush();
  await userEvent.click(page.getByRole('radio', { name: '1' }), { force: true });
  await userEvent.keyboard('{Shift>}{Tab}{/Shift}');
  expect(document.activeElement).toBe(area);
  await userEvent.keyboard('{ArrowDown}{ArrowRight}{ArrowRight} ');
  expect(on()).toEqual([10]);
  expect(only(host, '[role=status]').textContent).toBe('row 2, column 3, painted');
  expect(host.querySelector('.place-outline')).not.toBeNull();
});
