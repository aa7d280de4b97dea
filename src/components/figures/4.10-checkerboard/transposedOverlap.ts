// Which inputs of a transposed convolution reach which output: the reason for checkerboards.
// Odena, Dumoulin and Olah (2016), https://distill.pub/2016/deconv-checkerboard

/** One line from an input to an output. */
export interface Tap {
  readonly input: number;
  readonly output: number;
  /** Which of the kernel's numbers it multiplies with. */
  readonly weight: number;
}

/**
 * All taps of a transposed convolution in one dimension whose output is `stride` times as long as its input: input i
 * reaches outputs i * stride - padding ... + kernel - 1, and padding = floor((kernel - stride + 1) / 2) centres them.
 * @param inputs how many inputs
 */
export function transposedTaps(inputs: number, kernel: number, stride: number): Tap[] {
  const padding = Math.max(0, Math.floor((kernel - stride + 1) / 2));
  const taps: Tap[] = [];
  for (let input = 0; input < inputs; input++) {
    for (let weight = 0; weight < kernel; weight++) {
      const output = input * stride - padding + weight;
      if (output >= 0 && output < inputs * stride) taps.push({ input, output, weight });
    }
  }
  return taps;
}

/** How many taps reach each output, away from the borders: one period of `stride` outputs. */
export function overlapPattern(kernel: number, stride: number): number[] {
  const inputs = kernel + 2;
  const counts = new Array<number>(inputs * stride).fill(0);
  for (const { output } of transposedTaps(inputs, kernel, stride)) counts[output]!++;
  const middle = Math.floor(inputs / 2) * stride;
  return counts.slice(middle, middle + stride);
}

/** The same for nearest-neighbour resizing and a convolution: every output is reached by every tap of the kernel. */
export function resizeTaps(inputs: number, kernel: number, stride: number): Tap[] {
  const taps: Tap[] = [];
  const reach = Math.floor(kernel / 2);
  for (let output = 0; output < inputs * stride; output++) {
    for (let weight = 0; weight < kernel; weight++) {
      const from = output + weight - reach;
      if (from >= 0 && from < inputs * stride)
        taps.push({ input: Math.floor(from / stride), output, weight });
    }
  }
  return taps;
}
