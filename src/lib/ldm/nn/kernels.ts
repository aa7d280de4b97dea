// The fused kernels that a backend may offer beyond TensorFlow.js's own; nn falls back to plain ops where it has none.
import * as tf from '@tensorflow/tfjs-core';

export const GROUP_NORM = 'NoisebookGroupNorm';
export const LAYER_NORM = 'NoisebookLayerNorm';
export const ATTENTION = 'NoisebookAttention';
export const ACTIVATION = 'NoisebookActivation';
export const GEGLU = 'NoisebookGeglu';

// Gradients of those: the inputs and attributes of the forward kernel and dy, of the shape of its result. The results
// that stand for an input have its shape. Sums are taken in a fixed order: the same input gives the same bits.

/** {dy, x, weight, bias, addend?} as GROUP_NORM -> [dx, dWeight, dBias, dAddend if there is one] */
export const GROUP_NORM_GRAD = 'NoisebookGroupNormGrad';
/** {dy, x, weight} {epsilon} -> [dx, dWeight, dBias] */
export const LAYER_NORM_GRAD = 'NoisebookLayerNormGrad';
/**
 * {dy, q, k, v} as ATTENTION -> [dq, dk, dv], each without the columns that are not its own: dq [Bq, Tq, heads *
 * headDim], dk and dv [Bk, Tk, heads * headDim]
 */
export const ATTENTION_GRAD = 'NoisebookAttentionGrad';
/** {dy, x} {activation} -> dx */
export const ACTIVATION_GRAD = 'NoisebookActivationGrad';
/** {dy [..., C], x [..., 2 C]} -> dx */
export const GEGLU_GRAD = 'NoisebookGegluGrad';
/** {x [..., C]} -> [C]: the sum over all axes but the last, the gradient of a bias */
export const COLUMN_SUM = 'NoisebookColumnSum';

/**
 * {x [B, H, W, I], kernel HWIO, bias [O]} {stride, top, bottom, left, right} -> [B, H', W', O]. The attributes but the
 * first are zeros added on each side.
 */
export const CONV2D = 'NoisebookConv2d';
/** {dy, x, kernel} as CONV2D -> [dx, dKernel, dBias] */
export const CONV2D_GRAD = 'NoisebookConv2dGrad';
/** {x [N, I], kernel [I, O], bias? [O]} -> [N, O] */
export const LINEAR = 'NoisebookLinear';
/** {dy, x, kernel} -> [dx, dKernel, dBias] */
export const LINEAR_GRAD = 'NoisebookLinearGrad';

// What changes tensors in place; nothing is returned. They throw where the data is shared by several tensors (tf.clone,
// tf.reshape, tf.variable(t) without t.dispose()).

/**
 * {g, p, m, v, scale?} {learningRate, beta1, beta2, epsilon, weightDecay, correction1, correction2, gradientScale}: one
 * AdamW step (Loshchilov & Hutter 2019) on p, m and v, of one size. correction is 1 - beta^t, t = 1 at the first step.
 * g counts times gradientScale, and times `scale`, a scalar, where there is one:
 *
 *     p -= learningRate * weightDecay * p
 *     m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g^2
 *     p -= learningRate / correction1 * m / (sqrt(v / correction2) + epsilon)
 */
export const ADAMW = 'NoisebookAdamW';
/** {average, value} {decay}: average += (1 - decay) (value - average) */
export const EMA = 'NoisebookEma';

// The same for lists: inputs named by letter and place, `p0`, `p1` and so on. Only where a dispatch costs more than what it
// computes (WebGPU).

/** {g0, p0, m0, v0, g1, ..., scale?} attributes as ADAMW */
export const ADAMW_MANY = 'NoisebookAdamWMany';
/** {average0, value0, average1, ...} {decay} */
export const EMA_MANY = 'NoisebookEmaMany';
/** {x0, x1, ...} -> scalar: the sum of the squares of all their numbers */
export const SQUARE_SUM = 'NoisebookSquareSum';

/** Activations by the number that kernels know them by. */
export const ACTIVATION_CODES = { none: 0, silu: 1, gelu: 2, quickGelu: 3 } as const;

export interface FusedKernel {
  readonly name: string;
  readonly backend: string;
  /** Whether the kernel can do this size: channels per row, or for attention features per head and number of keys. */
  readonly supports: (channels: number, keys: number) => boolean;
  /** Returns one tensor, or a list. */
  readonly run: tf.KernelFunc;
}

const registered = new Map<string, FusedKernel>();
/** TensorFlow.js's own kernels whose place one of ours has taken. */
const overridden = new Map<string, tf.KernelConfig>();
let enabled = true;

export function registerFusedKernel(kernel: FusedKernel): void {
  const key = `${kernel.backend}/${kernel.name}`;
  if (registered.has(key)) tf.unregisterKernel(kernel.name, kernel.backend);
  registered.set(key, kernel);
  tf.registerKernel({ kernelName: kernel.name, backendName: kernel.backend, kernelFunc: kernel.run });
}

/** Puts a kernel in the place of one of TensorFlow.js's, or where a backend lacks it. */
export function overrideKernel(name: string, backend: string, run: tf.KernelFunc): void {
  const original = tf.getKernel(name, backend) as tf.KernelConfig | undefined;
  const key = `${backend}/${name}`;
  if (original !== undefined) {
    if (!overridden.has(key) && !registered.has(key)) overridden.set(key, original);
    tf.unregisterKernel(name, backend);
  }
  registered.set(key, { name, backend, supports: () => true, run });
  tf.registerKernel({ kernelName: name, backendName: backend, kernelFunc: run });
}

/** Takes all of a backend's away; what they had replaced is back. */
export function unregisterFusedKernels(backend: string): void {
  for (const [key, kernel] of registered) {
    if (kernel.backend !== backend) continue;
    registered.delete(key);
    tf.unregisterKernel(kernel.name, backend);
    const original = overridden.get(key);
    overridden.delete(key);
    if (original !== undefined) tf.registerKernel(original);
  }
}

/** Switches the fused kernels off or on (tests compare both ways). Returns what it was. */
export function enableFusedKernels(on: boolean): boolean {
  const before = enabled;
  enabled = on;
  return before;
}

/** True while operations are being recorded for a gradient. */
export const taping = (): boolean => tf.engine().state.gradientDepth > 0;

/** True if the present backend has the kernel for this size, taped or not. */
export function offersKernel(name: string, channels: number, keys = 0): boolean {
  if (!enabled) return false;
  return registered.get(`${tf.getBackend()}/${name}`)?.supports(channels, keys) ?? false;
}

/**
 * True if the present backend has the kernel for this size. Never while a gradient is being taped: what runs it must
 * then say how its gradient is made (`tf.customGrad`).
 */
export function hasFusedKernel(name: string, channels: number, keys = 0): boolean {
  return !taping() && offersKernel(name, channels, keys);
}

/** Runs a fused kernel of the present backend on tensors; the result is owned by the caller or its tidy. */
export function runFusedKernel(
  name: string,
  inputs: Record<string, tf.Tensor>,
  attrs: Record<string, number>,
): tf.Tensor {
  return tf.engine().runKernel(name, inputs, attrs) as tf.Tensor;
}

/** The same for a kernel with several results, or none. */
export function runFusedKernels(
  name: string,
  inputs: Record<string, tf.Tensor>,
  attrs: Record<string, number>,
): tf.Tensor[] {
  return tf.engine().runKernel(name, inputs, attrs) as unknown as tf.Tensor[];
}

/** Inputs of a kernel over lists: `listInputs({ average, value })` is {average0, value0, average1, value1, ...}. */
export function listInputs(lists: Readonly<Record<string, readonly tf.Tensor[]>>): Record<string, tf.Tensor> {
  return Object.fromEntries(
    Object.entries(lists).flatMap(([name, list]) => list.map((tensor, i) => [`${name}${i}`, tensor])),
  );
}
