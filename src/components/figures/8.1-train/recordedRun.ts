// The recorded run of figure 8.1: what its file says, and how its pictures are read from their sheets.
import type { Recipe } from '@noisebook/ldm/numbers';
import type { EncodedEvent, UpdateTraceEvent, Phase } from '@noisebook/ldm';
import type { ChartPoint } from '../../kit/charts/chart.ts';
import type { RunData } from './runView.svelte.ts';

/** A moment of the run: numbers here, pictures in the sheets. */
export interface RecordedMoment {
  readonly phase: Phase;
  readonly step: number;
  /** Phase one: dB, and two numbers for each picture of the map. */
  readonly psnr?: number;
  readonly map?: readonly number[];
  /** Phase two: the guess's t. */
  readonly timestep?: number;
}

export type SheetName = 'originals' | 'latents' | 'reconstructions' | 'samples' | 'guesses' | 'thumbnails';

/**
 * Pictures in one file. `originals`: one row. `reconstructions`: a row for each moment of phase one. `samples`: a column
 * for each moment of phase two, a row for each caption. `guesses`: a row for each moment of phase two: original, noised,
 * guess. `latents`: one row, the last moment's, in colours. `thumbnails`: the pictures of the map.
 */
export interface Sheet {
  readonly file: string;
  readonly columns: number;
  readonly rows: number;
  /** Pixels of a picture's side. */
  readonly size: number;
}

/** What public/recorded/8-1/recorded.json says. */
export interface RecordedRun {
  /** Shipped models that took part: none, the run began from nothing. */
  readonly manifests: Readonly<Record<string, never>>;
  readonly name: string;
  readonly recipe: Recipe;
  readonly data: RunData;
  /** How long it took where it was recorded, in milliseconds, and on what. */
  readonly ms: number;
  readonly backend: string;
  readonly curves: Readonly<Record<Phase, readonly (readonly [step: number, loss: number])[]>>;
  readonly byTimestep: readonly ChartPoint[];
  readonly encoded?: EncodedEvent;
  readonly moments: readonly RecordedMoment[];
  readonly trace?: RecordedTrace;
  readonly latentSize: number;
  readonly latentChannels: number;
  /** latents.bin: bytes from -127 to 127 for each moment of phase one, [count, h, w, c]; 127 stands for this value. */
  readonly latentRange: number;
  readonly sheets: Readonly<Record<SheetName, Sheet>>;
}

/** The trace of one step with plain lists. */
export type RecordedTrace = {
  readonly [K in keyof UpdateTraceEvent]: UpdateTraceEvent[K] extends Float32Array
    ? readonly number[]
    : UpdateTraceEvent[K];
};

/** One picture of a sheet, to stand in for a live one. */
export interface SheetCell {
  readonly src: string;
  readonly columns: number;
  readonly rows: number;
  readonly column: number;
  readonly row: number;
}

/** The sheets with their addresses, for pictures that stand in before they are read. */
export interface RecordedFiles {
  readonly sheets: Readonly<
    Record<SheetName, { readonly src: string; readonly columns: number; readonly rows: number }>
  >;
}

export function filesOf({ sheets }: RecordedRun, folder: string): RecordedFiles {
  return {
    sheets: Object.fromEntries(
      Object.entries(sheets).map(([name, { file, columns, rows }]) => [
        name,
        { src: folder + file, columns, rows },
      ]),
    ) as unknown as RecordedFiles['sheets'],
  };
}
