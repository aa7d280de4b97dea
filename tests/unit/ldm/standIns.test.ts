// Models that name a sampler which this library does not have: one of ours stands in, and says so.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { chooseScheduler, ConfigError } from '../../../src/lib/ldm/config/index.ts';

const micro = new URL('../../fixtures/micro/scheduler/scheduler_config.json', import.meta.url);
const trained = JSON.parse(readFileSync(micro, 'utf8')) as Record<string, unknown>;
const choose = (change: Record<string, unknown>, className?: Parameters<typeof chooseScheduler>[2]) =>
  chooseScheduler({ ...trained, ...change }, 'x', className);

describe('samplers of diffusers', () => {
  test.each([
    ['PNDMScheduler', 'DDIMScheduler', { skip_prk_steps: true }],
    ['LCMScheduler', 'DDIMScheduler', { original_inference_steps: 50, timestep_scaling: 10 }],
    ['TCDScheduler', 'DDIMScheduler', {}],
    ['EulerAncestralDiscreteScheduler', 'EulerDiscreteScheduler', {}],
    ['LMSDiscreteScheduler', 'EulerDiscreteScheduler', { interpolation_type: 'cubic' }],
    ['HeunDiscreteScheduler', 'EulerDiscreteScheduler', {}],
    ['KDPM2AncestralDiscreteScheduler', 'EulerDiscreteScheduler', {}],
    ['UniPCMultistepScheduler', 'DPMSolverMultistepScheduler', { solver_type: 'bh9', thresholding: true }],
    ['DEISMultistepScheduler', 'DPMSolverMultistepScheduler', { algorithm_type: 'deis', solver_order: 4 }],
    ['DPMSolverSinglestepScheduler', 'DPMSolverMultistepScheduler', { algorithm_type: 'dpmsolver' }],
  ])('%s: %s stands in, with what the model was trained with', (named, className, more) => {
    const { config, note } = choose({ _class_name: named, ...more });
    expect(config).toMatchObject({
      className,
      predictionType: 'v_prediction',
      betaStart: 0.00085,
      betaEnd: 0.012,
      betaSchedule: 'scaled_linear',
    });
    expect(note).toBe(`Its sampler, ${named}, is not implemented here: ${className} stands in for it.`);
    for (const asked of ['DDIMScheduler', 'DPMSolverMultistepScheduler'] as const) {
      const other = choose({ _class_name: named, ...more }, asked);
      expect(other.config).toMatchObject({ className: asked, betaStart: 0.00085 });
      expect(other.note).toBeUndefined();
    }
  });

  test('absent keys take what the named class takes for them', () => {
    expect(chooseScheduler({ _class_name: 'HeunDiscreteScheduler' }, 'x').config).toMatchObject({
      betaStart: 0.00085,
      betaEnd: 0.012,
    });
    expect(chooseScheduler({ _class_name: 'LCMScheduler' }, 'x').config).toMatchObject({
      betaSchedule: 'scaled_linear',
      timestepSpacing: 'trailing',
    });
  });

  test('of flow matching: only flow matching stands in', () => {
    for (const [change, shift] of [
      [{ _class_name: 'FlowMatchHeunDiscreteScheduler', shift: 2 }, 2],
      [{ _class_name: 'UniPCMultistepScheduler', use_flow_sigmas: true, flow_shift: 3 }, 3],
      [{ _class_name: 'DPMSolverMultistepScheduler', prediction_type: 'flow_prediction', flow_shift: 4 }, 4],
    ] as const) {
      const { config, note } = choose(change);
      expect(config).toMatchObject({ className: 'FlowMatchEulerDiscreteScheduler', shift });
      expect(note).toContain('FlowMatchEulerDiscreteScheduler stands in');
      expect(() => choose(change, 'DDIMScheduler')).toThrow(/a model that DDIMScheduler can sample/);
    }
  });
});

test('a sampler of ours keeps its settings, or says which of them it leaves out', () => {
  expect(choose({})).toEqual({ config: expect.anything() as unknown, note: undefined });
  const sde = { _class_name: 'DPMSolverMultistepScheduler', algorithm_type: 'sde-dpmsolver++' };
  expect(choose(sde).config.className).toBe('DPMSolverMultistepScheduler');
  expect(choose(sde).note).toMatch(
    /"algorithm_type": expected "dpmsolver\+\+".*DPMSolverMultistepScheduler without this setting stands in/,
  );
  expect(choose({ _class_name: 'DDIMScheduler', thresholding: true }).note).toMatch(/"thresholding"/);
});

test.each([
  [{ _class_name: 'EDMEulerScheduler' }, /"_class_name": expected a sampler for a network of the kinds/],
  [{ _class_name: 'MagicScheduler' }, /"_class_name": expected "DDPMScheduler" or/],
  [{ _class_name: 'PNDMScheduler', beta_schedule: 'magic' }, /"beta_schedule"/],
  [{ _class_name: 'DDIMScheduler', beta_schedule: 'magic', thresholding: true }, /"thresholding"/],
])('%j is refused', (change, reason) => {
  expect(() => choose(change)).toThrow(ConfigError);
  expect(() => choose(change)).toThrow(reason);
});

test('whatever a file names, a sampler that is asked for draws with its noise schedule', () => {
  expect(choose({ _class_name: 'MagicScheduler' }, 'DDIMScheduler').config.className).toBe('DDIMScheduler');
  expect(() => choose({ _class_name: 'EDMEulerScheduler' }, 'DDIMScheduler')).toThrow(ConfigError);
});
