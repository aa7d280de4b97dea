// What is compiled ahead is what a generation needs: once it runs, no shader is left to compile, whatever it starts from.
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import type { GenerateOptions } from '../../../src/lib/ldm/pipeline/options.ts';
import { randomTensor, take, useBackend, useMicro } from '../lib/device.ts';

useBackend();
const micro = useMicro();

/** Keys of all shaders so far. */
const shaders = (): Set<string> => {
  const { pipelineCache } = tf.backend() as unknown as {
    readonly pipelineCache: Readonly<Record<string, unknown>>;
  };
  return new Set(Object.keys(pipelineCache));
};

const samplers: GenerateOptions['sampler'][] = [
  'DDIMScheduler',
  'DDPMScheduler',
  'EulerDiscreteScheduler',
  'DPMSolverMultistepScheduler',
];

const looking = { attention: 'cross', activations: ['mid_block'], onTap: () => undefined } as const;

const tensors = () => ({
  image: randomTensor('picture', [1, 8, 8, 3], 0, 0.4) as tf.Tensor4D,
  mask: tf.tensor4d(
    Array.from({ length: 64 }, (_, i) => i % 2),
    [1, 8, 8, 1],
  ),
});

test.each<[string, Partial<GenerateOptions>, boolean, boolean]>([
  ['words', { numImages: 3 }, false, false],
  ['words without guidance', { numImages: 2, guidanceScale: 1 }, false, false],
  ['words whose attention is looked at', { numImages: 4, taps: looking }, false, false],
  ['a picture', { numImages: 2 }, true, false],
  ['a picture and a mask', { numImages: 5 }, true, true],
])('%s', { timeout: 600_000 }, async (_what, options, withImage, withMask) => {
  const { image, mask } = tensors();
  const given = {
    prompt: 'a person',
    seed: 5,
    numInferenceSteps: 4,
    ...options,
    ...(withImage && { image }),
    ...(withMask && { mask }),
  };
  await micro.pipe.compile(given);
  const ahead = shaders();
  for (const sampler of samplers) {
    const latents = await micro.pipe.generate({ ...given, sampler: sampler! });
    await take(micro.pipe.decode(latents));
    latents.dispose();
    expect([...shaders()].filter((key) => !ahead.has(key))).toEqual([]);
  }
  tf.dispose([image, mask]);
});
