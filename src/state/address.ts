// What drawings are asked with, and how much of it there may be: prompts, seeds, guidance, steps, backends.
//
// Everything that comes from an address or a file is somebody else's text: what is out of range is moved into it.
import type { BackendName } from '@noisebook/ldm';
import { printable } from './printable.ts';

/** Longest prompt, in UTF-16 units (what `maxlength` of a text field counts). */
export const MAX_PROMPT_LENGTH = 300;
export const SEED = { min: 0, max: 2 ** 32 - 1, step: 1 } as const;
export const GUIDANCE = { min: 1, max: 10, step: 0.5 } as const;
export const STEPS = { min: 1, max: 50, step: 1 } as const;

export interface Range {
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

/** The backend that the query's `backend` asks for; `notice` where it asks for one that does not exist. */
export function readBackend(search: string): { readonly backend?: BackendName; readonly notice?: string } {
  const asked = new URLSearchParams(search).get('backend');
  if (asked === null) return {};
  const backend = BACKENDS.find((name) => name === asked.toLowerCase());
  if (backend !== undefined) return { backend };
  const notice = `The address asks for an unknown backend. Expected one of ${BACKENDS.join(', ')}; choosing one myself.`;
  return { notice };
}
