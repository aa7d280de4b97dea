// A heat map: what is said of it untouched, by pointer, by finger and by keys; that nothing moves.
import { createRawSnippet } from 'svelte';
import { expect, it } from 'vitest';
import { userEvent } from 'vitest/browser';
import HeatMap from '../../src/components/kit/heat/HeatMap.svelte';
import { only, pointer, show, violations } from './lib/shown.svelte.ts';

const values = Float32Array.from({ length: 64 }, (_, i) => (i === 8 * 2 + 5 ? 0.4 : i / 640));

function heatMap() {
  const { host } = show(HeatMap, {
    map: { values, rows: 8, columns: 8, range: 0.4 },
    name: 'Attention to “hat” in image 1',
    unit: 'share of the attention',
    children: createRawSnippet(() => ({
      render: () => '<div style="aspect-ratio: 1; background: tan"></div>',
    })),
  });
  return { host, area: only(host, '[role=slider]'), said: () => only(host, '.readout').textContent };
}

it('untouched it says where the largest value is, and axe finds nothing', async () => {
  const { host, area, said } = heatMap();
  expect(area.getAttribute('aria-label')).toMatch(
    /^Attention to “hat” in image 1\. Largest at row 3, column 6: 0\.40\./,
  );
  expect(said()).toBe('largest at row 3, column 6: 0.40');
  expect(await violations(host)).toEqual([]);
});

it('the pointer reads a cell; when it leaves, the largest is said again; nothing moves', async () => {
  const { host, area, said } = heatMap();
  const before = host.getBoundingClientRect().height;
  const { width } = area.getBoundingClientRect();
  await userEvent.hover(area, { position: { x: (width * 7.5) / 8, y: (width * 6.5) / 8 } });
  expect(said()).toBe('row 7, column 8: 0.09');
  expect(host.getBoundingClientRect().height).toBe(before);
  pointer(area, 'pointerleave', [1, 1], 'mouse');
  expect(said()).toMatch(/^largest/);
});

it('what a finger tapped stays, Escape lets it go', async () => {
  const { area, said } = heatMap();
  pointer(area, 'pointerdown', [0.01, 0.99]);
  pointer(area, 'pointerleave', [0.01, 0.99]);
  expect(said()).toBe('row 8, column 1: 0.09');
  area.focus();
  await userEvent.keyboard('{Escape}');
  expect(said()).toBe('largest at row 3, column 6: 0.40');
});

it('arrow keys start at the largest value', async () => {
  const { area } = heatMap();
  area.focus();
  await userEvent.keyboard('{ArrowLeft}{ArrowDown}');
  expect(area.getAttribute('aria-valuetext')).toBe('row 4, column 5: 0.04');
  expect(area.getAttribute('aria-valuenow')).toBe(String(3 * 8 + 5));
});
