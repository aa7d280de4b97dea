// "Try" as a link: a state of a figure that words on the page set in place, and that Undo takes back.
//
// The link is an address like any other (`?t=999&seed=8#fig-1-1`), so it works without script and in a new tab. Where its
// figure stands on this page, a click sets it instead and brings it into sight.
import { slugOf } from './placing.ts';

/** The context under which a figure's own words find its number. */
export const FIGURE_NUMBER = Symbol('figure number');

/** What of a cell words can set. */
export interface Settable {
  /** Takes over what a query says of this figure; returns what was not understood, to be shown. */
  apply?(query: string): void;
}

interface Standing {
  readonly cell: Settable;
  readonly element: Element;
}

const standing = new Map<string, Standing>();
/** What was set of figures that are on the page and not alive yet. */
const waiting = new Map<string, string>();
let listens = false;

export const setHref = (number: string, set: string): string => `?${set}#fig-${slugOf(number)}`;

/** A figure is there: links to its states set it from now on. Returns what undoes it. */
export function followSets(number: string, cell: Settable, element: Element): () => void {
  if (!listens) document.addEventListener('click', follow);
  listens = true;
  standing.set(number, { cell, element });
  const query = waiting.get(number);
  waiting.delete(number);
  if (query !== undefined) cell.apply?.(query);
  return () => standing.delete(number);
}

function follow(event: MouseEvent): void {
  const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
  const link =
    event.target instanceof Element ? event.target.closest<HTMLAnchorElement>('a[data-set]') : null;
  if (link === null || !plain || event.defaultPrevented) return;
  const { set = '', figure = '' } = link.dataset;
  const there = standing.get(figure);
  const element = there?.element ?? document.getElementById(`fig-${slugOf(figure)}`);
  if (element === null || (there !== undefined && there.cell.apply === undefined)) return;
  event.preventDefault();
  if (there === undefined) waiting.set(figure, set);
  else there.cell.apply?.(set);
  // From words inside the figure the eye is there already.
  if (!element.contains(link))
    element.scrollIntoView({ block: 'start', behavior: calm() ? 'auto' : 'smooth' });
}

const calm = (): boolean => matchMedia('(prefers-reduced-motion: reduce)').matches;
