// What figure 4.1 does as the reader asks: opens a picture, encodes it, measures its curve, and says what went wrong.
import { untrack } from 'svelte';
import type { CellState } from '../../kit/frame/cellState.svelte.ts';
import { encoderTrouble } from './jpeg.ts';
import type { JpegBench } from './jpegBench.svelte.ts';

interface JpegCell extends Pick<CellState<never>, 'live' | 'visible' | 'run' | 'notice'> {
  readonly values: { readonly picture: string; readonly quality: number };
}

const inWords = (failure: unknown): string => (failure instanceof Error ? failure.message : String(failure));

/** Keeps `bench` at what `cell` asks for. To be called while a component is set up. */
export function runBench(cell: JpegCell, bench: JpegBench): void {
  // Each on its own: a change of the one must not do the work of the other again.
  const picture = $derived(cell.values.picture);
  const quality = $derived(cell.values.quality);

  $effect(() => {
    if (!cell.live) return;
    bench.open(picture).catch((failure: unknown) => {
      cell.notice(inWords(failure));
    });
  });
  $effect(() => {
    if (!cell.live || bench.original === undefined) return;
    const [whole, asked] = [bench.original, quality];
    void cell.run(async () => {
      await bench.encode(whole, asked);
      return undefined;
    });
  });
  $effect(() => {
    if (!cell.live || !cell.visible || bench.original === undefined) return;
    const whole = bench.original;
    if (untrack(() => bench.curve.length > 0)) return;
    const controller = new AbortController();
    bench.measure(whole, controller.signal).catch((failure: unknown) => {
      cell.notice(`The curve was not measured: ${inWords(failure)}`);
    });
    return () => controller.abort();
  });
  $effect(() => {
    const result = cell.live ? bench.result : undefined;
    const trouble = result && encoderTrouble(result.type, bench.curve);
    if (trouble !== undefined) cell.notice(trouble);
  });
}
