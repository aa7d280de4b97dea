// How numbers are written, everywhere: a real minus and none before a zero, 1,000, 13 %, a value and its unit kept together.

/** No line breaks here: U+00A0. */
const SPACE = '\u00a0';
/** What stands where nothing was measured. */
const NONE = '–';

const withMinus = (text: string): string => text.replace('-', /[1-9]/.test(text) ? '−' : '');

/** "−0.06", "48.20": with so many digits after the point. */
export const fixed = (value: number, digits: number): string =>
  Number.isFinite(value) ? withMinus(value.toFixed(digits)) : NONE;

/** "+0.81", "−1.20", "0.00": a change, or a number that may have either sign. */
export function signed(value: number, digits = 2): string {
  const text = fixed(value, digits);
  return value > 0 && /[1-9]/.test(text) ? `+${text}` : text;
}

/** "5,000": a count to the last one; "1,234.5" with `digits`. */
export const grouped = (value: number, digits = 0): string =>
  Number.isFinite(value) ? withMinus(value.toLocaleString('en', { maximumFractionDigits: digits })) : NONE;

/** "13 %" of 0.13; "–" of nothing. */
export const percent = (share: number | undefined, digits = 0): string =>
  share === undefined || !Number.isFinite(share) ? NONE : `${fixed(100 * share, digits)}${SPACE}%`;

/** "33.1 dB" */
export const decibels = (value: number, digits = 1): string => `${fixed(value, digits)}${SPACE}dB`;

/** "1.34 million", "92 thousand", "512": a count for people, in words. */
export function countOf(count: number): string {
  if (count < 1e3) return grouped(count);
  return count >= 1e6
    ? `${fixed(count / 1e6, count >= 1e7 ? 1 : 2)} million`
    : `${fixed(count / 1e3, 0)} thousand`;
}

/** "11.4 MB", "3.2 kB", "913 bytes" */
export function sizeOf(count: number): string {
  if (count >= 1e6) return `${fixed(count / 1e6, 1)}${SPACE}MB`;
  return count >= 1e3 ? `${fixed(count / 1e3, 1)}${SPACE}kB` : `${grouped(count)}${SPACE}bytes`;
}

/** "3.4 MB", and "0.0 MB" too: where several stand beside each other, or one grows. */
export const megabytes = (count: number): string => `${fixed(count / 1e6, 1)}${SPACE}MB`;

/** "47 ms", "2.3 s"; at least a millisecond. @param ms milliseconds */
export const duration = (ms: number): string =>
  ms < 1000 ? `${fixed(Math.max(1, ms), 0)}${SPACE}ms` : `${fixed(ms / 1000, 1)}${SPACE}s`;

const RAISED = '⁰¹²³⁴⁵⁶⁷⁸⁹';
const exponent = (minus: string, power: string): string =>
  `${SPACE}×${SPACE}10${minus && '⁻'}${power.replace(/\d/g, (digit) => RAISED[Number(digit)] ?? digit)}`;

/** So many significant digits, three for axes: 0.0123, 48.2, 12,300, 1.2 × 10⁻⁵. */
export function significant(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return NONE;
  const rounded = Number(value.toPrecision(digits));
  const size = Math.abs(rounded);
  const text =
    size !== 0 && (size < 1e-3 || size >= 1e7)
      ? rounded
          .toExponential()
          .replace(/e[+]?(-?)(\d+)$/, (_, minus: string, power: string) => exponent(minus, power))
      : rounded.toLocaleString('en', { maximumFractionDigits: 9 });
  return text.replaceAll('-', '−');
}

/** A number with so many digits after the point, as a number: for what is stored, or goes on being computed with. */
export const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));

/** A number with so many significant digits, as a number. */
export const roundedTo = (value: number, digits: number): number => Number(value.toPrecision(digits));
