// Exercises: they judge a number, a choice, what a figure shows; hint and answer need no script; nothing moves.
import { expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import Exercise from '../../src/components/kit/exercise/Exercise.svelte';
import type { Ask } from '../../src/components/kit/exercise/exercise.ts';
import { only, show, violations } from './lib/shown.svelte.ts';

function exercise(ask: Ask) {
  const shown = show(Exercise, {
    question: 'How many numbers has a picture of 64 by 64?',
    ask,
    hint: 'Count the channels too.',
    answer: '64 × 64 × 3 = 12,288.',
  });
  const said = () => only(shown.host, '[role=status]').textContent.replace(/\s+/g, ' ').trim();
  return { ...shown, said };
}
const number: Ask = {
  kind: 'number',
  unit: 'numbers',
  check: (value) => ({
    right: value === 12288,
    why: value === 4096 ? 'Those are the pixels.' : 'Width by height by channels.',
  }),
};

it('a number: Enter or the button check it, and why is said', async () => {
  const { host, said } = exercise(number);
  const before = host.getBoundingClientRect().height;
  const field = only(host, 'input');
  expect(said()).toBe('');
  await userEvent.fill(field, '4096');
  await userEvent.keyboard('{Enter}');
  expect(said()).toBe('Not yet Those are the pixels.');
  await userEvent.fill(field, '12,288');
  await userEvent.click(page.getByRole('button', { name: 'Check' }));
  expect(said()).toBe('Right Width by height by channels.');
  await userEvent.fill(field, 'many');
  await userEvent.keyboard('{Enter}');
  expect(said()).toMatch(/^Not yet Write a number/);
  expect(host.getBoundingClientRect().height).toBe(before);
  expect(await violations(host)).toEqual([]);
});

it('a choice is judged when it is made', async () => {
  const { said } = exercise({
    kind: 'choice',
    options: ['more', 'fewer'].map((value) => ({ value, label: value })),
    check: (value) => ({ right: value === 'fewer', why: `You chose ${value}.` }),
  });
  expect(page.getByRole('radio', { checked: true }).elements()).toEqual([]);
  await userEvent.click(page.getByRole('radio', { name: 'more' }), { force: true });
  expect(said()).toBe('Not yet You chose more.');
  await userEvent.keyboard('{ArrowRight}');
  expect(said()).toBe('Right You chose fewer.');
});

it('follows what a figure shows', () => {
  const { set, said } = exercise({ kind: 'figure', verdict: undefined });
  expect(said()).toBe('');
  set({ ask: { kind: 'figure', verdict: { right: false, why: '28.1 dB.' } } });
  expect(said()).toBe('Not yet 28.1 dB.');
  set({ ask: { kind: 'figure', verdict: { right: true, why: '30.4 dB.' } } });
  expect(said()).toBe('Right 30.4 dB.');
});

it('the hint comes first, the answer behind it; both by the browser alone', async () => {
  const { host } = exercise(number);
  const [hint, answer] = [...host.querySelectorAll('details')];
  expect(hint?.contains(answer ?? null)).toBe(true);
  expect(hint?.open).toBe(false);
  await userEvent.click(page.getByText('Hint', { exact: true }));
  await userEvent.click(page.getByText('Answer', { exact: true }));
  expect(answer?.open).toBe(true);
  for (const summary of host.querySelectorAll('summary'))
    expect(summary.getBoundingClientRect().height).toBeGreaterThanOrEqual(44);
});

it('without a hint there is the answer alone', () => {
  const shown = show(Exercise, {
    question: 'Why?',
    ask: { kind: 'figure', verdict: undefined },
    answer: 'So.',
  });
  expect(shown.host.querySelectorAll('details')).toHaveLength(1);
  expect(only(shown.host, 'summary').textContent).toBe('Answer');
});
