// Where a cell stands: what the page knows and tells it at build time.

import type { Placing } from '../../../siteData/placing.ts';

export type { Placing } from '../../../siteData/placing.ts';

/** "4.3" as it stands in addresses: "4-3". */
export const slugOf = (number: string): string => number.replace('.', '-');

/** The address of a figure: on its page of the notebook, or on a page of its own. */
export function figureHref({ base, page }: Placing, number: string, query: string, embed: boolean): string {
  return embed ? `${base}embed/${slugOf(number)}/${query}` : `${base}${page}${query}#fig-${slugOf(number)}`;
}

/** The query with the name of the model that the figure runs, so that a link can say when it has changed. */
export function withModel(query: string, { model }: Placing): string {
  if (model === undefined) return query;
  const all = new URLSearchParams(query);
  all.set('model', `${model.name}-${model.hash}`);
  return `?${all.toString()}`;
}

/** The query that opens the figure alone and large; see styles/present.css. */
export const withPresent = (query: string): string => `${query === '' ? '?' : `${query}&`}present`;

/** A sentence when the address was made with another model than the page has; undefined when it was not. */
export function otherModel(search: string, { model }: Placing): string | undefined {
  const asked = new URLSearchParams(search).get('model');
  if (asked === null || model === undefined || asked === `${model.name}-${model.hash}`) return undefined;
  const named = /^[a-z0-9-]{1,80}$/.test(asked) ? ` (${asked})` : '';
  const whose = /^own-[a-z0-9]{6,40}-[0-9a-f]{8}$/.test(asked)
    ? ' It was a model of the reader who made the link: with its zip you can open it in chapter 8.'
    : '';
  return `This link was made with another model${named}: here runs ${model.name}-${model.hash}, and its pictures may differ.${whose}`;
}
