// Tells a cell where it stands; called by the .astro file that places it.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Placing } from '../components/kit/frame/placing.ts';

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
