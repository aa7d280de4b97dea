// A figure's state in the page's address: `?4.3.face=12&seed=7`. Own values are named for the figure, shared ones not.
//
// What comes from an address is somebody else's text: what is not understood is left out, and `notices` says so.
import type { Field, Fields, ValuesOf } from './fields.ts';

export { choice, decimal, flag, numbers, plain, prompt, shared, text, whole, within } from './fields.ts';
export type { Field, Fields, ValuesOf } from './fields.ts';

/** Longest value that is looked at, in UTF-16 units. */
const MAX_LENGTH = 2000;

export interface FigureAddress<F extends Fields> {
  /** The values that the address gives; a key that is missing was not given. */
  readonly given: Partial<ValuesOf<F>>;
  /** Sentences about what was not understood; to be shown. */
  readonly notices: readonly string[];
}

/** The name of a field in the query. */
function keyOf(figure: string, name: string, field: Field<unknown>): string {
  return field.shared === true || field.plain !== undefined ? name : `${figure}.${name}`;
}

/** Reads the values of figure `figure` ("4.3") from a query. */
export function readFigure<F extends Fields>(search: string, figure: string, fields: F): FigureAddress<F> {
  const query = new URLSearchParams(search);
  const notices: string[] = [];
  const given: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) {
    const key = keyOf(figure, name, field);
    const written = query.get(key);
    if (written === null) continue;
    const value = field.parse(written.slice(0, MAX_LENGTH));
    const notice = field.notice
      ? field.notice(key, written, value)
      : value === undefined &&
        `The address has no usable ${key}: expected ${field.expected}. Using the figure’s own.`;
    if (typeof notice === 'string') notices.push(notice);
    if (value !== undefined) given[name] = value;
  }
  return { given: given as Partial<ValuesOf<F>>, notices };
}

/**
 * The query that says `values`. Keys of other figures, a backend and a teacher's `hide` stay as they are.
 * @param values undefined for a shared value that nobody has set
 * @param options `all`: also own values that the figure has anyway, for a link that must outlive a change of them
 */
export function writeFigure<F extends Fields>(
  search: string,
  figure: string,
  fields: F,
  values: { readonly [K in keyof F]: ValuesOf<F>[K] | undefined },
  { all = false }: { readonly all?: boolean } = {},
): string {
  const query = new URLSearchParams(search);
  for (const [name, field] of Object.entries(fields)) {
    const key = keyOf(figure, name, field);
    const value = values[name];
    const written = value === undefined ? undefined : field.format(value);
    // Cells that share a value may each have another fallback: what is set is always written.
    const always = all || field.shared === true || field.plain === 'always';
    const needed = always || written !== field.format(field.fallback);
    if (written !== undefined && needed) query.set(key, written);
    else query.delete(key);
  }
  const said = query.toString();
  return said === '' ? '' : `?${said}`;
}

/** Puts `query` into the page's address without a new entry in the history. */
export function replaceQuery(query: string): void {
  const { pathname, search, hash } = window.location;
  if (query === search) return;
  try {
    window.history.replaceState(window.history.state, '', pathname + query + hash);
  } catch {
    // Safari allows 100 changes in 30 seconds. The address is behind until the next change; nothing else is.
  }
}
