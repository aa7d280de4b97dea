// What a page gives to a figure, read while the site is built: where it stands, its recorded result, its study, its data.
import * as v from 'valibot';
import { placingOf } from '../../siteData/placing.ts';
import { readRecording } from '../../siteData/recordings.ts';
import type { Fields } from '../../state/figureAddress.ts';
import type { FigureDefinition } from '../kit/frame/defineFigure.ts';
import type { Placed } from '../kit/frame/figureState.svelte.ts';
import { slugOf } from '../kit/frame/placing.ts';
import { restore, type Sheet } from '../kit/frame/result.ts';

/** public/recorded/4-3/recorded.json, as tools/record/figure.ts writes it. */
interface Recorded {
  /** The shipped models that took part, by name: the sha256 of their files. */
  readonly manifests: Readonly<Record<string, string>>;
  /** By the size of their pictures. */
  readonly sheets: Readonly<Record<string, Omit<Sheet, 'src'> & { readonly file: string }>>;
  readonly result: unknown;
  readonly study?: unknown;
}

const readers = import.meta.glob<() => unknown>('./*/data.ts', { eager: true, import: 'default' });

/** The figure's data.ts, in the folder that begins with its number. */
const readerOf = (number: string): (() => unknown) | undefined =>
  Object.entries(readers).find(([path]) => path.startsWith(`./${number}-`))?.[1];

function check(schema: v.GenericSchema<unknown, unknown> | undefined, value: unknown, what: string): never {
  if (schema === undefined) return undefined as never;
  const parsed = v.safeParse(schema, value);
  if (parsed.success) return parsed.output as never;
  const [issue] = parsed.issues;
  throw new TypeError(`${what}, at ${v.getDotPath(issue) ?? 'its top'}: ${issue.message}`);
}

/** @throws TypeError where what is recorded is not what the figure shows now */
export function placeFigure<F extends Fields, R, S, D>(
  definition: FigureDefinition<F, R, S, D>,
  url: URL,
): Omit<Placed<R, S, D>, 'code'> {
  const { number, page, weights, result, study, data } = definition;
  const placing = placingOf(url, page === '' ? '' : `${page}/`, weights);
  const name = slugOf(number);
  const recorded = readRecording(name) as Recorded;
  const folder = `${placing.base}recorded/${name}/`;
  const sheets = Object.fromEntries(
    Object.entries(recorded.sheets).map(([size, { file, ...sheet }]) => [
      size,
      { ...sheet, src: folder + file },
    ]),
  );
  const again = `Record figure ${number} again (npm run record -- --only ${name}): its`;
  return {
    placing,
    recorded: check(result, restore(recorded.result, sheets, folder), `${again} result`),
    study: check(study, restore(recorded.study, sheets, folder), `${again} study`),
    data: check(data, readerOf(number)?.(), `Figure ${number}: what its data.ts reads`),
  };
}
