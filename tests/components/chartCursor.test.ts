// The cursor of a chart: it stands where the figure stands, before and after Plot has come; press, drag and keys set it.
import { expect, it } from 'vitest';
import { userEvent } from 'vitest/browser';
import Chart from '../../src/components/kit/charts/Chart.svelte';
import type { ChartSpec } from '../../src/components/kit/charts/chart.ts';
import { chartScale } from '../../src/components/kit/charts/chartScale.ts';
import { only, pointer, show, violations } from './lib/shown.svelte.ts';

const spec: ChartSpec = {
  x: { label: 'way from A to B', domain: [0, 1] },
  y: { label: 'lost' },
  series: [
    { name: 'fade', color: 'pixel', kind: 'line', points: [0, 1, 2, 3, 4].map((i) => ({ x: i / 4, y: i })) },
    { name: 'walk', color: 'latent', kind: 'line', points: [0, 4].map((i) => ({ x: i / 4, y: 4 - i })) },
  ],
};
const width = 360;
const height = 200;

function chart(movable = true) {
  const set: number[] = [];
  const onscrub = (at: number): void => {
    set.push(at);
    shown.set({ cursor: { at, step: 0.25, onscrub } });
  };
  const shown = show(Chart, {
    spec,
    label: 'What is lost.',
    height,
    cursor: movable ? { at: 0.5, step: 0.25, onscrub } : { at: 0.5 },
  });
  return { ...shown, set, slider: only(shown.host, '[role=slider]') };
}

it('stands on the axis before Plot has come and after, and says every value', async () => {
  const { host, slider } = chart();
  const place = () => parseFloat(only(host, '.line').style.left);
  await expect.poll(() => host.querySelector('.line')).not.toBeNull();
  // With no still, Plot is fetched at once: the cursor stands where it drew 0.5.
  await expect.poll(() => host.querySelector('svg.plot')).not.toBeNull();
  expect(place()).toBeCloseTo(chartScale(spec, { width, height }).toX(0.5), 3);
  expect(only(host, '.at').textContent).toBe('way from A to B 0.5: fade 2, walk 2');
  expect(slider.getAttribute('aria-valuetext')).toBe('way from A to B 0.5: fade 2, walk 2');
  expect(slider.getAttribute('aria-valuenow')).toBe('0.5');
  expect(await violations(host)).toEqual([]);
});

it('a press sets it, to a step; a drag goes on', async () => {
  const { slider, set } = chart();
  const { toX } = chartScale(spec, { width, height });
  await expect.poll(() => slider.querySelector('svg.plot')).not.toBeNull();
  await userEvent.click(slider, { position: { x: toX(0.3), y: 100 } });
  expect(set).toEqual([0.25]);
  await userEvent.dragAndDrop(slider, slider, {
    sourcePosition: { x: toX(0.25), y: 100 },
    targetPosition: { x: width - 2, y: 40 },
  });
  expect(set.at(-1)).toBe(1);
});

it('keys move it, and leave what they hold with Control alone', async () => {
  const { slider, set } = chart();
  slider.focus();
  await userEvent.keyboard('{ArrowRight}{Home}{Control>}{ArrowRight}{/Control}{ArrowUp}');
  expect(set).toEqual([0.75, 0, 0.25]);
  expect(slider.getAttribute('aria-valuetext')).toBe('way from A to B 0.25: fade 1, walk 3');
});

it('one that only shows a place leaves the points to the keys and to a tap', async () => {
  const { host, slider, set } = chart(false);
  expect(only(host, '.at').textContent).toMatch(/^way from A to B 0.5/);
  await expect.poll(() => slider.querySelector('svg.plot')).not.toBeNull();
  pointer(slider, 'pointerdown', [0.2, 0.5]);
  pointer(slider, 'pointerup', [0.2, 0.5]);
  expect(only(host, '.tip').textContent.trim()).toMatch(/^(fade|walk): way/);
  slider.focus();
  await userEvent.keyboard('{Home}{ArrowRight}');
  expect(slider.getAttribute('aria-valuetext')).toMatch(/way from A to B 0\.25|way from A to B 1/);
  expect(set).toEqual([]);
});
