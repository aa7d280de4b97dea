// Strips that scrub: pressing, dragging, a finger that scrolls the page, arrow keys, and what is said of it all.
import { createRawSnippet } from 'svelte';
import { expect, it } from 'vitest';
import { userEvent } from 'vitest/browser';
import ScrubStrip from '../../src/components/kit/strips/ScrubStrip.svelte';
import { only, pointer, show, violations } from './lib/shown.svelte.ts';

const children = createRawSnippet(() => ({
  render: () => '<div style="height: 40px; background: silver"></div>',
}));

function strip(more: { twin?: boolean; marker?: 'wedge' | 'ring' | 'none' } = {}) {
  const chosen: number[] = [];
  const shown = show(ScrubStrip, {
    label: 'Way from A to B',
    value: 0.5,
    range: { min: 0, max: 1, step: 0.125 },
    stops: 9,
    valueText: '50%',
    onchange: (value: number) => {
      chosen.push(value);
      shown.set({ value, valueText: `${Math.round(value * 100)}%` });
    },
    children,
    ...more,
  });
  return { ...shown, chosen, row: only(shown.host, '.scrub-strip') };
}

it('is a slider with its value in words, and axe finds nothing', async () => {
  const { host, row } = strip();
  expect(row.getAttribute('role')).toBe('slider');
  expect(row.getAttribute('aria-valuetext')).toBe('50%');
  expect(await violations(host)).toEqual([]);
});

it('a press goes where it is, a drag follows', async () => {
  const { row, chosen } = strip();
  const { width, height } = row.getBoundingClientRect();
  await userEvent.click(row, { position: { x: (width * 2.5) / 9, y: height / 2 } });
  expect(chosen).toEqual([0.25]);
  await userEvent.dragAndDrop(row, row, {
    sourcePosition: { x: (width * 2.5) / 9, y: height / 2 },
    targetPosition: { x: (width * 6.5) / 9, y: height / 2 },
  });
  expect(chosen.at(-1)).toBe(0.75);
  expect(row.getAttribute('aria-valuenow')).toBe('0.75');
});

it('keys move it by a step, and to the ends', async () => {
  const { row, chosen } = strip();
  row.focus();
  await userEvent.keyboard('{ArrowRight}{ArrowLeft}{Home}{ArrowLeft}{End}');
  expect(chosen).toEqual([0.625, 0.5, 0, 1]);
});

it('a finger chooses where it taps or drags sideways; one that scrolls the page chooses nothing', () => {
  const { row, chosen } = strip();
  expect(getComputedStyle(row).touchAction).toBe('pan-y');
  pointer(row, 'pointerdown', [0.5, 0.5]);
  pointer(row, 'pointermove', [0.505, 0.9]);
  pointer(row, 'pointercancel', [0.505, 0.9]);
  pointer(row, 'pointermove', [0.9, 0.9]);
  expect(chosen).toEqual([]);
  pointer(row, 'pointerdown', [0.9, 0.5]);
  pointer(row, 'pointerup', [0.9, 0.5]);
  expect(chosen).toEqual([1]);
  pointer(row, 'pointerdown', [0.9, 0.5]);
  pointer(row, 'pointermove', [0.2, 0.5]);
  expect(chosen.at(-1)).toBe(0.125);
  pointer(row, 'pointerup', [0.2, 0.5]);
  pointer(row, 'pointermove', [0.9, 0.5]);
  expect(chosen.at(-1)).toBe(0.125);
});

it('beside a slider of the same value it is no second one', async () => {
  const { host, row, chosen } = strip({ twin: true, marker: 'none' });
  expect(host.querySelector('[role=slider], [tabindex]')).toBeNull();
  await userEvent.click(row, { position: { x: 2, y: 20 } });
  expect(chosen).toEqual([0]);
});

it('its ring is as wide as a picture, and stands over the one that is chosen', () => {
  const { host, row } = strip({ marker: 'ring' });
  const ring = only(host, '.ring').getBoundingClientRect();
  const box = row.getBoundingClientRect();
  expect(ring.width).toBeCloseTo(box.width / 9, 0);
  expect((ring.left + ring.right) / 2 - box.left).toBeCloseTo(box.width / 2, 0);
});

it('is as high as a finger needs, however low the pictures are', () => {
  const { row } = strip();
  const { left, top, bottom } = row.getBoundingClientRect();
  expect(bottom - top).toBe(40);
  for (const y of [top - 1.5, bottom + 1.5]) expect(document.elementFromPoint(left + 30, y)).toBe(row);
});
