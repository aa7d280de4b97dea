// The kinds of value a figure keeps in its address: how each is read from somebody else's text, limited and written.
import { rounded } from '../writing/numbers.ts';
import { limitNumber, limitPrompt, MAX_PROMPT_LENGTH, type Range } from './address.ts';
import { printable } from './printable.ts';

/** One value of a figure. */
export interface Field<T> {
  readonly fallback: T;
  /** What a usable value is, for a message: "a whole number from 0 to 999". */
  readonly expected: string;
  /** The value that `text` stands for, or undefined if it stands for none. Numbers out of range are moved into it. */
  parse(text: string): T | undefined;
  format(value: T): string;
  /** True for a value that all cells of the page share under the field's name. */
  readonly shared?: boolean;
  /** Of a value that stands in the address by its name alone: whether it is written always, or where it was changed. */
  readonly plain?: 'always' | 'changed';
  /**
   * What the reader is told about `text`, which stands for `value`; left out, only that it stands for none.
   * @param key its name in the address
   */
  notice?(key: string, text: string, value: T | undefined): string | undefined;
}

export type Fields = Readonly<Record<string, Field<unknown>>>;
export type ValueOf<F> = F extends Field<infer T> ? T : never;
export type ValuesOf<F> = { readonly [K in keyof F]: ValueOf<F[K]> };

const PLAIN_NUMBER = /^-?\d{1,15}(\.\d{1,9})?$/;

function readNumber(text: string, min: number, max: number, step: number): number | undefined {
  const value = PLAIN_NUMBER.test(text) ? limitNumber(Number(text), { min, max, step }) : undefined;
  // Steps of 0.1 add up to 0.30000000000000004: say 0.3.
  return value === undefined ? undefined : rounded(value, 9);
}

/** A whole number from `min` to `max`. */
export function whole(min: number, max: number, fallback: number): Field<number> {
  return {
    fallback,
    expected: `a whole number from ${min} to ${max}`,
    parse: (text) => readNumber(text, min, max, 1),
    format: String,
  };
}

/** A number from `min` to `max` in steps of `step`. */
export function decimal(min: number, max: number, step: number, fallback: number): Field<number> {
  return {
    fallback,
    expected: `a number from ${min} to ${max} in steps of ${step}`,
    parse: (text) => readNumber(text, min, max, step),
    format: (value) => String(rounded(value, 9)),
  };
}

/** One of `values`. */
export function choice<const T extends string>(values: readonly T[], fallback: NoInfer<T>): Field<T> {
  return {
    fallback,
    expected: values.length > 12 ? 'one of the figure’s choices' : `one of ${values.join(', ')}`,
    parse: (text) => values.find((value) => value === text),
    format: (value) => value,
  };
}

/** Yes or no; `1` and `0` in the address. */
export function flag(fallback: boolean): Field<boolean> {
  return {
    fallback,
    expected: '1 or 0',
    parse: (text) => (text === '1' ? true : text === '0' ? false : undefined),
    format: (value) => (value ? '1' : '0'),
  };
}

/** Text of at most `maxLength` UTF-16 units; longer text is cut. */
export function text(maxLength: number, fallback: string): Field<string> {
  return {
    fallback,
    expected: `text of at most ${maxLength} characters`,
    parse: (value) => printable(value.slice(0, maxLength)),
    format: (value) => value,
  };
}

/** `length` numbers from `min` to `max` in steps of `step`, with `_` between them in the address. */
export function numbers(
  length: number,
  min: number,
  max: number,
  step: number,
  fallback: readonly number[],
): Field<readonly number[]> {
  return {
    fallback,
    expected: `${length} numbers from ${min} to ${max}, joined by _`,
    parse: (value) => {
      const parts = value.split('_', length + 1).map((part) => readNumber(part, min, max, step));
      return parts.length === length && parts.every((part) => part !== undefined) ? parts : undefined;
    },
    format: (values) => values.map((value) => String(rounded(value, 9))).join('_'),
  };
}

/** What a model is told, of at most 300 characters; longer text is cut. @param name "prompt", for people */
export function prompt(name: string, fallback: string): Field<string> {
  return {
    fallback,
    expected: `text of at most ${MAX_PROMPT_LENGTH} characters`,
    parse: (value) => limitPrompt(value).prompt,
    format: (value) => limitPrompt(value).prompt,
    notice: (_key, text) =>
      limitPrompt(text).cut ? `The ${name} was cut to ${MAX_PROMPT_LENGTH} characters.` : undefined,
  };
}

/** A number within a range and on its steps; that it was moved there is said. */
export function within({ min, max, step }: Range, fallback: number): Field<number> {
  return {
    ...decimal(min, max, step, fallback),
    parse: (value) => readNumber(value.trim(), min, max, step),
    notice: (key, text, value) => {
      if (value === undefined)
        return `The address has no usable ${key} (${min} to ${max}): using ${fallback}.`;
      return value === Number(text) ? undefined : `The address asks for ${key}=${text}: using ${value}.`;
    },
  };
}

/** The same field under its name alone: for the figure whose addresses are older than those of the others. */
export function plain<T>(field: Field<T>, written: 'always' | 'changed'): Field<T> {
  return { ...field, plain: written };
}

/** The same field, shared by all cells of the page that have one of this name. */
export function shared<T>(field: Field<T>): Field<T> & { readonly shared: true } {
  return { ...field, shared: true };
}
