// The one address of each page and file: what a request names, whatever way it is spelled.

/** The path as it stands in an address. */
export const encodePath = (path: string): string => path.split('/').map(encodeURIComponent).join('/');

export interface SiteAddress {
  /** Decoded, with neither empty parts, `.` nor `index.html`: `/train/`. */
  readonly path: string;
  /** Whether it was asked for by another spelling, which should be led to this one. */
  readonly respelled: boolean;
}

/** The address that a request's target means; undefined when it is not a path that a browser would ask for. */
export function siteAddress(url: string): SiteAddress | undefined {
  let asked: string;
  try {
    asked = decodeURIComponent(url.replace(/[?#].*$/s, ''));
  } catch {
    return undefined;
  }
  const parts = asked.split('/');
  if (!asked.startsWith('/') || /[\0\\]/.test(asked) || parts.includes('..')) return undefined;
  const last = parts.at(-1) ?? '';
  const named = parts.filter((part) => part !== '' && part !== '.');
  const isFolder = last === '' || last === '.';
  // Hosts and disks that don't tell capitals apart serve this file under all its spellings.
  const isIndex = !isFolder && /^index\.html?$/i.test(last);
  if (isIndex) named.pop();
  const path = `/${named.join('/')}${(isFolder || isIndex) && named.length > 0 ? '/' : ''}`;
  return { path, respelled: path !== asked };
}
