// What an SVG costs to draw: references count as what they refer to.
import { DOMParser } from 'linkedom';
import { expect, test } from 'vitest';
import {
  dataAddresses,
  drawnElements,
  MAX_ELEMENTS,
  type CssRule,
} from '../../../../src/userContent/pictures/svgCost.ts';

const root = (inside: string): Element =>
  new DOMParser().parseFromString(`<svg xmlns="http://www.w3.org/2000/svg">${inside}</svg>`, 'image/svg+xml')
    .documentElement as unknown as Element;
const cost = (inside: string, rules: readonly CssRule[] = []): number => drawnElements(root(inside), rules);
const many = (count: number, of: string): string => of.repeat(count);
/** Each level ten times the one below. */
const levels = (count: number, level: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => level(n)).join('');

test('without references, what is there', () => {
  expect(cost('<g><rect/><rect/></g><text>two words</text>')).toBe(5);
});

test('a use counts as itself and what it refers to', () => {
  expect(cost('<g id="a"><rect/></g><use href="#a"/><use xlink:href="#a"/><use href="#none"/>')).toBe(10);
});

test.each([
  ['use', (n: number) => `<g id="g${n + 1}">${many(10, `<use href="#g${n}"/>`)}</g>`, '<use href="#g5"/>'],
  [
    'masks',
    (n: number) => `<mask id="g${n + 1}">${many(10, `<rect mask="url(#g${n})"/>`)}</mask>`,
    '<rect mask="url(#g5)"/>',
  ],
  [
    'masks in the style, with a letter by its number',
    (n: number) =>
      `<mask id="g${n + 1}">${many(10, `<rect style="fill:red;mask:\\75rl('#g${n}')"/>`)}</mask>`,
    '<rect style="mask:url(#g5)"/>',
  ],
  [
    'an animation',
    (n: number) => `<g id="g${n + 1}">${many(10, `<use href="#g${n}"/>`)}</g>`,
    '<use href="#g0"><set attributeName="href" to="#g5"/></use>',
  ],
])('%s of %#: five levels of ten are too much', (_name, level, last) => {
  expect(cost(`<g id="g0"><rect/></g>${levels(5, level)}${last}`)).toBeGreaterThan(MAX_ELEMENTS);
  expect(cost(`<g id="g0"><rect/></g>${levels(2, level)}${last.replace('g5', 'g2')}`)).toBeLessThan(2000);
});

test('what is handed down counts for all inside; gradients do not', () => {
  const pattern = `<pattern id="p">${many(200, '<rect/>')}</pattern>`;
  const filled = (id: string): string => `<g fill="url(#${id})">${many(200, '<rect/>')}</g>`;
  expect(cost(pattern + filled('p'))).toBeGreaterThan(MAX_ELEMENTS);
  const gradient = `<linearGradient id="l">${many(200, '<stop/>')}</linearGradient>`;
  expect(cost(gradient + filled('l'))).toBe(403);
  const clip = '<clipPath id="c"><rect/></clipPath>';
  expect(cost(`${clip}<g clip-path="url(#c)">${many(9000, '<rect/>')}</g>`)).toBeLessThan(MAX_ELEMENTS);
});

test('a mark at each point of a line', () => {
  const marker = `<marker id="m">${many(100, '<rect/>')}</marker>`;
  const line = (property: string): string => `<path d="M0 0${many(300, 'L1 1')}" ${property}="url(#m)"/>`;
  expect(cost(marker + line('marker-mid'))).toBeGreaterThan(MAX_ELEMENTS);
  expect(cost(marker + line('marker-end'))).toBe(204);
});

test('what a style sheet refers to', () => {
  const drawing = `<mask id="m">${many(200, '<rect/>')}</mask>${many(200, '<rect class="a"/>')}`;
  expect(cost(drawing)).toBe(402);
  expect(cost(drawing, [{ selector: '.a', declarations: 'mask: url("#m");' }])).toBe(402 + 200 * 201);
});

test('a long outline that is repeated counts by its length', () => {
  const outline = `<path id="p" d="M0 0${many(10_000, 'L1 1')}"/>`;
  expect(cost(outline)).toBe(12);
  expect(cost(outline + many(1000, '<use href="#p"/>'))).toBeGreaterThan(MAX_ELEMENTS);
});

test.each([
  '<g id="a"><use href="#a"/></g>',
  '<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>',
  '<mask id="a"><rect mask="url(#a)"/></mask>',
])('what contains itself has no end: %s', (inside) => {
  expect(cost(inside)).toBe(Infinity);
});

test('links, animations and motion along an outline draw nothing more', () => {
  expect(cost('<g id="a"><a href="#a"><rect/></a><animate href="#a" attributeName="x" to="3"/></g>')).toBe(5);
});

test('deep documents are no trouble', () => {
  expect(cost(`${many(3000, '<g>')}${many(3000, '</g>')}`)).toBe(3001);
});

test('pictures inside', () => {
  const found = dataAddresses(
    root('<image href="data:image/png;base64,AA"/><rect style="mask:url(data:a,b)"/><image href="x.png"/>'),
    [{ selector: 'svg', declarations: "background: url('data:c,d')" }],
  );
  expect(found).toEqual(['data:image/png;base64,AA', 'data:a,b', 'data:c,d']);
});
