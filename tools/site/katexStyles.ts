// KaTeX's stylesheet with only the fonts that the notebook's formulas use, and those in one format.
import type { Plugin } from 'vite';

const kept =
  /KaTeX_(Main-Regular|Main-Bold|Math-Italic|Caligraphic-Regular|AMS-Regular|Size[1-4]-Regular)\.woff2/;
/** Preloaded by the chapters, and present from the first paint; the others are single signs that may come a moment later. */
const atOnce = /KaTeX_(Main|Math)-/;

/** Drops every font face but the kept ones, and of those every file but the woff2. */
export function trimKatexFonts(css: string): string {
  return css.replace(/@font-face\s*\{[^}]*\}/g, (face) => {
    const url = /url\(["']?([^"')]*\.woff2)["']?\)/.exec(face)?.[1];
    if (url === undefined || !kept.test(url)) return '';
    const display = atOnce.test(url) ? 'optional' : 'block';
    return face
      .replace(/font-display:[^;}]*;?/, '')
      .replace(/src:[^;}]*/, `src:url("${url}") format("woff2");font-display:${display}`);
  });
}

export function katexStyles(): Plugin {
  return {
    name: 'noisebook-katex-styles',
    enforce: 'pre',
    transform(code, id) {
      return /\/katex\/dist\/katex(\.min)?\.css$/.test(id)
        ? { code: trimKatexFonts(code), map: null }
        : undefined;
    },
  };
}
