// The state of the first figure in the page's address: ?prompt=...&seed=7&guidance=3&steps=12
//
// Everything that comes from an address is somebody else's text: what is not understood is left out, what is out
// of range is moved into it, and `notices` says so.
import type { BackendName } from '@noisebook/ldm';
import { printable } from './printable.ts';

/** Longest prompt, in UTF-16 units (what `maxlength` of a text field counts). */
export const MAX_PROMPT_LENGTH = 300;
export const SEED = { min: 0, max: 2 ** 32 - 1, step: 1 } as const;
export const GUIDANCE = { min: 1, max: 10, step: 0.5 } as const;
export const STEPS = { min: 1, max: 50, step: 1 } as const;

/** What the reader sets in the first figure. */
export interface FigureState {
  readonly prompt: string;
  /** Integer, 0 to 2^32 - 1. */
  readonly seed: number;
  /** 1 to 10 in halves; 1 is off. */
  readonly guidance: number;
  /** 1 to 50. */
  readonly steps: number;
}

export interface Address {
  readonly state: FigureState;
  /** The backend that `?backend=` asks for. */
  readonly backend?: BackendName;
  /** Sentences about what was left out or changed; to be shown. */
  readonly notices: readonly string[];
}

interface Range {
  readonly min: number;
  readonly max: number;
  readonly step: number;
}

/** All names of backends. */
export const BACKENDS = ['webgpu', 'webgl', 'wasm'] as const satisfies readonly BackendName[];

/** Makes any text a prompt: printable, well-formed, at most `MAX_PROMPT_LENGTH` long. `cut` is true if it was longer. */
export function limitPrompt(text: string): { readonly prompt: string; readonly cut: boolean } {
  // Look no further than needed: a pasted book costs no more than a long sentence.
  const head = printable(text.slice(0, 4 * MAX_PROMPT_LENGTH));
  const cut = head.length > MAX_PROMPT_LENGTH || text.length > 4 * MAX_PROMPT_LENGTH;
  const kept = head.slice(0, MAX_PROMPT_LENGTH);
  // The cut may have gone through a character made of two units: drop its first half.
  const whole = cut && /[\ud800-\udbff]$/.test(kept) ? kept.slice(0, -1) : kept;
  return { prompt: whole.toWellFormed(), cut };
}

/** Moves `value` into `range` and onto its steps; undefined if it is no number. */
export function limitNumber(value: number, range: Range): number | undefined {
  if (!Number.isFinite(value)) return undefined;
  const stepped = range.min + Math.round((value - range.min) / range.step) * range.step;
  return Math.min(range.max, Math.max(range.min, stepped));
}

/** Reads the query of an address, for example `location.search`. */
export function readAddress(search: string, defaults: FigureState): Address {
  const query = new URLSearchParams(search);
  const notices: string[] = [];

  const readNumber = (key: string, range: Range, fallback: number): number => {
    const text = query.get(key);
    if (text === null) return fallback;
    const plain = /^-?\d{1,15}(\.\d{1,6})?$/.test(text.trim());
    const value = plain ? limitNumber(Number(text), range) : undefined;
    if (value === undefined) {
      notices.push(`The address has no usable ${key} (${range.min} to ${range.max}): using ${fallback}.`);
      return fallback;
    }
    if (value !== Number(text)) notices.push(`The address asks for ${key}=${text}: using ${value}.`);
    return value;
  };

  const { prompt, cut } = limitPrompt(query.get('prompt') ?? defaults.prompt);
  if (cut) notices.push(`The prompt was cut to ${MAX_PROMPT_LENGTH} characters.`);
  const state: FigureState = {
    prompt,
    seed: readNumber('seed', SEED, defaults.seed),
    guidance: readNumber('guidance', GUIDANCE, defaults.guidance),
    steps: readNumber('steps', STEPS, defaults.steps),
  };

  const asked = query.get('backend');
  const backend = BACKENDS.find((name) => name === asked?.toLowerCase());
  if (asked !== null && backend === undefined) {
    notices.push(
      `The address asks for an unknown backend. Expected one of ${BACKENDS.join(', ')}; choosing one myself.`,
    );
  }
  return { state, notices, ...(backend && { backend }) };
}

/** The query that says `state`. Keeps the other keys of `search` (a backend, a teacher's `hide`) as they are. */
export function writeAddress(state: FigureState, search: string): string {
  const query = new URLSearchParams(search);
  query.set('prompt', limitPrompt(state.prompt).prompt);
  query.set('seed', String(state.seed));
  query.set('guidance', String(state.guidance));
  query.set('steps', String(state.steps));
  return `?${query.toString()}`;
}
