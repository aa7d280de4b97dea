// Parity of what runs in steps: the samplers on an analytic denoiser, and a whole guided generation.
import * as tf from '@tensorflow/tfjs-core';
import { type HostTensor, makeAlphasCumprod, parseSchedulerConfig } from '@noisebook/ldm/numbers';
import {
  AutoencoderKL,
  CLIPTextModel,
  createSampler,
  type Denoiser,
  guidedDenoiser,
  readTextEncoder,
  readUnet,
  readVae,
  UNet2DConditionModel,
} from '@noisebook/ldm';
import { parseAnalyticDenoiser, pipelineSchedulerJson } from './parityReference.ts';
import { PIPELINE_TOLERANCE, type ParityTable } from './parityTable.ts';

export async function compareSamplers(table: ParityTable): Promise<void> {
  const { a, b, c } = parseAnalyticDenoiser(table.reference.denoiser);
  const denoiser: Denoiser = (x, t) => tf.tidy(() => tf.add(tf.mul(x, a), b * Math.sin(t / c)));
  const entries = Object.entries(table.reference.samplers);
  if (entries.length === 0) throw new Error('reference.json: expected sampler cases, got none');
  for (const [name, { class: className, config: json, step }] of entries) {
    const key = `sampler.${name}`;
    const config = parseSchedulerConfig(
      { ...json, _class_name: className },
      `reference.json, samplers.${name}`,
    );
    const sampler = createSampler(config, table.reference.steps);
    const timesteps = table.host(`${key}.timesteps`).data;
    table.compareData(`${key}.timesteps`, Float32Array.from(sampler.timesteps), timesteps);
    if (
      config.className !== 'FlowMatchEulerDiscreteScheduler' &&
      table.tensors.has(`${key}.alphas_cumprod`)
    ) {
      const alphas = Float32Array.from(makeAlphasCumprod(config));
      table.compareData(`${key}.alphas_cumprod`, alphas, table.host(`${key}.alphas_cumprod`).data);
    }
    const trajectory = table.host(`${key}.trajectory`);
    const noise = table.host(`${key}.noise`);
    const entry = (stack: HostTensor, index: number): tf.Tensor4D => {
      const shape = stack.shape.slice(1) as [number, number, number, number];
      const size = shape.reduce((x, y) => x * y, 1);
      const data = stack.data.subarray(index * size, (index + 1) * size);
      return tf.tidy(() => tf.transpose(tf.tensor4d(data, shape), [0, 2, 3, 1]));
    };
    const start = entry(trajectory, 0);
    const states: tf.Tensor4D[] = [tf.clone(start)];
    const final = await sampler.sample(denoiser, start, {
      eta: step?.eta,
      noise: (index) => entry(noise, index),
      onStep: ({ x }) => {
        states.push(tf.clone(x));
      },
    });
    const ours = tf.tidy(() => tf.transpose(tf.stack(states), [0, 1, 4, 2, 3]));
    tf.dispose([start, final, ...states]);
    await table.compare(`${key}.trajectory`, ours);
  }
}

export async function comparePipeline(table: ParityTable): Promise<void> {
  const { config: textConfig, state: textState } = await readTextEncoder(table.source);
  const { config: unetConfig, state: unetState } = await readUnet(table.source);
  const { config: vaeConfig, state: vaeState } = await readVae(table.source);
  const { guidanceScale } = table.reference.pipeline;
  const schedulerConfig = parseSchedulerConfig(
    pipelineSchedulerJson(table.reference),
    'reference.json, pipeline',
  );
  const sampler = createSampler(schedulerConfig, table.reference.steps);
  const ids = pipelineIds(table.host('text.ids'), textConfig.bosTokenId, textConfig.padTokenId);
  const text = CLIPTextModel.create(textConfig, textState);
  const hidden = tf.tidy(() => text.forward(tf.tensor2d(ids.data, ids.shape, 'int32')));
  text.dispose();
  const unet = UNet2DConditionModel.create(unetConfig, unetState);
  const context = unet.prepareContext(hidden);
  const timesteps = unet.prepareTimesteps(sampler.timesteps);
  const start = table.input('pipeline.init') as tf.Tensor4D;
  const latents = await sampler.sample(guidedDenoiser({ unet, context, guidanceScale, timesteps }), start);
  tf.dispose([start, hidden]);
  context.dispose();
  timesteps.dispose();
  unet.dispose();
  const vae = AutoencoderKL.create(vaeConfig, vaeState);
  const image = tf.tidy(() => vae.decode(tf.div(latents, vaeConfig.scalingFactor)));
  vae.dispose();
  await table.compare('pipeline.latents', latents, PIPELINE_TOLERANCE);
  await table.compare('pipeline.image', image, PIPELINE_TOLERANCE);
}

/** The ids of the unconditional text (begin, then padding) and of the first caption: [2, T]. */
function pipelineIds(
  { data, shape }: HostTensor,
  bosTokenId: number | null,
  padTokenId: number | null,
): { data: Int32Array; shape: [number, number] } {
  const length = shape[1] as number;
  const first = data.slice(0, length);
  const both = new Int32Array(2 * length);
  // The captions show begin and padding too; they count where the config says something else.
  const bos = data[0] as number;
  const lastOfAll = data[data.length - 1] as number;
  const lastOfFirst = first[length - 1] as number;
  const pad = lastOfAll === lastOfFirst ? lastOfFirst : (padTokenId ?? lastOfFirst);
  both.fill(pad, 0, length);
  both[0] = bosTokenId === null || bosTokenId !== bos ? bos : bosTokenId;
  both.set(first, length);
  return { data: both, shape: [2, length] };
}
