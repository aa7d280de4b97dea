// What the benchmark's page is asked and what it answers.
import type { BackendInfo, BackendName } from '@noisebook/ldm';
import type { Timing } from './measure.ts';

export interface BenchRequest {
  /** Address of the model folder, ending in a slash. */
  readonly modelUrl: string;
  /** Address of the same denoiser as an .onnx file; without it our library runs alone. */
  readonly onnxUrl?: string;
  readonly backend: BackendName;
  readonly threads: number;
  readonly rounds: number;
}

/** Times of one denoiser call, by who computed it. */
export interface StepTimes {
  /** Images in the call. Guidance asks for two a picture. */
  readonly batch: number;
  /** As the pipeline calls it: the text's keys and values and the timestep's projections were made once, before. */
  readonly ours: Timing;
  /** Everything in the call, as the ONNX graph has it. */
  readonly oursWhole: Timing;
  readonly onnx?: Timing;
  /** max |ours - onnx| / max |onnx| */
  readonly relativeError?: number;
}

export interface BenchResult {
  readonly backend: BackendInfo;
  readonly onnxThreads?: number;
  readonly ms: {
    /** Starting the backend. */
    readonly start: number;
    /** Fetching the model folder and putting it on the backend. */
    readonly load: number;
    readonly denoiserStep: readonly StepTimes[];
    readonly decodeOne: Timing;
    readonly decodeFour: Timing;
    /** Prompt to pixels: four images, 12 steps, guidance 3. */
    readonly fourImages: Timing;
  };
}

export type BenchMessage =
  | { readonly type: 'progress'; readonly text: string }
  | { readonly type: 'result'; readonly result: BenchResult }
  | { readonly type: 'error'; readonly message: string };
