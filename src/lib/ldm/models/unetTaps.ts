// Taps: attention probabilities and activations of a denoiser, handed out while it computes.
import * as tf from '@tensorflow/tfjs-core';
import type { AttentionPoint, TapPoint } from '../config/unetPoints.ts';
import type { LayerTaps, TapKind } from '../nn/taps.ts';

/** What is to be seen, by the names of `UNet2DConditionModel.tapPoints`. */
export interface TapNames {
  /** Attentions whose probabilities are wanted; 'cross' are all that look at the text. */
  readonly attention?: readonly string[] | 'cross' | undefined;
  /** Blocks whose output is wanted. */
  readonly activations?: readonly string[] | undefined;
}

/** One tensor of a running denoiser. */
export interface Tap {
  readonly point: TapPoint;
  /**
   * Of the point's shape, lent for the duration of the call. The probabilities of a position sum to 1 over the keys. With
   * guidance the batch is twice as long, and what is computed for the prompt is its second half.
   */
  readonly tensor: tf.Tensor4D;
}

/** An observer of a forward pass. */
export interface Taps extends TapNames {
  readonly onTap: (tap: Tap) => void;
}

const isCross = (point: TapPoint): point is AttentionPoint =>
  point.kind === 'attention' && point.sees === 'text';

/** Those points of one kind that are named. */
function ofKind(
  kind: TapKind,
  names: readonly string[] | 'cross' | undefined,
  points: readonly TapPoint[],
): TapPoint[] {
  if (names === undefined) return [];
  if (names === 'cross') return points.filter(isCross);
  const present = points.filter((point) => point.kind === kind);
  const missing = names.find((name) => !present.some((point) => point.name === name));
  if (missing === undefined) return present.filter(({ name }) => names.includes(name));
  const list = present.map(({ name }) => name).join(', ') || 'none';
  throw new RangeError(
    `${kind}: expected names of what the denoiser has, got '${missing}'. It has: ${list}. Choose among these.`,
  );
}

/**
 * The points that are named, attentions first.
 * @param points all that the network has, see `UNet2DConditionModel.tapPoints`
 * @throws RangeError naming what is not among them, and what is
 */
export function namedPoints(names: TapNames, points: readonly TapPoint[]): TapPoint[] {
  return [
    ...ofKind('attention', names.attention, points),
    ...ofKind('activations', names.activations, points),
  ];
}

/** What the layers of one forward pass ask, and who hears what they show. @throws as `namedPoints` */
export function openTaps(taps: Taps, points: readonly TapPoint[]): LayerTaps {
  const named = namedPoints(taps, points);
  const find = (kind: TapKind, name: string): TapPoint | undefined =>
    named.find((point) => point.kind === kind && point.name === name);
  return {
    wants: (kind, name) => find(kind, name) !== undefined,
    give(kind, name, tensor) {
      const point = find(kind, name);
      if (point !== undefined) taps.onTap({ point, tensor });
    },
  };
}

/** What was tapped, read back. */
export interface RecordedTap {
  readonly point: TapPoint;
  /** Of `point.shape`, row-major. */
  readonly data: Float32Array<ArrayBuffer>;
}

/** Keeps what is tapped until it is read; owns it until then. */
export class TapRecorder implements Taps {
  readonly attention: TapNames['attention'];
  readonly activations: TapNames['activations'];
  readonly #kept: Tap[] = [];

  constructor({ attention, activations }: TapNames) {
    this.attention = attention;
    this.activations = activations;
  }

  readonly onTap = ({ point, tensor }: Tap): void => {
    this.#kept.push({ point, tensor: tf.keep(tf.clone(tensor)) });
  };

  /** Reads what has come since the last call, in its order, and frees each tensor once it is read. */
  async read(): Promise<RecordedTap[]> {
    const read: RecordedTap[] = [];
    for (let next = this.#kept.shift(); next !== undefined; next = this.#kept.shift()) {
      const { point, tensor } = next;
      try {
        // The backend may keep what it returns: copy.
        read.push({ point, data: Float32Array.from(await tensor.data<'float32'>()) });
      } finally {
        tensor.dispose();
      }
    }
    return read;
  }

  /** Frees what was not read. */
  dispose(): void {
    for (const { tensor } of this.#kept.splice(0)) tensor.dispose();
  }
}
