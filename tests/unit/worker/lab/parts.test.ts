// Small parts of the lab: batches of events, milestones, shares of time, the map, what requests are refused.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { pca, project, Rng } from '@noisebook/ldm/numbers';
import type { LabEvent } from '../../../../src/engine/protocol/lab.ts';
import { readRequest } from '../../../../src/compute/jobs.ts';
import { EventBatcher } from '../../../../src/lab/worker/eventBatcher.ts';
import { alignSigns, principalCoordinates } from '../../../../src/lab/worker/latentMap.ts';
import { milestones, passesMilestone, TimeShare } from '../../../../src/lab/worker/previewSchedule.ts';
import { timeSteps } from '../../../../src/lab/worker/probe.ts';
import { dataset, recipe, step } from '../../runs/example.ts';
import { fakeMaker } from './fakeRun.ts';

describe('events in batches', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('the first at once, then ten messages a second, in order, none left over', () => {
    const batches: (readonly LabEvent[])[] = [];
    const batcher = new EventBatcher((events) => batches.push(events));
    for (let i = 1; i <= 300; i++) {
      batcher.add(step('denoiser', i));
      vi.advanceTimersByTime(10);
    }
    batcher.flush();
    expect(batches[0]).toHaveLength(1);
    expect(batches.length).toBeLessThanOrEqual(32);
    expect(batches.flat()).toEqual(Array.from({ length: 300 }, (_, i) => step('denoiser', i + 1)));
  });

  test('what waits is sent though nothing more comes', () => {
    const batches: (readonly LabEvent[])[] = [];
    const batcher = new EventBatcher((events) => batches.push(events));
    batcher.add(step('denoiser', 1));
    batcher.add(step('denoiser', 2));
    expect(batches).toHaveLength(1);
    vi.advanceTimersByTime(150);
    expect(batches).toHaveLength(2);
    vi.advanceTimersByTime(1000);
    expect(batches).toHaveLength(2);
  });
});

test('milestones lie further and further apart and end with the phase', () => {
  for (const steps of [1, 5, 100, 12_000]) {
    const points = milestones(steps);
    expect(points.length).toBeLessThanOrEqual(24);
    expect(points.at(-1)).toBe(steps);
    const gaps = points.map((point, i) => point - (points[i - 1] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThan(0);
    expect(gaps.at(-1)).toBeGreaterThanOrEqual(gaps[0]!);
  }
  expect(passesMilestone([5, 10], 5, 9)).toBe(false);
  expect(passesMilestone([5, 10], 5, 10)).toBe(true);
  expect(passesMilestone([5, 10], 4, 20)).toBe(true);
});

test('a share of the time, however long each takes', () => {
  const share = new TimeShare(0.1);
  let [now, spent] = [0, 0];
  for (const cost of [50, 50, 100, 20, 300, 50, 50]) {
    while (!share.allows(now)) now++;
    share.took(now, now + cost);
    now += cost;
    spent += cost;
  }
  while (!share.allows(now)) now++;
  // The first time is forgiven three quarters.
  expect((spent - 50) / now).toBeLessThanOrEqual(0.101);
  expect(now).toBeLessThan(10 * spent);
});

test('the map has the coordinates of a principal component analysis', () => {
  const [count, dimensions] = [20, 6];
  const rng = new Rng(3);
  const points = rng
    .fillNormal(new Float32Array(count * dimensions))
    .map((x, i) => x * (1 + (i % dimensions)));
  const map = principalCoordinates(points, count);
  const components = pca(points, count, 2);
  for (const axis of [0, 1]) {
    const expected = Array.from(
      { length: count },
      (_, i) => project(components, points.subarray(i * dimensions, (i + 1) * dimensions))[axis]!,
    );
    const sign = Math.sign(expected[0]! * map[axis]!);
    for (const [i, value] of expected.entries()) expect(sign * map[2 * i + axis]!).toBeCloseTo(value, 3);
  }
  const turned = map.map((x, i) => (i % 2 === 0 ? -x : x));
  alignSigns(turned, map);
  expect(turned).toEqual(map);
  expect(principalCoordinates(new Float32Array(12).fill(3), 4)).toEqual(new Float32Array(8));
});

test('a probe trains a short run of the same recipe and leaves nothing behind', async () => {
  const { maker, made } = fakeMaker();
  const timings = await timeSteps(maker, { ...recipe, images: 40 }, 2, new AbortController().signal);
  expect(timings).toMatchObject({ msPerAutoencoderStep: 1, msPerDenoiserStep: 1 });
  expect(timings.msEncodeAll).toBeGreaterThanOrEqual(0);
  expect(made).toMatchObject([{ phase: 'denoiser', step: 3, disposed: true }]);
});

describe('requests', () => {
  const create = { id: 'abcdef', name: ' Mine ', recipe, dataset };
  const fits = { ...recipe, factor: 4, autoencoderWidth: 8 } as const;

  test('what fits is taken', () => {
    expect(readRequest('lab-create', { ...create, recipe: fits })).toMatchObject({ name: 'Mine' });
    expect(readRequest('lab-train', { runId: 'abcdef', mode: 'slow' })).toBeDefined();
    expect(readRequest('lab-probe', { recipe: fits })).toEqual({ recipe: fits });
  });

  test.each([
    ['lab-create', { ...create, id: '../etc' }, /letters and digits/],
    ['lab-create', { ...create, name: ' ' }, /expected a name/],
    ['lab-create', { ...create, recipe: { ...recipe, images: 7 } }, /at least as many pictures/],
    ['lab-create', { ...create, recipe: { ...recipe, learningRate: Number.NaN } }, /learningRate/],
    ['lab-create', { ...create, recipe: { ...recipe, width: 1e9 } }, /width/],
    ['lab-create', { ...create, dataset: { ...dataset, pixels: new Uint8Array(3) } }, /three bytes/],
    ['lab-create', { ...create, dataset: { ...dataset, captions: [['one']] } }, /as many as pictures/],
    ['lab-create', { ...create, dataset: { ...dataset, captions: [] } }, /expected captions/],
    ['lab-train', { runId: 'abcdef', mode: 'fast' }, /mode/],
    ['lab-train', { runId: 7, mode: 'run' }, /runId/],
    ['lab-export', { runId: 'abcdef', snapshot: -1 }, /snapshot/],
    ['lab-memory', { call: 'format' }, /call/],
  ] as const)('%s refuses %#', (job, request, reason) => {
    expect(() => readRequest(job, request)).toThrow(reason);
  });
});
