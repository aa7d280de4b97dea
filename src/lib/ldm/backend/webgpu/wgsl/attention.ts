// Attention for short sequences: one invocation for each query of each head walks over the keys, keeping a running
// softmax (Milakov & Gimelshein 2018). No scores are stored, and nothing is transposed.
import type { WebGPUProgram } from '@tensorflow/tfjs-backend-webgpu';
import { program, WORKGROUP } from './program.ts';

/** Features per head that an invocation can hold. */
export const MAX_HEAD_DIM = 96;
/** Beyond this many keys, tiled matrix products are faster. */
export const MAX_KEYS = 256;

/** Inputs q, k, v [B, T, stride]; uniforms heads, causal, qOffset, kOffset, vOffset, scale. */
export function attentionProgram(
  batch: number,
  queries: number,
  heads: number,
  headDim: number,
): WebGPUProgram {
  const each = (body: string): string => `for (var d = 0; d < ${headDim}; d++) { ${body} }`;
  return program({
    key: `attention_${headDim}`,
    outputShape: [batch, queries, heads * headDim],
    inputs: ['q', 'k', 'v'],
    uniforms: 'heads : i32, causal : i32, qOffset : i32, kOffset : i32, vOffset : i32, scale : f32,',
    workgroups: Math.ceil((batch * queries * heads) / WORKGROUP),
    code: `
    fn main(index : i32) {
      let queries = uniforms.qShape[1];
      let keys = uniforms.kShape[1];
      if (index >= uniforms.outShape[0] * queries * uniforms.heads) { return; }
      let head = index % uniforms.heads;
      let row = index / uniforms.heads; // image and query
      let image = row / queries;
      let qAt = row * uniforms.qShape[2] + uniforms.qOffset + head * ${headDim};
      var kAt = image * keys * uniforms.kShape[2] + uniforms.kOffset + head * ${headDim};
      var vAt = image * keys * uniforms.vShape[2] + uniforms.vOffset + head * ${headDim};
      var query : array<f32, ${headDim}>;
      var mixed : array<f32, ${headDim}>;
      ${each('query[d] = q[qAt + d] * uniforms.scale; mixed[d] = 0.0;')}
      var best = -1e30;
      var sum = 0.0;
      let seen = select(keys, row % queries + 1, uniforms.causal == 1);
      for (var j = 0; j < seen; j++) {
        var score = 0.0;
        ${each('score += query[d] * k[kAt + d];')}
        let higher = max(best, score);
        let keep = exp(best - higher);
        let weight = exp(score - higher);
        sum = sum * keep + weight;
        ${each('mixed[d] = mixed[d] * keep + weight * v[vAt + d];')}
        best = higher;
        kAt += uniforms.kShape[2];
        vAt += uniforms.vShape[2];
      }
      let at = row * uniforms.outShape[2] + head * ${headDim};
      ${each('result[at + d] = mixed[d] / sum;')}
    }`,
  });
}
