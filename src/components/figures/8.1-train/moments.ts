// What was seen of a run, moment after moment: reconstructions in phase one, samples and a guess in phase two.
import type { LabGuessEvent, LabPicturesEvent, LabSamplesEvent } from '../../../engine/protocol/lab.ts';
import type { Phase } from '@noisebook/ldm';

export interface Moment {
  readonly phase: Phase;
  readonly step: number;
  readonly pictures?: LabPicturesEvent;
  readonly samples?: LabSamplesEvent;
  readonly guess?: LabGuessEvent;
  /** The stored snapshot whose weights can draw; undefined where there is none (yet). */
  readonly files?: number;
}

type Seen = LabPicturesEvent | LabSamplesEvent | LabGuessEvent;

export const phaseOfSeen = ({ type }: Seen): Phase => (type === 'pictures' ? 'autoencoder' : 'denoiser');

/** Earlier first: by phase, then by step. */
export const inOrder = (a: Pick<Moment, 'phase' | 'step'>, b: Pick<Moment, 'phase' | 'step'>): number =>
  a.phase === b.phase ? a.step - b.step : a.phase === 'autoencoder' ? -1 : 1;

/** The moments with `seen` among them; what comes after it goes: a resumed run does it again. */
export function withSeen(moments: readonly Moment[], seen: Seen): Moment[] {
  const at = { phase: phaseOfSeen(seen), step: seen.step };
  const same = moments.find((moment) => inOrder(moment, at) === 0);
  const next: Moment = { ...at, ...same, [seen.type]: seen };
  return [...moments.filter((moment) => inOrder(moment, at) < 0), next];
}

/** The newest thing of kind `what` up to `position`; undefined before there is one. */
export function lastWith<K extends 'pictures' | 'samples' | 'guess'>(
  moments: readonly Moment[],
  position: number,
  what: K,
): NonNullable<Moment[K]> | undefined {
  for (let i = Math.min(position, moments.length - 1); i >= 0; i--) {
    const found = moments[i]?.[what];
    if (found !== undefined) return found;
  }
  return undefined;
}

/** At most `most` of `items`, evenly spread, the first and the last among them. */
export function evenly<T>(items: readonly T[], most: number): T[] {
  if (items.length <= most) return [...items];
  return Array.from({ length: most }, (_, i) => items[Math.round((i * (items.length - 1)) / (most - 1))]!);
}

/** The newest moment up to `position` whose weights are stored, else the first one after it; -1 if there is none. */
export function lastIndexWithFiles(moments: readonly Moment[], position: number): number {
  const before = moments.findLastIndex(({ files }, i) => files !== undefined && i <= position);
  return before >= 0 ? before : moments.findIndex(({ files }) => files !== undefined);
}
