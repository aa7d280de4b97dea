// A blind test: nothing gives the answer away, then the truth, the score and a word about luck; it can be begun again.
import { expect, it } from 'vitest';
import { userEvent } from 'vitest/browser';
import BlindTest from '../../src/components/kit/blindTest/BlindTest.svelte';
import { shownOrder, type BlindState } from '../../src/components/kit/blindTest/blindTest.ts';
import { gradient } from '../../tools/gallery/pictures.ts';
import { only, show, violations } from './lib/shown.svelte.ts';

const rounds = [0, 1].map((round) => ({
  options: [
    { picture: gradient(0.1 + round / 2), truth: 'a photograph' },
    { picture: gradient(0.3 + round / 2), truth: 'drawn by the model' },
  ],
  right: 1,
}));

function test(state: BlindState = { seed: 5, answers: '' }) {
  const states: BlindState[] = [];
  const shown = show(BlindTest, {
    question: 'Which one did the model draw?',
    rounds,
    state,
    onchange: (next: BlindState) => {
      states.push(next);
      shown.set({ state: next });
    },
  });
  const options = () => [...shown.host.querySelectorAll<HTMLElement>('.picture-option')];
  return { ...shown, states, options, verdict: () => only(shown.host, '[role=status]').textContent.trim() };
}

it('before the answer no picture says what it is, and axe finds nothing', async () => {
  const { host, options, verdict } = test();
  expect(options().map((option) => option.getAttribute('aria-label'))).toEqual(['Picture A', 'Picture B']);
  expect(host.textContent).not.toMatch(/photograph|drawn by/);
  expect(verdict()).toBe('Guessing is right in 1 of 2.');
  expect(await violations(host)).toEqual([]);
});

it('an answer brings the truth and the score; the next round is a new one; nothing moves', async () => {
  const { host, options, states, verdict } = test();
  const before = host.getBoundingClientRect().height;
  const order = shownOrder(5, 0, 2);
  await userEvent.click(options()[order.indexOf(1)]!);
  expect(states).toEqual([{ seed: 5, answers: '1' }]);
  expect(verdict()).toMatch(/^Right\s+1 of 1 right\./);
  expect(options().map((option) => option.getAttribute('aria-label'))).toEqual(
    order.map((option, place) => `Picture ${'AB'[place]}: ${['a photograph', 'drawn by the model'][option]}`),
  );
  expect(host.getBoundingClientRect().height).toBe(before);
  // A second press on a picture is no second answer.
  options()[0]!.click();
  expect(states).toHaveLength(1);
  expect(await violations(host)).toEqual([]);
  await userEvent.keyboard('{Enter}');
  expect(host.textContent).not.toMatch(/photograph/);
});

it('the keyboard is enough: answer, next, wrong, once more', async () => {
  const { host, options, states, verdict } = test();
  options()[0]!.focus();
  await userEvent.keyboard('{Enter}');
  expect(document.activeElement?.textContent).toBe('Next');
  await userEvent.keyboard('{Enter}');
  const second = shownOrder(5, 1, 2);
  expect(document.activeElement).toBe(options()[0]);
  options()[second.indexOf(0)]!.focus();
  await userEvent.keyboard('{Enter}');
  expect(verdict()).toMatch(new RegExp(`^No: it is ${'AB'[second.indexOf(1)]}`));
  expect(document.activeElement?.textContent).toBe('Once more');
  await userEvent.keyboard('{Enter}');
  expect(states.at(-1)).toEqual({ seed: 6, answers: '' });
  expect(only(host, '.question').textContent).toContain('1 of 2');
});

it('goes on from answers in an address', () => {
  const { host, verdict } = test({ seed: 5, answers: '1' });
  expect(only(host, '.question').textContent).toContain('2 of 2');
  expect(verdict()).toMatch(/^1 of 1 right/);
});
