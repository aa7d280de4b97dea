// Tells a cell where it stands; called by the .astro file that places it.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where a figure stands: what the page knows and tells it when the site is built. */
export interface Placing {
  /** Level of the figure's heading. */
  readonly level: 1 | 2 | 3;
  /** The site's path, with a slash at both ends. */
  readonly base: string;
  /** The page of the notebook that has the figure, below `base`: "compression/"; empty for home. */
  readonly page: string;
  /** True on the figure's own page, made for an iframe. */
  readonly embed: boolean;
  /** The model whose results the figure shows; `hash` is the start of its manifest's sha256. */
  readonly model?: { readonly name: string; readonly hash: string; readonly title?: string };
}

/** The start of a manifest's sha256: names a model's exact weights in a link. */
export function modelHash(name: string): string {
  const bytes = readFileSync(join(process.cwd(), 'public/weights', name, 'manifest.json'));
  return createHash('sha256').update(bytes).digest('hex').slice(0, 8);
}

/**
 * @param url Astro.url
 * @param page the notebook's page with the figure, below the site's base: "compression/"; empty for home
 * @param model name of the model that the figure runs, if it runs one
 */
export function placingOf(url: URL, page: string, model?: string): Placing {
  const base = import.meta.env.BASE_URL.replace(/\/?$/, '/');
  const embed = url.pathname.slice(base.length).startsWith('embed/');
  return {
    level: embed ? 1 : page === '' ? 2 : 3,
    base,
    page,
    embed,
    ...(model !== undefined && { model: { name: model, hash: modelHash(model) } }),
  };
}
