// Sets the formulas of the chapters at build time: TeX in, HTML with MathML out, the five meanings in their colours, live numbers.
import katex from 'katex';
import { defineHastPlugin, type HastNode, type HastPluginEntry } from 'satteri';

/** What a chapter may write in `$...$`, on top of TeX: the symbols that wear a meaning, and a live number. */
const symbols: Readonly<Record<string, string>> = {
  '\\xt': '\\htmlClass{m-pixel}{x_t}',
  '\\xzero': '\\htmlClass{m-pixel}{x_0}',
  '\\zt': '\\htmlClass{m-latent}{z_t}',
  '\\zzero': '\\htmlClass{m-latent}{z_0}',
  '\\eps': '\\htmlClass{m-noise}{\\epsilon}',
  '\\epshat': '\\htmlClass{m-prediction}{\\hat\\epsilon}',
  '\\xhat': '\\htmlClass{m-prediction}{\\hat x_0}',
  '\\zhat': '\\htmlClass{m-prediction}{\\hat z_0}',
  '\\cc': '\\htmlClass{m-text}{c}',
  '\\abar': '\\bar\\alpha_t',
  '\\E': '\\mathbb{E}',
  '\\N': '\\mathcal{N}',
};

const trusted = new Set(['\\htmlClass', '\\htmlData']);
/** `\live{name}{value}`, and the longer way to say it. */
const liveNumber = /\\(?:live|htmlData)\s*\{(?:live=)?([\w.-]+)\}\s*\{([^{}]*)\}/g;
const mark = /<mtext>@@(\d+)@@<\/mtext>/g;

const escape = (text: string): string =>
  text.replace(/[&<>"]/g, (sign) => `&#${String(sign.charCodeAt(0))};`);

function render(tex: string, displayMode: boolean, output: 'html' | 'mathml'): string {
  return katex.renderToString(tex, {
    output,
    displayMode,
    macros: { ...symbols },
    throwOnError: true,
    strict: (code: string) => (code === 'htmlExtension' ? 'ignore' : 'error'),
    trust: ({ command }) => trusted.has(command),
  });
}

/** A displayed formula in the pieces between which a narrow screen may break it: before every "=" but the first. */
function piecesOf(tex: string): readonly string[] {
  const pieces = [''];
  let depth = 0;
  let equals = 0;
  for (const sign of tex) {
    if (sign === '{') depth++;
    if (sign === '}') depth--;
    // The empty group keeps the space that a relation has on its left.
    if (sign === '=' && depth === 0 && ++equals > 1) pieces.push('{}');
    pieces.push((pieces.pop() ?? '') + sign);
  }
  return pieces;
}

/**
 * A formula as HTML for eyes and MathML for screen readers. A live number has its `data-live` in both, so that what is
 * read aloud is as new as what is seen.
 * @param tex TeX with the symbols above; `\live{1.1.abar}{0.62}` is a number that a figure keeps up to date
 * @throws when the TeX is broken: the build stops and names the formula
 */
export function formula(tex: string, displayMode: boolean): string {
  const numbers: { name: string; value: string }[] = [];
  try {
    const shown = tex.replace(
      liveNumber,
      // No "=" of its own at the top: that of the attribute is inside braces.
      (_, name: string, value: string) => `\\htmlData{live=${name}}{${value}}`,
    );
    const pieces = displayMode ? piecesOf(shown) : [shown];
    const seen = pieces.map((piece) => render(piece, displayMode, 'html')).join(' ');
    const marked = tex.replace(liveNumber, (_, name: string, value: string) => {
      numbers.push({ name, value });
      return `\\text{@@${String(numbers.length - 1)}@@}`;
    });
    const read = render(marked, displayMode, 'mathml')
      .replace(/<annotation[\s\S]*?<\/annotation>/g, '')
      .replace(mark, (_, index: string) => {
        const number = numbers[Number(index)];
        return number === undefined
          ? ''
          : `<mn data-live="${escape(number.name)}">${escape(number.value.replace(/[\\{}]/g, ''))}</mn>`;
      });
    if (numbers.length > 0 && read.includes('@@')) throw new Error('a live number got lost in the MathML');
    const both = `<span class="formula-read">${read}</span>${seen}`;
    return displayMode
      ? `<span class="formula display" tabindex="0" role="group" aria-label="Formula">${both}</span>`
      : `<span class="formula">${both}</span>`;
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    throw new Error(`This formula can't be set: ${tex}\n${what}`, { cause: error });
  }
}

/** Replaces the math of a Markdown or MDX page with set formulas. */
export const formulas: HastPluginEntry = defineHastPlugin({
  name: 'formulas',
  element: {
    filter: ['code', 'pre'],
    visit(node, context): HastNode | undefined {
      const display = node.tagName === 'pre';
      const code = display ? node.children.find((child) => child.type === 'element') : node;
      const classes = code?.type === 'element' ? code.properties['className'] : undefined;
      const wanted = display ? 'math-display' : 'math-inline';
      if (!Array.isArray(classes) || !classes.includes(wanted)) return undefined;
      const html = formula(context.textContent(node).trim(), display);
      return {
        type: display ? 'mdxJsxFlowElement' : 'mdxJsxTextElement',
        name: 'Fragment',
        attributes: [{ type: 'mdxJsxAttribute', name: 'set:html', value: html }],
        children: [],
      };
    },
  },
});
