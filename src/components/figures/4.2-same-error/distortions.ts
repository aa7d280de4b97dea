// The six ways in which figure 4.2 harms a face, each with one strength that goes up from nothing.
import type { Distortion } from './equalError.ts';
import { Rng } from '@noisebook/ldm/numbers';

export const KINDS = ['brightness', 'hue', 'corner', 'eye', 'noise', 'blur'] as const;
export type Kind = (typeof KINDS)[number];

/** What happened to the picture, for its caption. */
export const KIND_NAMES: Readonly<Record<Kind, string>> = {
  brightness: 'brighter',
  hue: 'hue turned',
  corner: 'corner lost',
  eye: 'eye moved',
  noise: 'noise added',
  blur: 'blurred',
};

/** The largest strength that is tried. Bytes, degrees, pixels, pixels, bytes, pixels (for pictures of 128 x 128). */
export const MOST: Readonly<Record<Kind, number>> = {
  brightness: 120,
  hue: 180,
  corner: 64,
  eye: 40,
  noise: 120,
  blur: 8,
};

/** A face in layers, RGBA bytes [size, size, 4] each. */
export interface LayeredFace {
  readonly size: number;
  readonly whole: Uint8ClampedArray;
  /** The face as far as it is drawn before its left eye. */
  readonly below: Uint8ClampedArray;
  /** That eye alone, on nothing. */
  readonly eye: Uint8ClampedArray;
  /** What is drawn after it, brows and hair, on nothing. */
  readonly over: Uint8ClampedArray;
}

const GOLDEN = 0.6180339887498949;

/**
 * Rounds so that the average stays: a number between two bytes becomes the upper one as often as it is near it. Which
 * one is fixed for each place, so that more strength never gives less change. Whole numbers stay as they are.
 */
function toByte(value: number, place: number): number {
  return Math.max(0, Math.min(255, Math.floor(value + ((place * GOLDEN) % 1))));
}

function brighter(source: Uint8ClampedArray, by: number): Uint8ClampedArray {
  const out = new Uint8ClampedArray(source.length);
  for (let i = 0; i < out.length; i++) out[i] = i % 4 === 3 ? 255 : toByte(source[i]! + by, i);
  return out;
}

/** Turns the colours around the axis of greys; how bright they look (BT.601) stays, as far as bytes allow. */
function turnHue(source: Uint8ClampedArray, degrees: number): Uint8ClampedArray {
  const cos = Math.cos((degrees * Math.PI) / 180);
  const sin = Math.sin((degrees * Math.PI) / 180);
  const out = new Uint8ClampedArray(source.length);
  for (let i = 0; i < out.length; i += 4) {
    const [r, b] = [source[i]!, source[i + 2]!];
    const y = 0.299 * r + 0.587 * source[i + 1]! + 0.114 * b;
    const blue = (b - y) / 1.772;
    const red = (r - y) / 1.402;
    const turnedBlue = cos * blue - sin * red;
    const turnedRed = sin * blue + cos * red;
    out[i] = toByte(y + 1.402 * turnedRed, i);
    out[i + 1] = toByte(y - 0.344136 * turnedBlue - 0.714136 * turnedRed, i + 1);
    out[i + 2] = toByte(y + 1.772 * turnedBlue, i + 2);
    out[i + 3] = 255;
  }
  return out;
}

/** Static in the upper right corner, `side` pixels wide and high; its last row and column as far as they belong to it. */
function destroyCorner(source: Uint8ClampedArray, size: number, side: number): Uint8ClampedArray {
  const out = source.slice();
  const rng = new Rng('corner');
  const span = Math.ceil(MOST.corner);
  for (let y = 0; y < span; y++) {
    for (let back = 0; back < span; back++) {
      const static_ = [rng.uniform() * 255, rng.uniform() * 255, rng.uniform() * 255];
      const share = Math.max(0, Math.min(1, side - y)) * Math.max(0, Math.min(1, side - back));
      if (share === 0) continue;
      const at = (y * size + size - 1 - back) * 4;
      for (let c = 0; c < 3; c++)
        out[at + c] = toByte(source[at + c]! + share * (static_[c]! - source[at + c]!), at + c);
    }
  }
  return out;
}

/** The face drawn again with its left eye `down` pixels lower; between two pixels it is blended. */
function moveEye({ size, below, eye, over }: LayeredFace, down: number): Uint8ClampedArray {
  const out = new Uint8ClampedArray(below.length);
  const step = Math.floor(down);
  const part = down - step;
  for (let at = 0; at < out.length; at += 4) {
    // The eye at this pixel is a mixture of two of its own pixels.
    const near = at - step * size * 4;
    const far = near - size * 4;
    const nearShare = ((1 - part) * (eye[near + 3] ?? 0)) / 255;
    const farShare = (part * (eye[far + 3] ?? 0)) / 255;
    const overShare = over[at + 3]! / 255;
    for (let c = 0; c < 3; c++) {
      const colour =
        (1 - nearShare - farShare) * below[at + c]! +
        nearShare * (eye[near + c] ?? 0) +
        farShare * (eye[far + c] ?? 0);
      out[at + c] = toByte((1 - overShare) * colour + overShare * over[at + c]!, at + c);
    }
    out[at + 3] = 255;
  }
  return out;
}

function addNoise(source: Uint8ClampedArray, grain: Float32Array, strength: number): Uint8ClampedArray {
  return source.map((value, i) => (i % 4 === 3 ? 255 : toByte(value + strength * grain[i]!, i)));
}

/** A Gaussian of `sigma` pixels, first along rows, then along columns; beyond the edge the edge goes on. */
function blur(source: Uint8ClampedArray, size: number, sigma: number): Uint8ClampedArray {
  const radius = Math.max(1, Math.ceil(3 * sigma));
  const raw = Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * Math.max(sigma, 1e-3) ** 2)),
  );
  const sum = raw.reduce((a, b) => a + b, 0);
  const weights = Float64Array.from(raw, (weight) => weight / sum);
  const rows = new Float64Array(size * size * 3);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      for (let i = -radius; i <= radius; i++) {
        const from = (y * size + Math.max(0, Math.min(size - 1, x + i))) * 4;
        const weight = weights[i + radius]!;
        const at = (y * size + x) * 3;
        for (let c = 0; c < 3; c++) rows[at + c]! += weight * source[from + c]!;
      }
    }
  }
  const out = new Uint8ClampedArray(source.length);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const at = (y * size + x) * 4;
      let [r, g, b] = [0, 0, 0];
      for (let i = -radius; i <= radius; i++) {
        const from = (Math.max(0, Math.min(size - 1, y + i)) * size + x) * 3;
        const weight = weights[i + radius]!;
        r += weight * rows[from]!;
        g += weight * rows[from + 1]!;
        b += weight * rows[from + 2]!;
      }
      out[at] = toByte(r, at);
      out[at + 1] = toByte(g, at + 1);
      out[at + 2] = toByte(b, at + 2);
      out[at + 3] = 255;
    }
  }
  return out;
}

/** Every distortion of one face. The same strength always gives the same bytes. */
export function distortionsOf(face: LayeredFace): Readonly<Record<Kind, Distortion>> {
  const { whole, size } = face;
  const rng = new Rng('grain');
  const grain = Float32Array.from({ length: whole.length }, () => rng.normal());
  return {
    brightness: (strength) => brighter(whole, strength),
    hue: (strength) => turnHue(whole, strength),
    corner: (strength) => destroyCorner(whole, size, strength),
    eye: (strength) => moveEye(face, strength),
    noise: (strength) => addNoise(whole, grain, strength),
    blur: (strength) => blur(whole, size, strength),
  };
}
