// A training step of our library, as the lab takes it: its Optimizer with its networks and losses.
import * as tf from '@tensorflow/tfjs-core';
import {
  AutoencoderKL,
  autoencoderLoss,
  CLIPTextModel,
  diffusionLoss,
  Optimizer,
  UNet2DConditionModel,
} from '@noisebook/ldm';
import { batchTensor, type StepFiles } from './caseFiles.ts';
import type { StepNumbers } from './types.ts';

const trainable = { trainable: true };

/** Makes the step; every call takes one more, on the same batch. */
export function makeOurStep(files: StepFiles): () => Promise<StepNumbers> {
  const { settings, batch } = files;
  const tensor4d = (name: string): tf.Tensor4D => {
    const { data, shape } = batchTensor(batch, name);
    return tf.tensor4d(data, shape as [number, number, number, number]);
  };
  const stepper = (optimizer: Optimizer, loss: () => { loss: tf.Scalar }): (() => Promise<StepNumbers>) => {
    return async () => optimizer.step(loss, settings.learningRate, { check: () => undefined });
  };
  if (files.kind === 'autoencoder') {
    const vae = AutoencoderKL.create(files.vae.config, files.vae.state, trainable);
    const [x, noise] = [tensor4d('x'), tensor4d('noise')];
    return stepper(new Optimizer(vae.parameters, settings.phaseSteps), () => ({
      ...autoencoderLoss(vae, x, noise, { kl: settings.klWeight }),
    }));
  }
  const unet = UNet2DConditionModel.create(files.unet.config, files.unet.state, trainable);
  const text = CLIPTextModel.create(files.textEncoder.config, files.textEncoder.state, trainable);
  const [xt, target] = [tensor4d('xt'), tensor4d('target')];
  const timesteps = [...batchTensor(batch, 'timesteps').data];
  const { data, shape } = batchTensor(batch, 'ids');
  const ids = tf.tensor2d(Int32Array.from(data), shape as [number, number], 'int32');
  return stepper(new Optimizer([...unet.parameters, ...text.parameters], settings.phaseSteps), () => {
    const { loss, errors } = diffusionLoss(unet.forward(xt, timesteps, text.forward(ids)), target);
    return { loss, errors };
  });
}
