// Where a figure or a chapter is found: its address and its name.
import { chapters } from '../content/chapters.ts';
import { figures } from './embed/_figures.ts';

export interface Where {
  readonly label: string;
  /** Left out: still to come. */
  readonly href?: string;
}

/**
 * @param base the site's base path, ending in '/'
 * @param place a figure ("4.3"; "0.1" is home's) or a chapter ("6")
 * @throws when there is no such chapter
 */
export function whereIs(base: string, place: string): Where {
  const [number, figure] = place.split('.');
  if (number === '0') return { label: `Figure ${place}`, href: `${base}#fig-${place.replace('.', '-')}` };
  const chapter = chapters.find((candidate) => String(candidate.number) === number);
  if (chapter === undefined)
    throw new Error(`"${place}" names no chapter: expected 0 to ${chapters.length}.`);
  const label = figure === undefined ? `Chapter ${place}` : `Figure ${place}`;
  if (figure !== undefined && !figures.includes(place.replace('.', '-'))) return { label };
  if (!chapter.ready) return { label: `Chapter ${chapter.number}` };
  const fragment = figure === undefined ? '' : `#fig-${place.replace('.', '-')}`;
  return { label, href: `${base}${chapter.slug}/${fragment}` };
}
