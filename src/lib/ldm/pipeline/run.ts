// Runs a sampler with a model: yields between calls, stops when asked, notices a lost device, frees what it made.
import type * as tf from '@tensorflow/tfjs-core';
import { assertBackendAlive } from '../backend/state.ts';
import { yieldToEventLoop } from '../base/yieldToEventLoop.ts';
import type { UNet2DConditionModel, UnetContext } from '../models/unet2DConditionModel.ts';
import { guidedDenoiser } from './guidance.ts';
import { stepNoise } from './noise.ts';
import type { GenerateOptions } from './options.ts';
import type { Plan } from './plan.ts';
import type { Start } from './starts.ts';

export interface Run {
  readonly unet: UNet2DConditionModel;
  readonly plan: Plan;
  readonly options: GenerateOptions;
  /** Makes the prepared texts; called once. */
  readonly prepareTexts: () => UnetContext;
  /** Makes what the first step starts from; the run owns it. */
  readonly begin: () => Start;
}

/** The last x of the run, raw latents; the caller disposes it. Whatever happens, nothing else is left behind. */
export async function runGeneration(run: Run): Promise<tf.Tensor4D> {
  const { unet } = run;
  const { sampler, checked, startIndex } = run.plan;
  const { signal, onStart, onStep, history, taps } = run.options;
  const check = (): void => {
    signal?.throwIfAborted();
    assertBackendAlive();
  };
  const owned: { dispose(): void }[] = [];
  const own = <T extends { dispose(): void }>(thing: T): T => {
    owned.push(thing);
    return thing;
  };
  check();
  try {
    const context = own(run.prepareTexts());
    const timesteps = own(unet.prepareTimesteps(sampler.timesteps));
    const { x: start, afterStep, kept } = run.begin();
    for (const tensor of [start, ...kept]) own(tensor);
    await onStart?.({ startIndex, timesteps: sampler.timesteps.slice(startIndex), latents: start });
    const denoise = guidedDenoiser({ unet, context, guidanceScale: checked.guidanceScale, timesteps, taps });
    const latents = await sampler.sample(
      async (x, timestep) => {
        await yieldToEventLoop();
        check();
        return denoise(x, timestep);
      },
      start,
      {
        eta: checked.eta,
        noise: (step, shape) => stepNoise(checked.seed, step, shape),
        startIndex,
        history,
        ...(signal === undefined ? {} : { signal }),
        ...(onStep === undefined ? {} : { onStep }),
        ...(afterStep === undefined ? {} : { afterStep }),
      },
    );
    own(latents);
    await yieldToEventLoop();
    check();
    owned.pop(); // the caller's now
    return latents;
  } catch (error) {
    // Reading from a lost device fails in ways of its own: say what it was.
    await yieldToEventLoop();
    check();
    throw error;
  } finally {
    for (const thing of owned) thing.dispose();
  }
}
