// CLIPTextModel: the text encoder, a causal pre-norm transformer (Radford et al. 2021).
import * as tf from '@tensorflow/tfjs-core';
import type { ClipTextConfig } from '../config/index.ts';
import { activate, type ActivationName } from '../nn/activations.ts';
import { attention } from '../nn/attention.ts';
import type { FilePart } from '../nn/layouts.ts';
import { layerNorm, readLayerNorm, type LayerNormParameters } from '../nn/layerNorm.ts';
import { linear, readLinear, readLinears, type LinearParameters } from '../nn/linear.ts';
import { ParameterReader, type CreateOptions, type Parameter, type Trainable } from '../nn/parameters.ts';
import type { StateDict } from '../weights/safetensors.ts';

class EncoderLayer {
  readonly #norm1: LayerNormParameters;
  readonly #qkv: LinearParameters;
  readonly #out: LinearParameters;
  readonly #norm2: LayerNormParameters;
  readonly #fc1: LinearParameters;
  readonly #fc2: LinearParameters;
  readonly #heads: number;
  readonly #width: number;
  readonly #activation: ActivationName;

  constructor(params: ParameterReader, config: ClipTextConfig) {
    const { hiddenSize: width, intermediateSize, layerNormEps } = config;
    const attn = params.scope('self_attn');
    this.#heads = config.numAttentionHeads;
    this.#width = width;
    this.#activation = config.hiddenAct;
    this.#norm1 = readLayerNorm(params.scope('layer_norm1'), width, layerNormEps);
    this.#qkv = readLinears(attn, ['q_proj', 'k_proj', 'v_proj'], width, width, { bias: true });
    this.#out = readLinear(attn.scope('out_proj'), width, width);
    this.#norm2 = readLayerNorm(params.scope('layer_norm2'), width, layerNormEps);
    this.#fc1 = readLinear(params.scope('mlp.fc1'), width, intermediateSize);
    this.#fc2 = readLinear(params.scope('mlp.fc2'), intermediateSize, width);
  }

  /** [B, T, D] to [B, T, D]. */
  forward(x: tf.Tensor3D): tf.Tensor3D {
    const width = this.#width;
    return tf.tidy(() => {
      const data = linear(layerNorm(x, this.#norm1), this.#qkv); // [B, T, 3 D]
      const mixed = attention(
        { data, offset: 0 },
        { data, offset: width },
        { data, offset: 2 * width },
        {
          heads: this.#heads,
          headDim: width / this.#heads,
          causal: true,
        },
      );
      const h = tf.add(x, linear(mixed, this.#out)) as tf.Tensor3D;
      const inner = activate(linear(layerNorm(h, this.#norm2), this.#fc1), this.#activation);
      return tf.add(h, linear(inner, this.#fc2)) as tf.Tensor3D;
    });
  }
}

/**
 * Rows of a table: [V, D] and N row numbers to [N, D]. The gradient adds up by a matrix product, so in the same order each
 * time; TensorFlow.js's own has atomic additions on WebGPU, which do not, and is missing on wasm.
 */
function embed(table: tf.Tensor2D, ids: tf.Tensor1D): tf.Tensor2D {
  const run = tf.customGrad((rows, save) => {
    (save as tf.GradSaveFunc)([ids]);
    return {
      value: tf.gather(rows as tf.Tensor2D, ids),
      gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) => {
        // [N, V]; as whole numbers first: asked for float32, wasm writes the bits of integers
        const chosen = tf.cast(tf.oneHot(saved as tf.Tensor1D, table.shape[0]), 'float32') as tf.Tensor2D;
        return tf.matMul(chosen, dy as tf.Tensor2D, true, false);
      },
    };
  });
  return run(table) as tf.Tensor2D;
}

export class CLIPTextModel implements Trainable {
  readonly config: ClipTextConfig;
  readonly #params: ParameterReader;
  readonly #tokenEmbedding: tf.Tensor2D;
  readonly #positionEmbedding: tf.Tensor2D;
  readonly #layers: readonly EncoderLayer[];
  readonly #finalNorm: LayerNormParameters;

  private constructor(config: ClipTextConfig, owner: ParameterReader) {
    const { hiddenSize, vocabSize, maxPositionEmbeddings, numHiddenLayers } = config;
    // transformers wrote a `text_model.` prefix up to version 4 and none since.
    const params = owner.has('text_model.final_layer_norm.weight') ? owner.scope('text_model') : owner;
    this.config = config;
    this.#params = owner;
    this.#tokenEmbedding = params.raw('embeddings.token_embedding.weight', [
      vocabSize,
      hiddenSize,
    ]) as tf.Tensor2D;
    this.#positionEmbedding = params.raw('embeddings.position_embedding.weight', [
      maxPositionEmbeddings,
      hiddenSize,
    ]) as tf.Tensor2D;
    params.ignore('embeddings.position_ids'); // 0, 1, 2, ...: older files carry them
    this.#layers = Array.from(
      { length: numHiddenLayers },
      (_, i) => new EncoderLayer(params.scope(`encoder.layers.${i}`), config),
    );
    this.#finalNorm = readLayerNorm(params.scope('final_layer_norm'), hiddenSize, config.layerNormEps);
    owner.finish();
  }

  /** @throws if the weights do not fit the config: every missing, extra or wrongly shaped one is named. */
  static create(config: ClipTextConfig, state: StateDict, options: CreateOptions = {}): CLIPTextModel {
    return new CLIPTextModel(config, ParameterReader.open(state, 'text_encoder', options));
  }

  /** The names and shapes of the weights that such a model has. */
  static survey(config: ClipTextConfig): readonly FilePart[] {
    const params = ParameterReader.survey('text_encoder');
    new CLIPTextModel(config, params);
    return params.asked;
  }

  get parameters(): readonly Parameter[] {
    return this.#params.parameters;
  }

  readState(values?: readonly tf.Tensor[]): Promise<StateDict> {
    return this.#params.readState(values);
  }

  /**
   * The last hidden state behind the final layer norm.
   * @param ids [B, T] token numbers, T at most max_position_embeddings
   * @returns [B, T, D]
   */
  forward(ids: tf.Tensor2D): tf.Tensor3D {
    const { hiddenSize, maxPositionEmbeddings } = this.config;
    const [batch, length] = ids.shape;
    if (length > maxPositionEmbeddings) {
      throw new Error(`text encoder: expected at most ${maxPositionEmbeddings} tokens, got ${length}`);
    }
    return tf.tidy(() => {
      const flat = tf.reshape(tf.cast(ids, 'int32'), [batch * length]) as tf.Tensor1D;
      const words = tf.reshape(embed(this.#tokenEmbedding, flat), [batch, length, hiddenSize]);
      const positions = tf.slice(this.#positionEmbedding, [0, 0], [length, hiddenSize]);
      let h = tf.add(words, positions) as tf.Tensor3D;
      for (const layer of this.#layers) h = layer.forward(h);
      return layerNorm(h, this.#finalNorm);
    });
  }

  dispose(): void {
    this.#params.dispose();
  }
}
