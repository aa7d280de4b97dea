// Says below a figure that its code has not arrived. What was recorded is there without it, but no control answers.
import { PART_MS } from '../../loading/loadPart.ts';

const SENTENCE =
  'The code of this figure has not arrived: what was recorded is shown, and its controls do nothing yet. Check the connection, then reload the page.';

/** What this needs of an island, which is how the page holds a figure; tests bring their own. */
export type Island = Pick<HTMLElement, 'children' | 'addEventListener'>;

/**
 * Watches one figure from when it comes on screen, which is when its code is fetched at the latest.
 * @param say shows the sentence; returns what takes it back, should the code come after all
 */
export function watchIsland(
  island: Island,
  say: (sentence: string) => () => void,
  Observer: typeof IntersectionObserver = IntersectionObserver,
): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let takeBack: (() => void) | undefined;
  const observer = new Observer((entries) => {
    if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
    observer.disconnect();
    timer = setTimeout(late, PART_MS);
  });
  const over = (): void => {
    observer.disconnect();
    clearTimeout(timer);
  };
  const late = (): void => {
    over();
    takeBack ??= say(SENTENCE);
  };
  // An island has no box of its own.
  for (const child of island.children) observer.observe(child);
  island.addEventListener('astro:hydration-error', late);
  island.addEventListener('astro:hydrate', () => {
    over();
    takeBack?.();
  });
}

/** Watches all figures of the page whose code is not here yet. */
export function watchFigures(): void {
  for (const island of document.querySelectorAll<HTMLElement>('astro-island[ssr]')) {
    watchIsland(island, (sentence) => {
      const line = document.createElement('p');
      line.className = 'late-figure';
      line.setAttribute('role', 'alert');
      line.textContent = sentence;
      island.after(line);
      return () => line.remove();
    });
  }
}
