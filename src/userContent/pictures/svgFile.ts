// An SVG of the reader's: parsed where nothing runs, loads or is drawn, weighed, and only then drawn.
import { imageInTime } from '../../loading/decodeInTime.ts';
import { grouped } from '../../writing/numbers.ts';
import { PictureError } from './errors.ts';
import { MAX_PIXELS } from './limits.ts';
import { sniff } from './sniff.ts';
import { dataAddresses, drawnElements, MAX_ELEMENTS, type CssRule } from './svgCost.ts';
import { xmlText } from './xmlText.ts';

const SVG = 'http://www.w3.org/2000/svg';
/** Pictures in pictures in pictures. */
const MAX_DEPTH = 3;
/** Tags that are parsed at all: closing ones and comments have theirs too. */
const MAX_TAGS = 20 * MAX_ELEMENTS;

const tooMuch = (name: string): PictureError =>
  new PictureError(
    'too-large',
    `${name} draws too much: up to ${grouped(MAX_ELEMENTS)} elements are possible here, repetitions counted. Save it as PNG or JPEG, then choose that.`,
  );

/** Rules inside rules too: layers, media, conditions. One inside another's selector counts for every element. */
function rulesIn(rules: CSSRuleList, nested = false): CssRule[] {
  return Array.from(rules).flatMap((rule) => {
    const styled = rule instanceof CSSStyleRule;
    const inside = 'cssRules' in rule ? rulesIn(rule.cssRules as CSSRuleList, nested || styled) : [];
    return styled
      ? [{ selector: nested ? '*' : rule.selectorText, declarations: rule.style.cssText }, ...inside]
      : inside;
  });
}

function rulesOf(root: Element): CssRule[] {
  return Array.from(root.getElementsByTagNameNS(SVG, 'style')).flatMap((style) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(style.textContent);
    return rulesIn(sheet.cssRules);
  });
}

function bytesOf(address: string): Uint8Array | undefined {
  const comma = address.indexOf(',');
  const [head, data] = [address.slice(0, comma), address.slice(comma + 1)];
  try {
    if (!/;\s*base64\s*$/i.test(head)) return new TextEncoder().encode(decodeURIComponent(data));
    const text = atob(/%[0-9a-f]{2}/i.test(data) ? decodeURIComponent(data) : data);
    return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  } catch {
    // Browsers draw nothing for it either.
    return undefined;
  }
}

interface Weight {
  elements: number;
  pixels: number;
}

/**
 * Adds what `text` draws, its own pictures with it.
 * @returns its root, or undefined where it is no SVG
 * @throws {SyntaxError} where it is damaged: browsers draw nothing then
 */
function weigh(text: string, weight: Weight, depth: number, name: string): Element | undefined {
  let tags = 0;
  for (let at = text.indexOf('<'); at >= 0; at = text.indexOf('<', at + 1)) tags++;
  if (tags > MAX_TAGS || depth > MAX_DEPTH) throw tooMuch(name);
  const parsed = new DOMParser().parseFromString(text, 'image/svg+xml');
  const [complaint] = parsed.getElementsByTagName('parsererror');
  if (complaint !== undefined) throw new SyntaxError(complaint.textContent);
  const root = parsed.documentElement;
  if (root.localName !== 'svg' || root.namespaceURI !== SVG) return undefined;
  const rules = rulesOf(root);
  const drawn = drawnElements(root, rules);
  if (drawn === Infinity) {
    throw new PictureError(
      'too-large',
      `${name} can't be drawn: a part of it contains itself, over and over. Save it as PNG or JPEG, then choose that.`,
    );
  }
  weight.elements += drawn;
  for (const address of dataAddresses(root, rules)) {
    const bytes = bytesOf(address);
    if (bytes === undefined) continue;
    const { kind, width = 0, height = 0 } = sniff(bytes);
    if (kind === 'SVG') weighInner(xmlText(bytes), weight, depth + 1, name);
    weight.pixels += width * height;
  }
  if (weight.elements > MAX_ELEMENTS || weight.pixels > MAX_PIXELS) throw tooMuch(name);
  return root;
}

/** A damaged drawing inside is not drawn, the rest is. */
function weighInner(text: string, weight: Weight, depth: number, name: string): void {
  try {
    weigh(text, weight, depth, name);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
}

/**
 * The document to draw, written anew: what is drawn is what was weighed.
 * @returns undefined where the bytes are no SVG
 * @throws {PictureError} when it would take too long, or for ever
 * @throws {SyntaxError} when it is damaged
 */
export function checkedSvg(bytes: Uint8Array, name: string): string | undefined {
  const root = weigh(xmlText(bytes), { elements: 0, pixels: 0 }, 0, name);
  return root === undefined ? undefined : new XMLSerializer().serializeToString(root.ownerDocument);
}

/** Through an image element: createImageBitmap doesn't take an SVG. Scripts in it don't run. */
export async function drawSvg(svg: string): Promise<HTMLImageElement> {
  const url = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
  try {
    return await imageInTime(url, 'the drawing');
  } finally {
    URL.revokeObjectURL(url);
  }
}
