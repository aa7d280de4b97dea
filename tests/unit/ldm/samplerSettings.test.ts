// Settings of a sampler from a caller: which there are, what they may be, which sampler has which.
import { expect, test } from 'vitest';
import {
  parseSamplerSettings,
  parseSchedulerConfig,
  withSettings,
  type SchedulerClassName,
} from '../../../src/lib/ldm/config/index.ts';

const config = (className: SchedulerClassName) => parseSchedulerConfig({ shift: 2 }, 'test', className);

test('they stand in place of the own ones, and nothing else changes', () => {
  const own = config('DPMSolverMultistepScheduler');
  expect(withSettings(own, { solverOrder: 3, useKarrasSigmas: true })).toEqual({
    ...own,
    solverOrder: 3,
    useKarrasSigmas: true,
  });
  expect(withSettings(own, {})).toEqual(own);
  expect(withSettings(config('FlowMatchEulerDiscreteScheduler'), { shift: 3 })).toMatchObject({ shift: 3 });
});

test.each<[unknown, string]>([
  [null, 'samplerSettings: expected an object, got null'],
  [[], 'samplerSettings: expected an object, got []'],
  [{ betaStart: 0.1 }, 'samplerSettings: expected settings among timestepSpacing, '],
  [{ toString: 1 }, 'samplerSettings: expected settings among timestepSpacing, '],
  [{ solverOrder: 4 }, 'solverOrder: expected one of 1, 2, 3, got 4'],
  [{ solverOrder: '2' }, 'solverOrder: expected one of 1, 2, 3, got "2"'],
  [{ timestepSpacing: 'even' }, 'timestepSpacing: expected one of leading, trailing, linspace, got "even"'],
  [{ shift: 0 }, 'shift: expected a number above 0, got 0'],
  [{ useKarrasSigmas: 1 }, 'useKarrasSigmas: expected one of false, true, got 1'],
])('refuses %j', (given, message) => {
  expect(() => parseSamplerSettings(given)).toThrow(message);
});

test.each<[SchedulerClassName, object]>([
  ['DDPMScheduler', { setAlphaToOne: true }],
  ['DDIMScheduler', { useKarrasSigmas: true }],
  ['EulerDiscreteScheduler', { solverOrder: 2 }],
  ['DPMSolverMultistepScheduler', { shift: 2 }],
  ['FlowMatchEulerDiscreteScheduler', { timestepSpacing: 'trailing' }],
])('%s has no %j', (className, settings) => {
  expect(() => withSettings(config(className), settings)).toThrow(`expected settings that ${className} has`);
});

test('sigmas are of one kind', () => {
  const own = withSettings(config('EulerDiscreteScheduler'), { useBetaSigmas: true });
  expect(() => withSettings(own, { useKarrasSigmas: true })).toThrow(
    'samplerSettings: expected at most one kind of sigmas, got useKarrasSigmas and useBetaSigmas',
  );
  expect(withSettings(own, { useKarrasSigmas: true, useBetaSigmas: false })).toMatchObject({
    useKarrasSigmas: true,
    useBetaSigmas: false,
  });
});
