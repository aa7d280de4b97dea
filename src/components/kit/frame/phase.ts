// What a cell is doing, and the sentence that says so.
import { duration, fixed, megabytes } from '../../../writing/numbers.ts';
import type { LoadEvent } from '../../../engine/protocol/messages.ts';

/** `words` is the figure's own sentence, where it has more to say than the frame's. */
export type Phase =
  | { readonly kind: 'recorded' }
  | { readonly kind: 'loading'; readonly loaded: number; readonly total: number; readonly stored: boolean }
  | { readonly kind: 'preparing'; readonly what: 'start' | 'backend' | 'weights' | 'compile' }
  | { readonly kind: 'busy'; readonly done: number; readonly total: number; readonly words?: string }
  | { readonly kind: 'live'; readonly ms?: number; readonly backend?: string; readonly words?: string }
  | { readonly kind: 'stopped'; readonly words?: string }
  | { readonly kind: 'error'; readonly message: string }
  | { readonly kind: 'impossible'; readonly message: string };

export const isBusy = ({ kind }: Phase): boolean =>
  kind === 'loading' || kind === 'preparing' || kind === 'busy';

const preparing = {
  start: 'Starting the compute worker …',
  backend: 'Choosing where to compute …',
  weights: 'Reading the weights …',
  compile: 'Compiling …',
} as const;

/** The phase that an event of the engine's stands for. */
export function phaseOf(event: LoadEvent): Phase {
  if (event.type === 'preparing') return { kind: 'preparing', what: event.what };
  const { loaded, total, stored } = event;
  return { kind: 'loading', loaded, total, stored };
}

/** The status region's sentence. */
export function describePhase(phase: Phase): string {
  if ('words' in phase) return phase.words;
  switch (phase.kind) {
    case 'recorded':
      return '';
    case 'loading':
      return phase.stored
        ? 'Opening the stored model …'
        : `Downloading the model: ${fixed(phase.loaded / 1e6, 1)} of ${megabytes(phase.total)}`;
    case 'preparing':
      return preparing[phase.what];
    case 'busy':
      return phase.total > 1 ? `Computing: ${phase.done} of ${phase.total}` : 'Computing …';
    case 'live':
      return [phase.ms !== undefined && duration(phase.ms), phase.backend]
        .filter((part) => part !== undefined && part !== false)
        .join(' on ');
    case 'stopped':
      return 'Stopped. Change something to go on.';
    case 'error':
    case 'impossible':
      return phase.message;
  }
}

/** How far the work in hand is, 0 to 1; undefined when there is none or nobody knows. */
export function progressOf(phase: Phase): number | undefined {
  if (phase.kind === 'loading') return phase.total > 0 ? phase.loaded / phase.total : undefined;
  if (phase.kind === 'busy') return phase.total > 1 ? phase.done / phase.total : undefined;
  return undefined;
}
