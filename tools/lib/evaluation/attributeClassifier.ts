// A small convolutional network that reads the attributes off a picture: the classifier of prompt accuracy.
// training/train_classifier.py trains it; training/export_judge.py folds its batch norms into the convolutions.
import * as tf from '@tensorflow/tfjs-core';
import {
  parseAttributeClassifierConfig,
  type AttributeClassifierConfig,
} from './attributeClassifierConfig.ts';
import { type ModelSource, parseConfigJson, parseSafetensors, type StateDict } from '@noisebook/ldm/numbers';
import {
  activate,
  conv2d,
  type Conv2dParameters,
  linear,
  type LinearParameters,
  ParameterReader,
  readConv2d,
  readLinear,
} from '@noisebook/ldm';

const KERNEL = 3;
const COLORS = 3;

/** What the network makes of pictures. Tensors belong to the caller. */
export interface Classified {
  /** [n, featureSize]: what the answers are read from. */
  readonly features: tf.Tensor2D;
  /** [n, values of all attributes], attribute after attribute. */
  readonly logits: tf.Tensor2D;
}

export class AttributeClassifier {
  readonly config: AttributeClassifierConfig;
  readonly #params: ParameterReader;
  readonly #convs: readonly Conv2dParameters[];
  readonly #features: LinearParameters;
  readonly #heads: readonly LinearParameters[];

  private constructor(config: AttributeClassifierConfig, params: ParameterReader) {
    const { convChannels, featureSize, sampleSize } = config;
    this.config = config;
    this.#params = params;
    this.#convs = convChannels.map((channels, k) =>
      readConv2d(params.scope(`convs.${k}`), convChannels[k - 1] ?? COLORS, channels, KERNEL),
    );
    const lastSide = sampleSize / 2 ** (convChannels.length / 2);
    const inputs = lastSide ** 2 * (convChannels.at(-1) ?? 0);
    this.#features = readLinear(params.scope('features'), inputs, featureSize);
    this.#heads = config.attributes.map(({ values }, k) =>
      readLinear(params.scope(`heads.${k}`), featureSize, values.length),
    );
  }

  /** Puts the weights on the present backend. @throws if weights and config do not fit each other */
  static create(config: AttributeClassifierConfig, state: StateDict): AttributeClassifier {
    const params = ParameterReader.open(state, 'classifier');
    const model = new AttributeClassifier(config, params);
    params.finish();
    return model;
  }

  /**
   * @param images [n, S, S, 3] in [-1, 1]; S is the sample size, or a multiple of it
   * @throws RangeError for pictures of another size
   */
  forward(images: tf.Tensor4D): Classified {
    const [features, logits] = tf.tidy(() => {
      const convolved = this.#convs.reduce(
        (h, parameters, k) => activate(conv2d(h, parameters, { stride: 1 + (k % 2) }), 'silu'),
        averaged(images, this.config.sampleSize),
      );
      const flat = tf.reshape(convolved, [images.shape[0], convolved.size / images.shape[0]]) as tf.Tensor2D;
      const seen = activate(linear(flat, this.#features), 'silu');
      const answers = this.#heads.map((head) => linear(seen, head));
      return [seen, tf.concat2d(answers, 1)] as [tf.Tensor2D, tf.Tensor2D];
    });
    return { features, logits };
  }

  /** For each attribute the number of the largest of its logits. @param logits of one picture */
  answers(logits: ArrayLike<number>): number[] {
    let begin = 0;
    return this.config.attributes.map(({ values }) => {
      let best = 0;
      for (let v = 1; v < values.length; v++) if (logits[begin + v]! > logits[begin + best]!) best = v;
      begin += values.length;
      return best;
    });
  }

  dispose(): void {
    this.#params.dispose();
  }
}

/** Each pixel the mean of those it stands for: [n, S, S, C] to [n, side, side, C]. The caller disposes it. */
export function averaged(images: tf.Tensor4D, side: number): tf.Tensor4D {
  const [, height, width] = images.shape;
  const factor = height / side;
  if (height !== width || !Number.isInteger(factor)) {
    throw new RangeError(
      `expected square pictures of ${side} pixels a side or a multiple, got ${height} x ${width}`,
    );
  }
  return factor === 1 ? tf.clone(images) : tf.avgPool(images, factor, factor, 'valid');
}

/** Reads a folder with config.json and model.safetensors. @throws naming what is missing or damaged */
export async function loadAttributeClassifier(source: ModelSource): Promise<AttributeClassifier> {
  const [json, weights] = await Promise.all([source.read('config.json'), source.read('model.safetensors')]);
  if (json === undefined || weights === undefined) {
    throw new Error(
      `${source.name}: expected config.json and model.safetensors; make them with training/export_judge.py`,
    );
  }
  const config = parseAttributeClassifierConfig(
    parseConfigJson(json, 'config.json'),
    `${source.name}/config.json`,
  );
  return AttributeClassifier.create(config, parseSafetensors(weights, { name: 'model.safetensors' }));
}
