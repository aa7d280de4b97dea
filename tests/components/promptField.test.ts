// The prompt field: unknown words are named, a known one takes the place of the one it was meant for; nothing moves.
import { expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import PromptField from '../../src/components/kit/prompt/PromptField.svelte';
import { only, show, violations } from './lib/shown.svelte.ts';

function field(value = 'a person', more: { checkedPrompt?: string } = {}) {
  const said: string[] = [];
  let submitted = 0;
  const shown = show(PromptField, {
    value,
    maxLength: 300,
    knownWords: ['a', 'person', 'green', 'hat', 'hair', 'with'],
    hint: 'It knows hair and hats.',
    onchange: (next: string) => {
      said.push(next);
      shown.set({ value: next });
    },
    onsubmit: () => submitted++,
    ...more,
  });
  const note = () => only(shown.host, '.note').textContent.replace(/\s+/g, ' ').trim();
  return { ...shown, said, note, submitted: () => submitted, input: only(shown.host, 'textarea') };
}

it('names words that the model has not seen, and marks them; axe finds nothing', async () => {
  const { host, note, set } = field();
  expect(note()).toBe('It knows hair and hats.');
  const before = host.getBoundingClientRect().height;
  set({ value: 'a zebra with grean hair' });
  expect(note()).toBe('The model has not seen: zebra, grean');
  expect([...host.querySelectorAll('u')].map((word) => word.textContent)).toEqual(['zebra', 'grean']);
  expect(host.getBoundingClientRect().height).toBe(before);
  expect(await violations(host)).toEqual([]);
});

it('pressing a known word puts it there, and the caret is in the sentence again', async () => {
  const { said, note, input } = field('grean hair and a hta');
  await userEvent.click(page.getByRole('button', { name: 'green, in place of grean' }));
  expect(said).toEqual(['green hair and a hta']);
  expect(document.activeElement).toBe(input);
  expect(note()).toBe('The model has not seen: and, hta');
  await userEvent.click(page.getByRole('button', { name: 'hat, in place of hta' }));
  expect(said.at(-1)).toBe('green hair and a hat');
});

it('words are checked in the sentence at rest, and only those that still stand in it', () => {
  const { note, set } = field('a zeb', { checkedPrompt: 'a person' });
  expect(note()).toBe('It knows hair and hats.');
  set({ checkedPrompt: 'a zeb' });
  expect(note()).toBe('The model has not seen: zeb');
  set({ value: 'a person' });
  expect(note()).toBe('It knows hair and hats.');
});

it('says when the model left out the end of the sentence', () => {
  const { note, set } = field('a person');
  set({ reading: { prompt: 'a person', words: [], truncated: true } });
  expect(note()).toMatch(/longer than the model can read/);
  set({ value: 'a hat' });
  expect(note()).toBe('It knows hair and hats.');
});

it('Enter submits', async () => {
  const { input, submitted } = field();
  input.focus();
  await userEvent.keyboard('{Enter}');
  expect(submitted()).toBe(1);
});
