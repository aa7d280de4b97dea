// The headers and the inline-script hashes that the build writes.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  formatHeaders,
  headersFor,
  pagePolicy,
  parseHeaders,
  siteHeaders,
} from '../../../tools/site/headers.ts';
import { withMetaPolicy } from '../../../tools/site/metaPolicy.ts';
import { inlineHandlers, inlineScripts, scriptHash } from '../../../tools/site/inlineScripts.ts';

const pages = [
  { path: '', scriptHashes: ['AAA='] },
  { path: 'model/', scriptHashes: [] },
  { path: 'embed/1-1/', scriptHashes: [] },
  { path: '404.html', scriptHashes: [] },
];
const files = [
  'index.html',
  'model/index.html',
  'embed/1-1/index.html',
  'embed/1-1/own picture.webp',
  '404.html',
  'card/faces/worst.webp',
  'references.bib',
  'recorded/1-1/pictures.webp',
  'pictures/full/cat.webp',
  'favicon.svg',
  '_astro/a.js',
  '_worker/main.js',
  'weights/x/unet/config.json',
  'sw.js',
];
const rules = siteHeaders('/book/', pages, files);
const at = (path: string): Map<string, string> => new Map(headersFor(rules, `/book/${path}`));

describe('site headers', () => {
  it('survive being written and read', () => {
    expect(parseHeaders(formatHeaders(rules))).toEqual(rules);
  });

  it('name no header twice for one path', () => {
    for (const path of ['', 'model/', 'embed/1-1/', 'other', ...files]) {
      const names = headersFor(rules, `/book/${path}`).map(([name]) => name);
      expect(new Set(names).size, path).toBe(names.length);
      expect(names, path).toContain('Cross-Origin-Embedder-Policy');
    }
  });

  it('let a page run its own inline scripts and no others, and nothing from elsewhere', () => {
    const [home, model] = ['', 'model/'].map((path) => at(path).get('Content-Security-Policy') ?? '');
    const scripts = (policy = ''): string => policy.split('; ').find((d) => d.startsWith('script-src')) ?? '';
    expect(scripts(home)).toBe("script-src 'self' 'wasm-unsafe-eval' 'sha256-AAA='");
    expect(scripts(model)).toBe("script-src 'self' 'wasm-unsafe-eval'");
    expect(pagePolicy([])).not.toMatch(/https?:|\*/);
  });

  it('let other sites frame a figure alone, and no other page', () => {
    expect(at('embed/1-1/').get('Content-Security-Policy')).toMatch(/frame-ancestors \*/);
    expect(at('embed/1-1/').get('Cross-Origin-Resource-Policy')).toBe('cross-origin');
    for (const path of ['', 'model/']) {
      expect(at(path).get('Content-Security-Policy')).toMatch(/frame-ancestors 'self'/);
      expect(at(path).get('Cross-Origin-Resource-Policy')).toBe('same-origin');
    }
  });

  it('say of every file whose it is, and of every page what it may do, by the name of its file too', () => {
    for (const file of files) {
      const framed = file.endsWith('.html') && file.startsWith('embed/');
      const whose = framed ? 'cross-origin' : 'same-origin';
      expect(at(file).get('Cross-Origin-Resource-Policy'), file).toBe(whose);
      if (!file.endsWith('.html')) continue;
      const address = file.replace(/(^|\/)index\.html$/, '$1');
      expect(at(file).get('Content-Security-Policy'), file).toMatch(/script-src/);
      expect(at(file), file).toEqual(at(address));
    }
  });

  it('refuse a line that is neither path nor header', () => {
    expect(() => parseHeaders('/*\n  A: b\nnonsense')).toThrow(/line 3/);
    expect(() => parseHeaders('  A: b')).toThrow(/line 1/);
  });
});

describe('the policy in the page', () => {
  const html =
    '<!DOCTYPE html><html><head><meta charset="utf-8"><title>x</title><script>a()</script></head></html>';

  it('stands before everything that it judges, and leaves framing to the header', () => {
    const page = withMetaPolicy(html, ['AAA='], 'x.html');
    const policy =
      /<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="([^"]*)"><title>/.exec(
        page,
      )?.[1];
    expect(policy).toContain("script-src 'self' 'wasm-unsafe-eval' 'sha256-AAA='");
    expect(`${policy ?? ''}; frame-ancestors 'self'`).toBe(pagePolicy(['AAA=']));
    expect(inlineScripts(page)).toEqual(inlineScripts(html));
  });

  it('is missed by no page', () => {
    for (const broken of [
      '<html><head><title>x</title></head></html>',
      html.replace('<head>', '<head><script>b()</script>'),
    ]) {
      expect(() => withMetaPolicy(broken, [], 'x.html')).toThrow(/x\.html: expected <meta charset/);
    }
  });
});

describe('inline scripts', () => {
  const html = `<!doctype html><script>a < b;</script><script type="module">\nrun()\n</script>
    <script src="/x.js"></script><script type="module" src='y.js'></script><script type="application/json">{"a":1}</script>
    <SCRIPT type=text/javascript>c()</SCRIPT>`;

  it('are found as the browser will hash them', () => {
    expect(inlineScripts(html)).toEqual(['a < b;', '\nrun()\n', 'c()']);
    expect(scriptHash('c()')).toBe(createHash('sha256').update('c()').digest('base64'));
  });

  it('handlers in attributes are found, in script text not', () => {
    expect(inlineHandlers('<p>x</p><button class="a" onclick="go()">go</button>')).toEqual(['onclick']);
    expect(inlineHandlers('<script>"<a onclick=1>"</script><p data-only="x">no</p>')).toEqual([]);
  });
});
