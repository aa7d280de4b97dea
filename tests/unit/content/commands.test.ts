// The card's commands say what the numbers are of: as many faces, wordings and bits as were measured.
import { expect, test } from 'vitest';
import { evaluateCommand } from '../../../src/siteData/commands.ts';
import { cardModels } from '../../../src/siteData/model.ts';

test.each(cardModels().map((model) => [model.name, model] as const))('of %s', (_, model) => {
  const command = evaluateCommand(model);
  const { count, splits, wording, precision } = model.metrics!;
  expect(command).toContain(`--model public/weights/${model.name} `);
  expect(command).toContain(`--count ${count} `);
  expect(/--heldout (\d+)/.exec(command)?.[1] ?? String(count)).toBe(String(splits.heldout.count ?? count));
  expect(command).toMatch(new RegExp(`--wordings ${wording?.count ?? 0}\\s`));
  expect(command.includes('--bfloat16')).toBe(precision === 'bfloat16');
});

test('a model that nothing measured has none', () => {
  const [model] = cardModels();
  expect(() => evaluateCommand({ ...model!, metrics: null })).toThrow(/expected metrics/);
});
