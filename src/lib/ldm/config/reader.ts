// Reads the keys of a JSON settings file one by one; every error names the file, the key, what was expected, what came.

/** A settings file that this library cannot honour. */
export class ConfigError extends Error {
  constructor(where: string, key: string, expected: string, got: unknown) {
    super(`${where}: "${key}": expected ${expected}, got ${describe(got)}.`);
    this.name = 'ConfigError';
  }
}

/** A number or text for a message, cut to a readable length. */
function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value.slice(0, 8);
    const shown = items.map((item) => (Array.isArray(item) ? '[...]' : describe(item)));
    return `[${shown.join(', ')}${value.length > 8 ? ', ...' : ''}]`;
  }
  if (typeof value === 'object' && value !== null) return 'an object';
  return JSON.stringify(typeof value === 'string' ? value.slice(0, 100) : value);
}

export interface NumberLimits {
  readonly min?: number;
  readonly max?: number;
  /** Excludes `min` itself. */
  readonly above?: number;
}

/** One settings object. An absent key takes the default that diffusers gives it; `null` counts as a value. */
export class ConfigReader {
  readonly where: string;
  private readonly values: Readonly<Record<string, unknown>>;
  private readonly asked = new Set<string>();

  constructor(json: unknown, where: string) {
    if (typeof json !== 'object' || json === null || Array.isArray(json)) {
      throw new ConfigError(where, '(the whole file)', 'a JSON object', json);
    }
    this.where = where;
    this.values = json as Record<string, unknown>;
  }

  /** The value as it stands, undefined when absent. */
  raw(key: string): unknown {
    this.asked.add(key);
    return Object.hasOwn(this.values, key) ? this.values[key] : undefined;
  }

  fail(key: string, expected: string, got: unknown = this.raw(key)): never {
    throw new ConfigError(this.where, key, expected, got);
  }

  private orDefault(key: string, fallback: unknown): unknown {
    const value = this.raw(key);
    return value === undefined ? fallback : value;
  }

  integer(key: string, fallback: number | undefined, limits: NumberLimits = { min: 1 }): number {
    const value = this.orDefault(key, fallback);
    const expected = `a whole number${range(limits)}`;
    if (!Number.isSafeInteger(value) || !within(value as number, limits)) this.fail(key, expected, value);
    return value as number;
  }

  number(key: string, fallback: number | undefined, limits: NumberLimits = {}): number {
    const value = this.orDefault(key, fallback);
    if (typeof value !== 'number' || !Number.isFinite(value) || !within(value, limits)) {
      this.fail(key, `a number${range(limits)}`, value);
    }
    return value;
  }

  boolean(key: string, fallback: boolean): boolean {
    const value = this.orDefault(key, fallback);
    if (typeof value !== 'boolean') this.fail(key, 'true or false', value);
    return value;
  }

  oneOf<const T extends string>(key: string, fallback: T | undefined, choices: readonly T[]): T {
    const value = this.orDefault(key, fallback);
    const found = choices.find((choice) => choice === value);
    return found ?? this.fail(key, listed(choices), value);
  }

  /** null stays null, anything else goes to `read`. An absent key is null. */
  orNull<T>(key: string, read: (key: string) => T): T | null {
    const value = this.raw(key);
    return value === undefined || value === null ? null : read(key);
  }

  integers(
    key: string,
    fallback: readonly number[] | undefined,
    limits: NumberLimits = { min: 1 },
  ): readonly number[] {
    const value = this.orDefault(key, fallback);
    if (!Array.isArray(value) || value.length === 0 || !value.every((item) => isInteger(item, limits))) {
      this.fail(key, `a list of whole numbers${range(limits)}`, value);
    }
    return value;
  }

  numbers(key: string): readonly number[] {
    const value = this.raw(key);
    if (!Array.isArray(value) || !value.every((item) => typeof item === 'number' && Number.isFinite(item))) {
      this.fail(key, 'a list of numbers', value);
    }
    return value as number[];
  }

  /** A whole number for every level, or one of them for all. */
  integerPerLevel(key: string, fallback: number, levels: number): readonly number[] {
    const value = this.orDefault(key, fallback);
    if (isInteger(value, { min: 1 })) return Array.from({ length: levels }, () => value);
    if (!Array.isArray(value) || !value.every((item) => isInteger(item, { min: 1 }))) {
      this.fail(key, `a whole number from 1, or a list of ${levels} of them`, value);
    }
    if (value.length !== levels) this.fail(key, `${levels} entries, one for each level`, value);
    return value;
  }

  /** A list of names, each of them one of `choices`. */
  names<const T extends string>(
    key: string,
    fallback: readonly T[] | undefined,
    choices: readonly T[],
  ): readonly T[] {
    const value = this.orDefault(key, fallback);
    if (!Array.isArray(value) || value.length === 0) this.fail(key, 'a list of block types', value);
    return (value as unknown[]).map(
      (item) =>
        choices.find((choice) => choice === item) ?? this.fail(key, `each of ${listed(choices)}`, item),
    );
  }

  /** A setting of diffusers that is not implemented: only its neutral values pass. */
  only(key: string, neutral: readonly unknown[], why: string): void {
    const value = this.raw(key);
    if (value !== undefined && !neutral.includes(value)) {
      const expected = neutral.map((item) => JSON.stringify(item)).join(' or ');
      this.fail(key, `${expected} (${why})`, value);
    }
  }

  /** Settings that cannot change what the part computes here: whatever their value, they pass. */
  ignore(...keys: readonly string[]): void {
    for (const key of keys) this.asked.add(key);
  }

  /** `_class_name`, when given, must be this one. */
  className(expected: string): void {
    const value = this.raw('_class_name');
    if (value !== undefined && value !== expected) this.fail('_class_name', JSON.stringify(expected), value);
  }

  /**
   * Refuses settings that nobody asked for, unless they are off: they might change the result. What diffusers itself does
   * not know it keeps in the file and ignores, so such settings of a version that this library knows pass; those of a
   * later one, or of none, might be new.
   */
  finish(): void {
    if (isKnownVersion(this.raw('_diffusers_version'))) return;
    for (const [key, value] of Object.entries(this.values)) {
      if (key.startsWith('_') || this.asked.has(key) || value === null || value === false) continue;
      if (ABOUT_TRAINING.has(key)) continue;
      this.fail(key, 'no such setting (this library does not know it, so it cannot honour it)', value);
    }
  }
}

/** The version of diffusers whose settings this library was held against. */
const KNOWN_VERSION = [0, 42] as const;

/** Settings about how the weights were averaged: diffusers' EMAModel writes them into the network's file. */
const ABOUT_TRAINING: ReadonlySet<string> = new Set([
  'decay',
  'min_decay',
  'optimization_step',
  'update_after_step',
  'use_ema_warmup',
  'inv_gamma',
  'power',
]);

function isKnownVersion(version: unknown): boolean {
  const [, major, minor] = /^(\d+)\.(\d+)\b/.exec(typeof version === 'string' ? version : '') ?? [];
  if (major === undefined || minor === undefined) return false;
  const later = Number(major) - KNOWN_VERSION[0] || Number(minor) - KNOWN_VERSION[1];
  return later <= 0;
}

function isInteger(value: unknown, limits: NumberLimits): value is number {
  return Number.isSafeInteger(value) && within(value as number, limits);
}

function within(value: number, { min, max, above }: NumberLimits): boolean {
  return (
    (min === undefined || value >= min) &&
    (max === undefined || value <= max) &&
    (above === undefined || value > above)
  );
}

function range({ min, max, above }: NumberLimits): string {
  if (above !== undefined) return ` above ${above}${max === undefined ? '' : ` and up to ${max}`}`;
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  if (min !== undefined) return ` from ${min}`;
  return max === undefined ? '' : ` up to ${max}`;
}

function listed(choices: readonly string[]): string {
  return choices.map((choice) => JSON.stringify(choice)).join(' or ');
}
