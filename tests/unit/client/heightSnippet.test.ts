// The script for teachers' pages, run as it is printed: it believes a figure's height, and nothing else that is posted.
import { createContext, runInContext } from 'node:vm';
import { expect, it } from 'vitest';
import { heightSnippet } from '../../../src/components/site/heightSnippet.ts';

/** A page with a figure's frame and an advertisement's; returns their heights after a message. */
function heightsAfter(from: 'figure' | 'advertisement', data: unknown): (string | undefined)[] {
  const frames = [
    { src: 'https://notebook.example/embed/1-1/', contentWindow: 'figure', style: { height: '720px' } },
    { src: 'https://ads.example/', contentWindow: 'advertisement', style: { height: '90px' } },
  ];
  let listener: ((event: object) => void) | undefined;
  const page = {
    addEventListener: (_type: string, added: (event: object) => void) => (listener = added),
    document: {
      querySelectorAll: (selector: string) => {
        const part = /^iframe(?:\[src\*="(.*)"\])?$/.exec(selector)?.[1] ?? '';
        return frames.filter(({ src }) => src.includes(part));
      },
    },
  };
  runInContext(heightSnippet.replace(/<\/?script>/g, ''), createContext(page));
  listener?.({ data, source: from });
  return frames.map(({ style }) => style.height);
}

const type = 'noisebook-height';

it('follows a figure, within what a figure may be', () => {
  expect(heightsAfter('figure', { type, height: 812.5 })).toEqual(['812.5px', '90px']);
  expect(heightsAfter('figure', { type, height: 1e6 })).toEqual(['4000px', '90px']);
  expect(heightsAfter('figure', { type, height: -5 })).toEqual(['200px', '90px']);
});

it.each([
  ['figure', { type, height: 'calc(100vh*50 + 0' }],
  ['figure', { type, height: '900' }],
  ['figure', { type, height: NaN }],
  ['figure', { type, height: Infinity }],
  ['figure', { type }],
  ['figure', { height: 900 }],
  ['figure', null],
  ['advertisement', { type, height: 900 }],
] as const)('%s: %j changes nothing', (from, data) => {
  expect(heightsAfter(from, data)).toEqual(['720px', '90px']);
});
