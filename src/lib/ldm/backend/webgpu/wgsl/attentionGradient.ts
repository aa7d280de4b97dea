// Gradient of attention for short sequences. Nothing but a row's log-sum and its mean of dy . v is stored: weights are
// computed again (Dao et al. 2022, algorithm 4). First an invocation for each query of each head, then one for each key.
import type * as tf from '@tensorflow/tfjs-core';
import { float, int, type Pass, type Uniform } from '../dispatch.ts';
import { WORKGROUP } from './program.ts';

export interface AttentionShape {
  readonly heads: number;
  readonly headDim: number;
  readonly causal: number;
  readonly qOffset: number;
  readonly kOffset: number;
  readonly vOffset: number;
}

type Inputs = Readonly<Record<'dy' | 'q' | 'k' | 'v', tf.TensorInfo>>;

function uniformsOf({ q, k, v }: Inputs, shape: AttentionShape): Uniform[] {
  const [batch, queries, qStride] = q.shape as [number, number, number];
  const [, keys, kStride] = k.shape as [number, number, number];
  return [
    int('batch', batch),
    int('queries', queries),
    int('keys', keys),
    int('qStride', qStride),
    int('kStride', kStride),
    int('vStride', v.shape[2] as number),
    int('heads', shape.heads),
    int('causal', shape.causal),
    int('qOffset', shape.qOffset),
    int('kOffset', shape.kOffset),
    int('vOffset', shape.vOffset),
    float('scale', 1 / Math.sqrt(shape.headDim)),
  ];
}

/** Makes dq [B, Tq, heads headDim] and `rows` [B, Tq, heads, 2]: log sum exp of the scores, and sum of weights dy . v. */
export function queryGradient(inputs: Inputs, shape: AttentionShape): Pass {
  const { headDim, heads } = shape;
  const [batch, queries] = inputs.q.shape as [number, number];
  const each = (body: string): string => `for (var d = 0; d < ${headDim}; d++) { ${body} }`;
  const walk = (body: string): string => `
      kAt = image * uniforms.keys * uniforms.kStride + uniforms.kOffset + head * ${headDim};
      vAt = image * uniforms.keys * uniforms.vStride + uniforms.vOffset + head * ${headDim};
      for (var j = 0; j < seen; j++) {
        var score = 0.0;
        var dWeight = 0.0;
        ${each('score += query[d] * k[kAt + d]; dWeight += dOut[d] * v[vAt + d];')}
        ${body}
        kAt += uniforms.kStride;
        vAt += uniforms.vStride;
      }`;
  return {
    key: `attentionQueryGradient_${headDim}`,
    reads: inputs,
    makes: { dq: [batch, queries, heads * headDim], rows: [batch, queries, heads, 2] },
    uniforms: uniformsOf(inputs, shape),
    workgroups: Math.ceil((batch * queries * heads) / WORKGROUP),
    workgroupSize: WORKGROUP,
    code: `
    fn main(group : i32, tid : i32) {
      let index = group * ${WORKGROUP} + tid;
      if (index >= uniforms.batch * uniforms.queries * uniforms.heads) { return; }
      let head = index % uniforms.heads;
      let row = index / uniforms.heads; // picture and query
      let image = row / uniforms.queries;
      let qAt = row * uniforms.qStride + uniforms.qOffset + head * ${headDim};
      let at = index * ${headDim};
      let seen = select(uniforms.keys, row % uniforms.queries + 1, uniforms.causal == 1);
      var query : array<f32, ${headDim}>;
      var dOut : array<f32, ${headDim}>;
      var dQuery : array<f32, ${headDim}>;
      ${each('query[d] = q[qAt + d] * uniforms.scale; dOut[d] = dy[at + d];')}
      var kAt : i32;
      var vAt : i32;
      var best = -1e30;
      var sum = 0.0;
      var mean = 0.0;
      ${walk(`
        let higher = max(best, score);
        let keep = exp(best - higher);
        let weight = exp(score - higher);
        sum = sum * keep + weight;
        mean = mean * keep + weight * dWeight;
        best = higher;`)}
      mean /= sum;
      let logSum = best + log(sum);
      ${walk(`
        let dScore = exp(score - logSum) * (dWeight - mean) * uniforms.scale;
        ${each('dQuery[d] += dScore * k[kAt + d];')}`)}
      ${each('dq[at + d] = dQuery[d];')}
      rows[index * 2] = logSum;
      rows[index * 2 + 1] = mean;
    }`,
  };
}

/** Makes dk and dv [B, Tk, heads headDim] out of the `rows` of queryGradient. */
export function keyGradient(inputs: Inputs, rows: tf.TensorInfo, shape: AttentionShape): Pass {
  const { headDim, heads } = shape;
  const [batch, keys] = inputs.k.shape as [number, number];
  const each = (body: string): string => `for (var d = 0; d < ${headDim}; d++) { ${body} }`;
  return {
    key: `attentionKeyGradient_${headDim}`,
    reads: { ...inputs, rows },
    makes: { dk: [batch, keys, heads * headDim], dv: [batch, keys, heads * headDim] },
    uniforms: uniformsOf(inputs, shape),
    workgroups: Math.ceil((batch * keys * heads) / WORKGROUP),
    workgroupSize: WORKGROUP,
    code: `
    fn main(group : i32, tid : i32) {
      let index = group * ${WORKGROUP} + tid;
      if (index >= uniforms.batch * uniforms.keys * uniforms.heads) { return; }
      let head = index % uniforms.heads;
      let row = index / uniforms.heads; // picture and key
      let image = row / uniforms.keys;
      let kAt = row * uniforms.kStride + uniforms.kOffset + head * ${headDim};
      let vAt = row * uniforms.vStride + uniforms.vOffset + head * ${headDim};
      var key : array<f32, ${headDim}>;
      var value : array<f32, ${headDim}>;
      var dKey : array<f32, ${headDim}>;
      var dValue : array<f32, ${headDim}>;
      ${each('key[d] = k[kAt + d] * uniforms.scale; value[d] = v[vAt + d];')}
      for (var i = select(0, row % uniforms.keys, uniforms.causal == 1); i < uniforms.queries; i++) {
        let pair = (image * uniforms.queries + i) * uniforms.heads + head;
        let qAt = (image * uniforms.queries + i) * uniforms.qStride + uniforms.qOffset + head * ${headDim};
        var score = 0.0;
        var dWeight = 0.0;
        ${each(`score += key[d] * q[qAt + d]; dWeight += dy[pair * ${headDim} + d] * value[d];`)}
        let weight = exp(score - rows[pair * 2]);
        let dScore = weight * (dWeight - rows[pair * 2 + 1]) * uniforms.scale;
        ${each(`dKey[d] += dScore * q[qAt + d]; dValue[d] += weight * dy[pair * ${headDim} + d];`)}
      }
      let at = index * ${headDim};
      ${each('dk[at + d] = dKey[d]; dv[at + d] = dValue[d];')}
    }`,
  };
}
