// Half precision and bfloat16 to float32 and back, without Float16Array (not every browser has it).

const scratchFloat = new Float32Array(1);
const scratchBits = new Uint32Array(scratchFloat.buffer);

let halfTable: Float32Array | undefined;

/** All 65,536 half-precision numbers as float32, built on first use (256 KiB). */
function table(): Float32Array {
  if (halfTable) return halfTable;
  halfTable = new Float32Array(65536);
  for (let half = 0; half < 65536; half++) {
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >> 10) & 31;
    const fraction = half & 1023;
    if (exponent === 31) halfTable[half] = fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    else if (exponent === 0) halfTable[half] = sign * fraction * 2 ** -24;
    else halfTable[half] = sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  }
  return halfTable;
}

/** The value of one IEEE 754 half-precision number, given by its 16 bits. Exact. */
export function halfToFloat(bits: number): number {
  return table()[bits & 0xffff]!;
}

/**
 * The 16 bits of the half-precision number nearest to `value` (ties to even, as IEEE 754 and numpy round).
 * Magnitudes of 65520 and more become infinity, NaN stays NaN.
 */
export function floatToHalf(value: number): number {
  scratchFloat[0] = value;
  const bits = scratchBits[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00; // NaN
  if (magnitude >= 0x477ff000) return sign | 0x7c00; // rounds up past 65504
  if (magnitude >= 0x38800000) {
    // Normal: rebias the exponent by 127 - 15 and round 23 fraction bits to 10.
    const rebased = magnitude - 0x38000000;
    return sign | ((rebased + 0x0fff + ((rebased >>> 13) & 1)) >>> 13);
  }
  // Subnormal: the number of steps of 2^-24, rounded to even.
  const steps = Math.abs(Math.fround(value)) * 2 ** 24;
  const floor = Math.floor(steps);
  const rest = steps - floor;
  return sign | (rest > 0.5 || (rest === 0.5 && (floor & 1) === 1) ? floor + 1 : floor);
}

/** The value of one bfloat16 number, given by its 16 bits. Exact. */
export function bfloatToFloat(bits: number): number {
  scratchBits[0] = (bits & 0xffff) << 16;
  return scratchFloat[0]!;
}

/** Widens little-endian half-precision numbers: `bytes` holds two for each number. Any alignment. */
export function widenHalf(bytes: Uint8Array): Float32Array {
  const floats = table();
  const out = new Float32Array(bytes.length >>> 1);
  for (let i = 0, at = 0; i < out.length; i++, at += 2) {
    out[i] = floats[bytes[at]! | (bytes[at + 1]! << 8)]!;
  }
  return out;
}

/** Widens little-endian bfloat16 numbers: `bytes` holds two for each number. Any alignment. */
export function widenBfloat(bytes: Uint8Array): Float32Array {
  const out = new Float32Array(bytes.length >>> 1);
  const bits = new Uint32Array(out.buffer);
  for (let i = 0, at = 0; i < bits.length; i++, at += 2) {
    bits[i] = (bytes[at]! << 16) | (bytes[at + 1]! << 24);
  }
  return out;
}
