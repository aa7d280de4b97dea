// How fast is the present backend? One convolution of the models' usual size, timed for some 50 ms.
import * as tf from '@tensorflow/tfjs-core';

const BUDGET_MS = 50;
const MAX_ROUNDS = 64;
/** Batch, side and channels: a denoiser level at batch 8. */
const SIZE = { batch: 8, side: 8, channels: 128 } as const;

/** Milliseconds of one round (convolution and read-back of a single number), the fastest of what fits into the budget. */
export async function timeConvolution(): Promise<number> {
  const { batch, side, channels } = SIZE;
  const x = tf.fill([batch, side, side, channels], 0.5) as tf.Tensor4D;
  const filter = tf.fill([3, 3, channels, channels], 0.01) as tf.Tensor4D;
  const round = async (): Promise<number> => {
    const start = performance.now();
    const sum = tf.tidy(() => tf.sum(tf.conv2d(tf.conv2d(x, filter, 1, 'same'), filter, 1, 'same')));
    await sum.data();
    sum.dispose();
    return performance.now() - start;
  };
  try {
    await round(); // compiles shaders, builds the operator
    let best = Infinity;
    let spent = 0;
    for (let i = 0; i < MAX_ROUNDS && spent < BUDGET_MS; i++) {
      const ms = await round();
      best = Math.min(best, ms);
      spent += ms;
    }
    return best;
  } finally {
    tf.dispose([x, filter]);
  }
}
