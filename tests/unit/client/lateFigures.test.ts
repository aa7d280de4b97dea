// A figure whose code does not arrive says so, and takes it back when it comes after all.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { watchIsland, type Island } from '../../../src/components/site/lateFigures.ts';
import { PART_MS } from '../../../src/loading/loadPart.ts';

/** A figure on a page: `appear` brings it on screen, `tell` is an event of its island, `said` is what stands below it. */
function figure(): { appear: () => void; tell: (event: string) => void; said: () => string | undefined } {
  let said: string | undefined;
  let report: IntersectionObserverCallback = () => undefined;
  class Observer {
    constructor(callback: IntersectionObserverCallback) {
      report = callback;
    }
    observe(): void {
      // Reports when the test says so.
    }
    disconnect(): void {
      report = () => undefined;
    }
  }
  const island = Object.assign(new EventTarget(), { children: [{}] });
  watchIsland(
    island as unknown as Island,
    (sentence) => {
      said = sentence;
      return () => (said = undefined);
    },
    Observer as unknown as typeof IntersectionObserver,
  );
  return {
    appear: () => report([{ isIntersecting: true } as IntersectionObserverEntry], {} as IntersectionObserver),
    tell: (event) => island.dispatchEvent(new Event(event)),
    said: () => said,
  };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('code that never arrives: said once the figure was on screen for so long', () => {
  const { appear, said } = figure();
  vi.advanceTimersByTime(2 * PART_MS);
  expect(said()).toBeUndefined();
  appear();
  vi.advanceTimersByTime(PART_MS - 1);
  expect(said()).toBeUndefined();
  vi.advanceTimersByTime(1);
  expect(said()).toMatch(/has not arrived.*reload the page/);
});

test('code that comes in time, or before the figure is seen: nothing is said', () => {
  for (const seen of [true, false]) {
    const { appear, tell, said } = figure();
    if (seen) appear();
    tell('astro:hydrate');
    appear();
    vi.advanceTimersByTime(2 * PART_MS);
    expect(said()).toBeUndefined();
  }
});

test('code that comes late takes the sentence back', () => {
  const { appear, tell, said } = figure();
  appear();
  vi.advanceTimersByTime(PART_MS);
  expect(said()).toBeDefined();
  tell('astro:hydrate');
  expect(said()).toBeUndefined();
});

test('code that fails is said at once', () => {
  const { tell, said } = figure();
  tell('astro:hydration-error');
  expect(said()).toMatch(/has not arrived/);
});
