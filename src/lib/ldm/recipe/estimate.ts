// What a recipe will take before anything is trained: arithmetic, memory and storage, from the sizes alone. No tensors.
import { architectureOf, latentSide, type TextSize } from './architecture.ts';
import { autoencoderCosts, denoiserCosts, textEncoderCosts } from './networkCosts.ts';
import type { Recipe } from './recipe.ts';

export interface Estimate {
  readonly parameters: { readonly vae: number; readonly unet: number; readonly textEncoder: number };
  /** Multiply-adds of one optimizer step (forward and backward) of each phase, and of encoding the training set. */
  readonly multiplyAdds: {
    readonly autoencoderStep: number;
    readonly denoiserStep: number;
    readonly encodeAll: number;
  };
  /** Bytes at the worst moment of training: weights, gradients, optimizer, averages, activations, data. */
  readonly memoryBytes: number;
  /** Bytes of what is kept: checkpoints, snapshots, pictures, data. */
  readonly storageBytes: number;
}

/** The gradient of a layer costs one pass for its input and one for its weights. */
const FORWARD_AND_BACKWARD = 3;
/** Weights, gradients, two moments, averages. */
const COPIES_IN_TRAINING = 5;
/** Weights, two moments, averages. */
const COPIES_IN_CHECKPOINT = 4;
/** Activations are kept until their gradient is there, beside gradients and scratch space: what the heap on wasm grew to. */
const ACTIVATION_COPIES = 2.4;

/** How much of a run an application keeps, each as a number of copies. */
export interface Kept {
  /** Weights, optimizer state and averages in float32. */
  readonly checkpoints: number;
  /** Weights alone, in half precision. */
  readonly weightSnapshots: number;
  readonly pictureSnapshots: number;
  readonly picturesPerSnapshot: number;
}

const KEPT: Kept = { checkpoints: 2, weightSnapshots: 9, pictureSnapshots: 26, picturesPerSnapshot: 16 };

/**
 * @param text what the tokenizer of the data's words will be like
 * @param kept for `storageBytes`
 * @throws ConfigError when the recipe's choices do not go together
 */
export function estimate(recipe: Recipe, text: TextSize, kept: Partial<Kept> = {}): Estimate {
  const { checkpoints, weightSnapshots, pictureSnapshots, picturesPerSnapshot } = { ...KEPT, ...kept };
  const { images, imageSize, batch, autoencoderBatch, latentChannels } = recipe;
  const { vae, unet, textEncoder } = architectureOf(recipe, text);
  const side = latentSide(recipe);
  const { encoder, decoder } = autoencoderCosts(vae.config, imageSize);
  const denoiser = denoiserCosts(unet.config, side, text.length);
  const words = textEncoderCosts(textEncoder.config);

  const parameters = {
    vae: encoder.parameters + decoder.parameters,
    unet: denoiser.parameters,
    textEncoder: words.parameters,
  };
  const multiplyAdds = {
    autoencoderStep: FORWARD_AND_BACKWARD * autoencoderBatch * (encoder.multiplyAdds + decoder.multiplyAdds),
    denoiserStep: FORWARD_AND_BACKWARD * batch * (denoiser.multiplyAdds + words.multiplyAdds),
    encodeAll: images * encoder.multiplyAdds,
  };

  const pictureBytes = images * imageSize * imageSize * 3;
  const textBytes = images * text.length * 4;
  const latentBytes = images * side * side * latentChannels * 2 * 4;
  const second = parameters.unet + parameters.textEncoder;
  const held = (weights: number, activations: number): number =>
    4 * (COPIES_IN_TRAINING * weights + ACTIVATION_COPIES * activations);
  const memoryBytes = Math.round(
    pictureBytes +
      textBytes +
      Math.max(
        held(parameters.vae, autoencoderBatch * (encoder.activations + decoder.activations)),
        held(second, batch * (denoiser.activations + words.activations)) + 4 * parameters.vae + latentBytes,
      ),
  );
  const checkpoint =
    4 * Math.max(COPIES_IN_CHECKPOINT * parameters.vae, COPIES_IN_CHECKPOINT * second + parameters.vae);
  const storageBytes =
    checkpoints * checkpoint +
    weightSnapshots * 2 * (second + parameters.vae) +
    pictureSnapshots * picturesPerSnapshot * imageSize * imageSize * 4 +
    pictureBytes +
    textBytes;
  return { parameters, multiplyAdds, memoryBytes, storageBytes };
}
