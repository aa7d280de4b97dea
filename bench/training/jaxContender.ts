// The same step by jax-js, from the same files.
import { numpy as np } from '@jax-js/jax';
import { emaDecay, timestepSinusoids } from '@noisebook/ldm';
import type { HostTensor, StateDict } from '@noisebook/ldm/numbers';
import { batchTensor, type StepFiles } from './caseFiles.ts';
import { autoencoderLossOf, type AutoencoderBatch } from './jaxAutoencoder.ts';
import { denoiserLoss, type DenoiserBatch } from './jaxNetworks.ts';
import { makeJaxStep } from './jaxStep.ts';
import type { StepNumbers } from './types.ts';

const arrayOf = ({ data, shape }: HostTensor): np.Array => np.array(data.slice(), { shape: [...shape] });

function oneHot({ data, shape }: HostTensor, size: number): np.Array {
  const rows = new Float32Array(data.length * size);
  data.forEach((id, i) => {
    rows[i * size + id] = 1;
  });
  return np.array(rows, { shape: [...shape, size] });
}

const prefixed = (prefix: string, state: StateDict): [string, HostTensor][] =>
  [...state].map(([name, tensor]) => [`${prefix}/${name}`, tensor]);

/** Makes the step; every call takes one more, on the same batch. @param alone in the calling thread, without jax-js's workers */
export function makeJaxContender(files: StepFiles, alone: boolean): () => Promise<StepNumbers> {
  const { settings, batch } = files;
  const decay = { decay: settings.averageDecay };
  const common = { ...settings, averageDecay: (step: number) => emaDecay(step, decay), alone };
  if (files.kind === 'autoencoder') {
    const { config, state } = files.vae;
    return makeJaxStep({
      ...common,
      weights: Object.fromEntries(prefixed('vae', state)),
      batch: { x: arrayOf(batchTensor(batch, 'x')), noise: arrayOf(batchTensor(batch, 'noise')) },
      loss: (weights, shown) =>
        autoencoderLossOf(config, settings.klWeight, weights, shown as AutoencoderBatch),
    });
  }
  const { unet, textEncoder } = files;
  const { blockOutChannels, flipSinToCos, freqShift } = unet.config;
  const dim = blockOutChannels[0]!;
  const timesteps = [...batchTensor(batch, 'timesteps').data];
  return makeJaxStep({
    ...common,
    weights: Object.fromEntries([
      ...prefixed('unet', unet.state),
      ...prefixed('text_encoder', textEncoder.state),
    ]),
    batch: {
      xt: arrayOf(batchTensor(batch, 'xt')),
      target: arrayOf(batchTensor(batch, 'target')),
      sinusoids: np.array(Float32Array.from(timestepSinusoids(timesteps, { dim, flipSinToCos, freqShift })), {
        shape: [timesteps.length, dim],
      }),
      words: oneHot(batchTensor(batch, 'ids'), textEncoder.config.vocabSize),
    },
    loss: (weights, shown) => denoiserLoss(unet.config, weights, shown as DenoiserBatch),
  });
}
