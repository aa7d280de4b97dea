// The site's HTTP headers: made at build time as a `_headers` file (the format of Netlify and Cloudflare Pages), read by serve.ts.

/** Where the build puts the scripts that start workers, below the site's root. */
export const workerFolder = '_worker';

export interface HeaderRule {
  /** A path below the site's root; a `*` at its end stands for any rest. */
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

const policy = (directives: readonly string[]): string => directives.join('; ');

/**
 * The content security policy of a page: everything from the site itself, WebAssembly allowed, inline scripts only by
 * their hash. Svelte and Plot set style attributes, hence the one `unsafe-inline`.
 * @param scriptHashes base64 SHA-256 digests of the page's inline scripts
 * @param framed whether other sites may show the page in a frame
 */
export function pagePolicy(scriptHashes: readonly string[], framed = false): string {
  const hashes = scriptHashes.map((hash) => `'sha256-${hash}'`);
  return policy([
    "default-src 'self'",
    ["script-src 'self' 'wasm-unsafe-eval'", ...hashes].join(' '),
    "worker-src 'self' blob:",
    "connect-src 'self'",
    "img-src 'self' data: blob:",
    "style-src 'self' 'unsafe-inline'",
    "font-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    framed ? 'frame-ancestors *' : "frame-ancestors 'self'",
  ]);
}

/**
 * The policy of the compute worker, which has no page to inject into. TensorFlow.js starts its wasm threads from a blob,
 * and each thread imports one more: `blob:` is allowed here so that no page has to allow it.
 */
export const workerPolicy = policy([
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval' blob:",
  "worker-src 'self' blob:",
  "connect-src 'self'",
]);

/**
 * The policy as a page can say it of itself, for hosts and addresses where the headers are not sent. Who may frame the page
 * can only be said in a header: browsers ignore it here, and complain.
 */
export function metaPolicy(scriptHashes: readonly string[]): string {
  return pagePolicy(scriptHashes)
    .split('; ')
    .filter((directive) => !directive.startsWith('frame-ancestors'))
    .join('; ');
}

/** Pages that are made for a frame on somebody else's site, by their path below the site's root. */
const isFramed = (path: string): boolean => path.startsWith('embed/');

export interface BuiltPage {
  /** Its path below the site's root, without a slash in front: `` for home, `model/`, `404.html`. */
  readonly path: string;
  readonly scriptHashes: readonly string[];
}

/** Every address that a host may serve a page under: its folder, and the file in it. */
const spellings = (path: string): string[] =>
  path === '' || path.endsWith('/') ? [path, `${path}index.html`] : [path];

/** Folders and files with rules of their own. */
const ruled = new Set(['_astro', workerFolder, 'weights', 'sw.js', '_headers']);

/**
 * Paths of rules that reach every file that is no page: a whole folder where no page lies in it, else the file alone.
 */
function pathsOfFiles(files: readonly string[]): string[] {
  const isPage = (file: string): boolean => /\.html$/i.test(file);
  const top = (file: string): string => file.split('/')[0] ?? '';
  const withPages = new Set(files.filter(isPage).map(top));
  const paths = files
    .filter((file) => !isPage(file) && !ruled.has(top(file)))
    .map((file) => (file.includes('/') && !withPages.has(top(file)) ? `${top(file)}/*` : file));
  return [...new Set(paths)].sort();
}

/**
 * All rules of the site. No header is named by two rules that fit the same path, because hosts differ in what they make
 * of that.
 * @param base the site's path, with a slash at both ends
 * @param files all built files, as paths below the site's root
 */
export function siteHeaders(
  base: string,
  pages: readonly BuiltPage[],
  files: readonly string[] = [],
): HeaderRule[] {
  const rule = (path: string, ...headers: [string, string][]): HeaderRule => ({ path: base + path, headers });
  // A page that asks for isolation may only frame what says that it may be framed.
  const usedBy = (whom: 'same-origin' | 'cross-origin'): [string, string] => [
    'Cross-Origin-Resource-Policy',
    whom,
  ];
  const own = usedBy('same-origin');
  const immutable: [string, string] = ['Cache-Control', 'public, max-age=31536000, immutable'];
  return [
    rule(
      '*',
      ['Cross-Origin-Opener-Policy', 'same-origin'],
      ['Cross-Origin-Embedder-Policy', 'require-corp'],
      ['X-Content-Type-Options', 'nosniff'],
      ['Referrer-Policy', 'no-referrer'],
      ['Permissions-Policy', 'camera=(), geolocation=(), microphone=(), payment=(), usb=()'],
    ),
    ...pages.flatMap(({ path, scriptHashes }) =>
      spellings(path).map((spelling) =>
        rule(
          spelling,
          ['Content-Security-Policy', pagePolicy(scriptHashes, isFramed(path))],
          usedBy(isFramed(path) ? 'cross-origin' : 'same-origin'),
        ),
      ),
    ),
    // Named by their content.
    rule('_astro/*', immutable, own),
    rule(`${workerFolder}/*`, immutable, own, ['Content-Security-Policy', workerPolicy]),
    // The compute worker checks these by checksum and keeps them itself.
    rule('weights/*', own, ['Cache-Control', 'no-cache']),
    ...pathsOfFiles(files).map((path) => rule(path, own)),
    rule(
      'sw.js',
      own,
      ['Cache-Control', 'no-cache'],
      ['Content-Security-Policy', policy(["default-src 'self'"])],
    ),
  ];
}

export function formatHeaders(rules: readonly HeaderRule[]): string {
  const blocks = rules.map(({ path, headers }) =>
    [path, ...headers.map(([name, value]) => `  ${name}: ${value}`)].join('\n'),
  );
  return `${blocks.join('\n\n')}\n`;
}

/** Reads a `_headers` file. @throws when a line is neither a path, a header below one, a comment nor empty */
export function parseHeaders(text: string): HeaderRule[] {
  const rules: { path: string; headers: [string, string][] }[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.trimStart().startsWith('#')) continue;
    const header = /^\s+([^\s:]+):\s*(.*\S)\s*$/.exec(line);
    if (header !== null && rules.length > 0) {
      rules.at(-1)?.headers.push([header[1] ?? '', header[2] ?? '']);
    } else if (line.startsWith('/')) {
      rules.push({ path: line.trim(), headers: [] });
    } else {
      throw new Error(
        `_headers, line ${index + 1}: expected a path or an indented "Name: value", came "${line}".`,
      );
    }
  }
  return rules;
}

/** The headers for a path such as `/model/`. */
export function headersFor(rules: readonly HeaderRule[], path: string): [string, string][] {
  const fits = (pattern: string): boolean =>
    pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : path === pattern;
  return rules
    .filter((rule) => fits(rule.path))
    .flatMap((rule) => rule.headers.map(([n, v]): [string, string] => [n, v]));
}
