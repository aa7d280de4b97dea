// What an SVG costs to draw: its elements, each counted as often as references repeat it. Looks at a parsed document only.

/** More take seconds to draw, and nothing can stop a drawing that has begun. */
export const MAX_ELEMENTS = 10_000;
/** So many letters of a path or a text take about as long as one more element. */
const LETTERS = 4000;

/** A rule of a style sheet: whom it is for, and what it says ("fill: red; mask: url(#m)"). */
export interface CssRule {
  readonly selector: string;
  readonly declarations: string;
}

/** What an element draws besides its children. */
interface Links {
  /** Once: `use`, `mask`, `clip-path`, `filter`. */
  readonly once: Element[];
  /** Once for each element inside, since these are handed down: `fill`, `stroke`, the ends of lines. */
  readonly each: Element[];
  /** Once for each point of each line inside: `marker`, `marker-mid`. */
  readonly points: Element[];
}
interface Cost {
  readonly elements: number;
  readonly points: number;
}

const ANIMATIONS = new Set(['animate', 'set']);
/** Whose `href` draws what it names. */
const REFERRING = new Set(['use', 'feImage', 'pattern']);
const GRADIENTS = new Set(['linearGradient', 'radialGradient', 'stop']);
const LINES = new Set(['path', 'polyline', 'polygon', 'line']);
const NOT_HANDED_DOWN = /^(mask|mask-image|clip-path|filter)$/;

const nameOf = (attribute: Attr): string => attribute.name.replace(/^.*:/, '');
const hrefOf = (element: Element): string | undefined =>
  Array.from(element.attributes)
    .find((attribute) => nameOf(attribute) === 'href')
    ?.value.trim();

/** CSS may write any letter by its number. */
const plainCss = (css: string): string =>
  css.replace(
    /\\(?:([0-9a-f]{1,6})\s?|(.))/gi,
    (_all, code: string | undefined, letter: string | undefined) =>
      code === undefined ? (letter ?? '') : String.fromCodePoint(Math.min(parseInt(code, 16), 0x10ffff)),
  );
const urls = (css: string): string[] =>
  Array.from(plainCss(css).matchAll(/url\(\s*["']?\s*([^"')]+)/gi), ([, url]) => url!.trim());

/** All that `style` says, name by name; also what stands in attributes of these names. */
const declarationsOf = (css: string): readonly (readonly [string, string])[] =>
  css.split(';').map((each) => {
    const colon = each.indexOf(':');
    return [plainCss(each.slice(0, colon)).trim().toLowerCase(), each.slice(colon + 1)];
  });

/**
 * Elements that are drawn when each reference is counted as what it refers to; Infinity where one contains itself.
 * @param rules of the document's style sheets
 */
export function drawnElements(root: Element, rules: readonly CssRule[] = []): number {
  const all = [root, ...Array.from(root.querySelectorAll('*'))];
  const named = new Map<string, Element>();
  for (const element of all) if (element.id !== '' && !named.has(element.id)) named.set(element.id, element);
  const links = new Map<Element, Links>();
  const linksOf = (element: Element): Links => {
    const known = links.get(element) ?? { once: [], each: [], points: [] };
    links.set(element, known);
    return known;
  };
  const target = (reference: string | undefined): Element | undefined => {
    const found = reference?.startsWith('#') === true ? named.get(reference.slice(1)) : undefined;
    return found === undefined || GRADIENTS.has(found.localName) ? undefined : found;
  };
  const link = (element: Element, property: string, css: string): void => {
    if (!css.includes('(')) return;
    for (const url of urls(css)) {
      const found = target(url);
      if (found === undefined) continue;
      const { once, each, points } = linksOf(element);
      if (/^marker(-mid)?$/.test(property)) points.push(found);
      else if (NOT_HANDED_DOWN.test(property)) once.push(found);
      else each.push(found);
    }
  };
  for (const element of all) {
    if (REFERRING.has(element.localName)) {
      const found = target(hrefOf(element));
      if (found !== undefined) linksOf(element).once.push(found);
    }
    for (const attribute of Array.from(element.attributes)) {
      const property = nameOf(attribute);
      if (property === 'style') {
        for (const [name, value] of declarationsOf(attribute.value)) link(element, name, value);
      } else link(element, property, attribute.value);
    }
    if (!ANIMATIONS.has(element.localName)) continue;
    // What an animation may put in place of an attribute counts as if it stood there.
    const animated = target(hrefOf(element)) ?? element.parentElement;
    for (const name of ['to', 'from', 'by', 'values']) {
      for (const [reference] of (element.getAttribute(name) ?? '').matchAll(/#[^\s;"')]+/g)) {
        const found = target(reference);
        if (animated !== null && found !== undefined) linksOf(animated).each.push(found);
      }
    }
  }
  for (const { selector, declarations } of rules) {
    for (const [name, value] of declarationsOf(declarations)) {
      if (urls(value).length === 0) continue;
      for (const element of all) if (element.matches(selector)) link(element, name, value);
    }
  }
  return costOf(root, links);
}

const sum = (costs: readonly Cost[], of: keyof Cost): number =>
  costs.reduce((total, cost) => total + cost[of], 0);

function ownCost(element: Element): Cost {
  const line = LINES.has(element.localName);
  const shape = line ? (element.getAttribute('d') ?? element.getAttribute('points') ?? '') : '';
  const letters = shape.length + (element.children.length === 0 ? element.textContent.length : 0);
  return {
    elements: 1 + Math.floor(letters / LETTERS),
    points: line ? 2 + shape.length / 2 : 0,
  };
}

/** Children and references first, without recursion: documents may be thousands of elements deep. */
function costOf(root: Element, links: ReadonlyMap<Element, Links>): number {
  const costs = new Map<Element, Cost>();
  const begun = new Set<Element>();
  const stack = [root];
  for (let element = stack.at(-1); element !== undefined; element = stack.at(-1)) {
    const { once, each, points } = links.get(element) ?? { once: [], each: [], points: [] };
    const inside = [...Array.from(element.children), ...once];
    if (costs.has(element)) stack.pop();
    else if (begun.has(element)) {
      const known = (of: readonly Element[]): Cost[] => of.map((one) => costs.get(one)!);
      const own = ownCost(element);
      const elements = own.elements + sum(known(inside), 'elements');
      const allPoints = own.points + sum(known(inside), 'points');
      costs.set(element, {
        elements: elements * (1 + sum(known(each), 'elements')) + allPoints * sum(known(points), 'elements'),
        points: allPoints,
      });
      stack.pop();
    } else {
      begun.add(element);
      for (const next of [...inside, ...each, ...points]) {
        if (costs.has(next)) continue;
        if (begun.has(next)) return Infinity;
        stack.push(next);
      }
    }
  }
  return costs.get(root)!.elements;
}

/** Pictures that the document carries in itself, as `data:` addresses. */
export function dataAddresses(root: Element, rules: readonly CssRule[] = []): string[] {
  const found = new Set<string>();
  const take = (value: string): void => {
    if (/^data:/i.test(value)) found.add(value);
  };
  for (const element of [root, ...Array.from(root.querySelectorAll('*'))]) {
    for (const { value } of Array.from(element.attributes)) {
      take(value.trim());
      if (/url\(/i.test(value)) urls(value).forEach(take);
    }
  }
  for (const { declarations } of rules) urls(declarations).forEach(take);
  return [...found];
}
