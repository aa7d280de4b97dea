// Gradients of the TensorFlow.js operations that the networks and their losses are made of. The package's own register
// themselves only from a file that plain Node cannot load, and bring all others along.
import * as tf from '@tensorflow/tfjs-core';

/** One thunk an input, called only where the gradient is wanted. */
type Gradient = (
  dy: tf.Tensor,
  saved: readonly tf.Tensor[],
  attrs: Readonly<Record<string, unknown>>,
) => Record<string, () => tf.Tensor>;

interface Saved {
  readonly inputs?: readonly string[];
  /** The result, behind the inputs. */
  readonly output?: boolean;
}

/** Sums a gradient down to the shape of an input that was broadcast. */
function unbroadcast(gradient: tf.Tensor, shape: number[]): tf.Tensor {
  const axes = tf.broadcast_util.getReductionAxes(shape, gradient.shape);
  return tf.reshape(axes.length > 0 ? tf.sum(gradient, axes) : gradient, shape);
}

/** Of a function of two tensors that broadcasts: the gradients for a and b, before that is undone. */
function binary(
  forA: (dy: tf.Tensor, a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
  forB: (dy: tf.Tensor, a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
): Gradient {
  return (dy, saved) => {
    const [a, b] = saved as [tf.Tensor, tf.Tensor];
    return {
      a: () => unbroadcast(forA(dy, a, b), a.shape),
      b: () => unbroadcast(forB(dy, a, b), b.shape),
    };
  };
}

/** Of a function of one tensor: the gradient from dy and what was saved. */
function unary(forX: (dy: tf.Tensor, saved: tf.Tensor) => tf.Tensor): Gradient {
  return (dy, [saved]) => ({ x: () => forX(dy, saved as tf.Tensor) });
}

/** Of a sum or mean over axes: every element gets dy, times a factor that depends on how many there were. */
function reduction(factor: (count: number) => number): Gradient {
  return (dy, [x], { axis }) => {
    const shape = (x as tf.Tensor).shape;
    const axes = tf.util.parseAxisParam(axis as number | number[], shape);
    const kept = shape.map((size, i) => (axes.includes(i) ? 1 : size));
    const count = axes.reduce((product, i) => product * (shape[i] as number), 1);
    return { x: () => tf.mul(tf.reshape(dy, kept), tf.fill(shape, factor(count))) };
  };
}

const matrixProduct: Gradient = (dy, saved, { transposeA, transposeB }) => {
  const [a, b] = saved as [tf.Tensor, tf.Tensor];
  const ta = transposeA === true;
  const tb = transposeB === true;
  return {
    a: () => (ta ? tf.matMul(b, dy, tb, true) : tf.matMul(dy, b, false, !tb)),
    b: () => (tb ? tf.matMul(dy, a, true, ta) : tf.matMul(a, dy, !ta, false)),
  };
};

const slice: Gradient = (dy, [x], { begin }) => ({
  x: () => {
    const start = begin as number[];
    const shape = (x as tf.Tensor).shape;
    return tf.pad(
      dy,
      shape.map((size, i): [number, number] => {
        const before = start[i] as number;
        return [before, size - before - (dy.shape[i] as number)];
      }),
    );
  },
});

const pad: Gradient = (dy, [x], { paddings }) => ({
  x: () =>
    tf.slice(
      dy,
      (paddings as [number, number][]).map(([before]) => before),
      (x as tf.Tensor).shape,
    ),
});

const clip: Gradient = (dy, [x], { clipValueMin, clipValueMax }) => ({
  x: () => {
    const values = x as tf.Tensor;
    const above = tf.greaterEqual(values, clipValueMin as number);
    const inside = tf.logicalAnd(above, tf.lessEqual(values, clipValueMax as number));
    return tf.where(inside, dy, tf.zerosLike(dy));
  },
});

const softmax: Gradient = (dy, [y], { dim }) => ({
  logits: () => {
    const shares = y as tf.Tensor;
    const weighted = tf.mul(dy, shares);
    return tf.sub(weighted, tf.mul(tf.sum(weighted, [dim as number], true), shares));
  },
});

const resizeNearest: Gradient = (dy, [images], attrs) => ({
  images: () =>
    tf
      .engine()
      .runKernel('ResizeNearestNeighborGrad', { dy, images: images as tf.Tensor }, attrs as tf.NamedAttrMap),
});

/** By the name of the kernel: its gradient and what that needs to be kept. */
const table: Readonly<Record<string, readonly [Gradient, Saved]>> = {
  Add: [
    binary(
      (dy) => dy,
      (dy) => dy,
    ),
    { inputs: ['a', 'b'] },
  ],
  Sub: [
    binary(
      (dy) => dy,
      (dy) => tf.neg(dy),
    ),
    { inputs: ['a', 'b'] },
  ],
  Multiply: [
    binary(
      (dy, _, b) => tf.mul(dy, b),
      (dy, a) => tf.mul(dy, a),
    ),
    { inputs: ['a', 'b'] },
  ],
  RealDiv: [
    binary(
      (dy, _, b) => tf.div(dy, b),
      (dy, a, b) => tf.neg(tf.div(tf.mul(dy, a), tf.square(b))),
    ),
    { inputs: ['a', 'b'] },
  ],
  Neg: [unary((dy) => tf.neg(dy)), {}],
  Square: [unary((dy, x) => tf.mul(dy, tf.mul(x, 2))), { inputs: ['x'] }],
  Sqrt: [unary((dy, y) => tf.div(dy, tf.mul(y, 2))), { output: true }],
  Rsqrt: [unary((dy, y) => tf.mul(dy, tf.mul(tf.mul(y, -0.5), tf.square(y)))), { output: true }],
  Exp: [unary((dy, y) => tf.mul(dy, y)), { output: true }],
  // 0 at 0, as in PyTorch
  Abs: [unary((dy, x) => tf.mul(dy, tf.sign(x))), { inputs: ['x'] }],
  Sigmoid: [unary((dy, y) => tf.mul(dy, tf.mul(y, tf.sub(1, y)))), { output: true }],
  Tanh: [unary((dy, y) => tf.mul(dy, tf.sub(1, tf.square(y)))), { output: true }],
  Softplus: [unary((dy, x) => tf.mul(dy, tf.sigmoid(x))), { inputs: ['x'] }],
  Relu: [unary((dy, y) => tf.mul(dy, tf.step(y))), { output: true }],
  Erf: [
    unary((dy, x) => tf.mul(dy, tf.mul(tf.exp(tf.neg(tf.square(x))), 2 / Math.sqrt(Math.PI)))),
    { inputs: ['x'] },
  ],
  Sum: [reduction(() => 1), { inputs: ['x'] }],
  Mean: [reduction((count) => 1 / count), { inputs: ['x'] }],
  Reshape: [unary((dy, x) => tf.reshape(dy, x.shape)), { inputs: ['x'] }],
  Identity: [unary((dy) => tf.clone(dy)), {}],
  Transpose: [
    (dy, _, { perm }) => ({
      x: () => tf.transpose(dy, tf.backend_util.getUndoAxesPermutation(perm as number[])),
    }),
    {},
  ],
  Slice: [slice, { inputs: ['x'] }],
  PadV2: [pad, { inputs: ['x'] }],
  ClipByValue: [clip, { inputs: ['x'] }],
  Softmax: [softmax, { output: true }],
  BatchMatMul: [matrixProduct, { inputs: ['a', 'b'] }],
  ResizeNearestNeighbor: [resizeNearest, { inputs: ['images'] }],
};

/** Concat has as many inputs as it is given, SplitV as many results: lists instead of names. */
const lists: readonly tf.GradConfig[] = [
  {
    kernelName: 'Concat',
    saveAllInputs: true,
    gradFunc: (dy, saved, attrs) => {
      const axis = tf.util.parseAxisParam(
        attrs['axis'] as number,
        (saved[0] as tf.Tensor).shape,
      )[0] as number;
      const sizes = saved.map(({ shape }) => shape[axis] as number);
      const parts = tf.split(dy as tf.Tensor, sizes, axis);
      return Object.fromEntries(parts.map((part, i) => [String(i), () => part]));
    },
  },
  {
    kernelName: 'SplitV',
    gradFunc: (dy, _, attrs) => ({ x: () => tf.concat(dy as tf.Tensor[], attrs['axis'] as number) }),
  },
];

/** Makes the operations differentiable, those that are not yet. Call it before a gradient is taken; again does no harm. */
export function registerOpGradients(): void {
  const named = Object.entries(table).map(([kernelName, [gradient, { inputs, output }]]): tf.GradConfig => ({
    kernelName,
    ...(inputs === undefined ? {} : { inputsToSave: [...inputs] }),
    ...(output === true ? { outputsToSave: [true] } : {}),
    gradFunc: (dy, saved, attrs) => gradient(dy as tf.Tensor, saved, attrs),
  }));
  for (const config of [...named, ...lists]) {
    // The type leaves out that there may be none.
    const present = tf.getGradient(config.kernelName) as tf.GradConfig | undefined;
    if (present === undefined) tf.registerGradient(config);
  }
}
