// Where the project's source can be read, if it is published anywhere.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** SOURCE_URL, else the repository of package.json, if there is one. */
export function sourceUrl(): string | undefined {
  const fromEnvironment = process.env['SOURCE_URL'];
  if (fromEnvironment !== undefined && fromEnvironment !== '') return fromEnvironment;
  const { repository } = JSON.parse(readFileSync(join(process.cwd(), 'package.json'), 'utf8')) as {
    repository?: string | { url?: string };
  };
  const url = typeof repository === 'string' ? repository : repository?.url;
  return url?.replace(/^git\+/, '').replace(/\.git$/, '');
}

/** The address of some lines of a file, in the way of GitHub; undefined when the source is not published. */
export function sourceHref(path: string, line: number, endLine: number): string | undefined {
  const url = sourceUrl();
  return url === undefined ? undefined : `${url}/blob/main/${path}#L${line}-L${endLine}`;
}
