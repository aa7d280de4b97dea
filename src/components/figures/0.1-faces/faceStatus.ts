// What figure 0.1 is doing, and the sentence that says so.

/** Why something is drawn: Generate was pressed; the reader types; the reader rests after typing. */
export type Occasion = 'asked' | 'typed' | 'rested';

export type Phase =
  | { readonly kind: 'recorded' }
  | { readonly kind: 'loading'; readonly loaded: number; readonly total: number; readonly stored: boolean }
  | { readonly kind: 'preparing'; readonly what: 'start' | 'backend' | 'weights' | 'compile' }
  | {
      readonly kind: 'busy';
      /** Asked for with Generate; or begun by typing: the first picture, then all four. */
      readonly occasion: Occasion;
      readonly step: number;
      readonly total: number;
    }
  | {
      /** The first picture is there. */
      readonly kind: 'sketched';
      readonly ms: number;
      /** Whether all four follow by themselves. */
      readonly follows: boolean;
    }
  | { readonly kind: 'done'; readonly ms: number; readonly backend: string }
  | { readonly kind: 'stopped'; readonly step: number; readonly total: number }
  | { readonly kind: 'error'; readonly message: string }
  | { readonly kind: 'impossible'; readonly message: string };

export const isBusy = (phase: Phase): boolean =>
  phase.kind === 'loading' || phase.kind === 'preparing' || phase.kind === 'busy';

const preparing = {
  start: 'Starting the compute worker …',
  backend: 'Choosing where to compute …',
  weights: 'Reading the weights …',
  compile: 'Compiling …',
} as const;

/** Bytes for people, in steps of a tenth: "3.4 MB". */
export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

const unasked = { typed: 'Drawing while you type …', rested: 'Drawing all four …' } as const;

/**
 * The status region's sentence.
 * @param modelBytes what a first Generate downloads
 * @param quick what a first key downloads, and how much of it Generate needs as well, where typing is enough to draw;
 * Generate without a key before it downloads `modelBytes`
 */
export function describe(
  phase: Phase,
  modelBytes: number,
  quick?: { readonly bytes: number; readonly shared: number },
): string {
  switch (phase.kind) {
    case 'recorded': {
      const bytes = megabytes(modelBytes);
      if (quick === undefined) return `Recorded. Generate downloads ${bytes}, once.`;
      if (quick.shared === modelBytes) return `Recorded. Typing or Generate downloads ${bytes}, once.`;
      const more = megabytes(modelBytes - quick.shared);
      return `Recorded. Typing downloads ${megabytes(quick.bytes)}, Generate then ${more} more, once.`;
    }
    case 'loading':
      return phase.stored
        ? 'Opening the stored model …'
        : `Downloading the model: ${(phase.loaded / 1e6).toFixed(1)} of ${megabytes(phase.total)}`;
    case 'preparing':
      return preparing[phase.what];
    case 'busy':
      if (phase.occasion !== 'asked') return unasked[phase.occasion];
      return phase.step === 0 ? 'Pure noise' : `Step ${phase.step} of ${phase.total}`;
    case 'sketched':
      return `Image 1 in ${(phase.ms / 1000).toFixed(1)} s. ${phase.follows ? 'The others follow.' : 'Generate draws all four.'}`;
    case 'done':
      return `Done in ${(phase.ms / 1000).toFixed(1)} s on ${phase.backend}`;
    case 'stopped':
      return phase.step === 0
        ? 'Stopped before the first step.'
        : `Stopped after step ${phase.step} of ${phase.total}.`;
    case 'error':
    case 'impossible':
      return phase.message;
  }
}

/** How far the work in hand is, 0 to 1; undefined when there is none or nobody knows. */
export function progress(phase: Phase): number | undefined {
  if (phase.kind === 'loading') return phase.total > 0 ? phase.loaded / phase.total : undefined;
  if (phase.kind === 'busy') return phase.step / phase.total;
  return undefined;
}
