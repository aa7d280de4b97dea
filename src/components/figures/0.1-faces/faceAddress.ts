// The state of figure 0.1 in the page's address: that of src/state/address.ts, the negative prompt, and typing=0.
import {
  limitPrompt,
  MAX_PROMPT_LENGTH,
  readAddress,
  writeAddress,
  type FigureState,
} from '../../../state/address.ts';
import { flag } from '../../../state/fields.ts';
import type { BackendName } from '@noisebook/ldm';

export interface FaceSettings extends FigureState {
  /** What the pictures should not show; empty for nothing. */
  readonly negative: string;
  /** Whether typing draws; in the address only where it does not. */
  readonly typing: boolean;
}

const typingField = flag(true);

export interface FaceAddress {
  readonly settings: FaceSettings;
  readonly backend?: BackendName;
  readonly notices: readonly string[];
}

/** Reads `location.search`; what it leaves out comes from `defaults`. */
export function readFaceAddress(search: string, defaults: FaceSettings): FaceAddress {
  const { state, notices, ...rest } = readAddress(search, defaults);
  const query = new URLSearchParams(search);
  const { prompt: negative, cut } = limitPrompt(query.get('negative') ?? defaults.negative);
  const written = query.get('typing');
  const typing = written === null ? defaults.typing : typingField.parse(written);
  const unusable = `The address has no usable typing (${typingField.expected}): typing draws.`;
  const cutNotice = `The negative prompt was cut to ${MAX_PROMPT_LENGTH} characters.`;
  return {
    settings: { ...state, negative, typing: typing ?? typingField.fallback },
    notices: [...notices, ...(cut ? [cutNotice] : []), ...(typing === undefined ? [unusable] : [])],
    ...rest,
  };
}

/** The query that says `settings`; keys of others stay. */
export function writeFaceAddress(settings: FaceSettings, search: string): string {
  const query = new URLSearchParams(writeAddress(settings, search));
  if (settings.negative === '') query.delete('negative');
  else query.set('negative', settings.negative);
  if (settings.typing === typingField.fallback) query.delete('typing');
  else query.set('typing', typingField.format(settings.typing));
  return `?${query.toString()}`;
}

/** Puts `settings` into the page's address without a new entry in the history. */
export function replaceFaceAddress(settings: FaceSettings): void {
  const { pathname, search, hash } = window.location;
  const next = writeFaceAddress(settings, search);
  if (next === search) return;
  try {
    window.history.replaceState(window.history.state, '', pathname + next + hash);
  } catch {
    // Safari allows 100 changes in 30 seconds. The address is behind until the next change; nothing else is.
  }
}
