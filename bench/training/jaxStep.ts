// One training step in jax-js: loss and gradients, clipping, AdamW and the average of the weights, as one compiled function.
// Its optax has AdamW, too, but not this clipping (PyTorch's), so the update is written out.
import { blockUntilReady, jit, numpy as np, tree, valueAndGrad } from '@jax-js/jax';
import type { StepNumbers } from './types.ts';
import type { Weights } from './jaxOps.ts';

type Arrays = Record<string, np.Array>;
type State = { weights: Arrays; first: Arrays; second: Arrays; average: Arrays };
/** What changes from step to step; arrays, so that nothing is compiled anew. */
type Numbers = {
  /** -learning rate / (1 - beta1^t) */
  rate: np.Array;
  /** 1 / sqrt(1 - beta2^t) */
  spread: np.Array;
  /** Share of the old average that stays. */
  decay: np.Array;
};

export interface JaxStepOptions {
  readonly weights: Readonly<
    Record<string, { readonly shape: readonly number[]; readonly data: Float32Array }>
  >;
  readonly batch: Arrays;
  readonly loss: (weights: Weights, batch: Arrays) => np.Array;
  readonly learningRate: number;
  readonly betas: readonly [number, number];
  readonly epsilon: number;
  readonly weightDecay: number;
  readonly maxNorm: number;
  /** Share of the old average that stays after step t = 1, 2, ... */
  readonly averageDecay: (step: number) => number;
  /** Computes in the calling thread alone instead of in jax-js's workers. */
  readonly alone: boolean;
}

const map = (f: (...leaves: np.Array[]) => np.Array, first: Arrays, ...rest: Arrays[]): Arrays =>
  Object.fromEntries(
    Object.keys(first).map((name) => [name, f(first[name]!, ...rest.map((arrays) => arrays[name]!))]),
  );

/** Makes the step; every call takes one more, on the same batch. */
export function makeJaxStep(options: JaxStepOptions): () => Promise<StepNumbers> {
  const { loss, betas, epsilon, weightDecay, learningRate, maxNorm } = options;
  const [beta1, beta2] = betas;

  const step = jit((state: State, batch: Arrays, { rate, spread, decay }: Numbers) => {
    const { weights, first, second, average } = state;
    const [value, gradients] = valueAndGrad(loss)(tree.ref(weights), batch) as [np.Array, Arrays];
    const squares = Object.values(gradients).map((g) => np.sum(np.square(g.ref)));
    const norm = np.sqrt(squares.reduce((a, b) => a.add(b)));
    const scale = np.minimum(np.reciprocal(norm.ref.add(1e-6)).mul(maxNorm), 1);
    const clipped = map((g) => g.mul(scale.ref), gradients);
    // m = beta1 m + (1 - beta1) g and v = beta2 v + (1 - beta2) g^2
    const m = map((old, g) => old.mul(beta1).add(g.ref.mul(1 - beta1)), first, clipped);
    const v = map((old, g) => old.mul(beta2).add(np.square(g).mul(1 - beta2)), second, clipped);
    const next = map(
      (p, a, b) => {
        const move = a.ref.div(np.sqrt(b.ref).mul(spread.ref).add(epsilon)).mul(rate.ref);
        return p.mul(1 - learningRate * weightDecay).add(move);
      },
      weights,
      m,
      v,
    );
    const averaged = map(
      (old, p) => old.mul(decay.ref).add(p.ref.mul(decay.ref.neg().add(1))),
      average,
      next,
    );
    for (const used of [scale, rate, spread, decay]) used.dispose();
    return { state: { weights: next, first: m, second: v, average: averaged }, loss: value, norm };
  });

  const filled = (zero: boolean): Arrays =>
    Object.fromEntries(
      Object.entries(options.weights).map(([name, { shape, data }]) => [
        name,
        zero ? np.zeros([...shape]) : np.array(data.slice(), { shape: [...shape] }),
      ]),
    );
  let state: State = {
    weights: filled(false),
    first: filled(true),
    second: filled(true),
    average: filled(false),
  };
  let count = 0;
  return async () => {
    count++;
    const numbers: Numbers = {
      rate: np.array(-learningRate / (1 - beta1 ** count)),
      spread: np.array(1 / Math.sqrt(1 - beta2 ** count)),
      decay: np.array(options.averageDecay(count)),
    };
    const result = step(state, tree.ref(options.batch), numbers);
    state = result.state;
    if (options.alone) {
      // The arrays come from one compiled program: reading one runs it all.
      return { loss: result.loss.dataSync()[0]!, gradientNorm: result.norm.dataSync()[0]! };
    }
    const [lossValue, normValue] = await Promise.all([result.loss.data(), result.norm.data()]);
    await blockUntilReady(state);
    return { loss: lossValue[0]!, gradientNorm: normValue[0]! };
  };
}
