// The settings of a CLIPTextModel (transformers' CLIPTextConfig).
import { ConfigReader } from './reader.ts';

/** quick_gelu is x * sigmoid(1.702 x); gelu is the exact one (erf). */
export type ClipTextActivation = 'quick_gelu' | 'gelu';

export interface ClipTextConfig {
  readonly vocabSize: number;
  /** Width of the hidden states, the D of [B, T, D]. */
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  /** 0: each token is its own vector and its place, behind the final layer norm. */
  readonly numHiddenLayers: number;
  /** Divides hiddenSize. */
  readonly numAttentionHeads: number;
  /** Longest sequence, the special tokens included. */
  readonly maxPositionEmbeddings: number;
  readonly hiddenAct: ClipTextActivation;
  readonly layerNormEps: number;
  readonly bosTokenId: number | null;
  readonly eosTokenId: number | null;
  readonly padTokenId: number | null;
}

/** @throws ConfigError naming the key, what was expected and what came. */
export function parseClipTextConfig(json: unknown, where: string): ClipTextConfig {
  const reader = new ConfigReader(json, where);
  reader.only('model_type', ['clip_text_model'], 'other text encoders are not implemented');
  const architectures = reader.raw('architectures');
  if (Array.isArray(architectures) && !architectures.includes('CLIPTextModel')) {
    reader.fail('architectures', '["CLIPTextModel"]');
  }
  const hiddenSize = reader.integer('hidden_size', 512);
  const numAttentionHeads = reader.integer('num_attention_heads', 8);
  if (hiddenSize % numAttentionHeads !== 0) {
    reader.fail('num_attention_heads', `a divisor of ${hiddenSize} (hidden_size)`, numAttentionHeads);
  }
  const token = (key: string): number | null => reader.orNull(key, () => reader.integer(key, 0, { min: 0 }));
  // Everything else in these files is about training, generation or the vision half, and changes nothing here.
  return {
    vocabSize: reader.integer('vocab_size', 49408),
    hiddenSize,
    intermediateSize: reader.integer('intermediate_size', 2048),
    numHiddenLayers: reader.integer('num_hidden_layers', 12, { min: 0 }),
    numAttentionHeads,
    maxPositionEmbeddings: reader.integer('max_position_embeddings', 77),
    hiddenAct: reader.oneOf('hidden_act', 'quick_gelu', ['quick_gelu', 'gelu']),
    layerNormEps: reader.number('layer_norm_eps', 1e-5, { min: 0 }),
    bosTokenId: token('bos_token_id'),
    // A list names several ends of a text; only the first one is ever written.
    eosTokenId: Array.isArray(reader.raw('eos_token_id'))
      ? (reader.integers('eos_token_id', [], { min: 0 })[0] ?? null)
      : token('eos_token_id'),
    padTokenId: token('pad_token_id'),
  };
}
