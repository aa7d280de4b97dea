// What the rest of the library and the worker know about where the arithmetic runs.

export type BackendName = 'webgpu' | 'webgl' | 'wasm';

/** Where the three binaries of the wasm backend lie: a folder address ending in '/', or an address for each file name. */
export type WasmPaths =
  | string
  | {
      readonly 'tfjs-backend-wasm.wasm': string;
      readonly 'tfjs-backend-wasm-simd.wasm': string;
      readonly 'tfjs-backend-wasm-threaded-simd.wasm': string;
    };

export interface BackendOptions {
  /** `auto` (the default) picks the fastest by `chooseBackend`. */
  readonly backend?: BackendName | 'auto';
  /** Needed in browsers; Node finds the files by itself. */
  readonly wasmPaths?: WasmPaths;
  /** Threads for wasm; by default about one per physical core, at most 8. Without cross-origin isolation there is one. */
  readonly threads?: number;
  /** Backends that `auto` leaves out: they are known not to start here. */
  readonly without?: readonly BackendName[];
  /** Hears of each start before it begins. One that blocks this thread can only be ended from outside, after `limitMs`. */
  readonly onStart?: (attempt: StartAttempt) => void;
  /** Called once when the device is lost or reports an error, after which nothing computed on it can be trusted. */
  readonly onLost?: (reason: string) => void;
}

export interface StartAttempt {
  readonly backend: BackendName;
  /** wasm only */
  readonly threads?: number;
  readonly limitMs: number;
}

export interface BackendInfo {
  readonly backend: BackendName;
  /** For people: "wasm (2 threads)", "webgpu (apple m2)". */
  readonly label: string;
  /** wasm only */
  readonly threads?: number;
  /** webgpu and webgl only */
  readonly adapter?: string;
  /** What did not start and was left out, as a sentence for people. */
  readonly note?: string;
  /** True for a graphics card imitated by the processor. Never chosen unless asked for. */
  readonly software: boolean;
}

export interface BackendChoice {
  readonly backend: BackendName;
  readonly adapter?: string;
  readonly software: boolean;
  /** Milliseconds of the same convolution on each candidate; empty where there was only one. */
  readonly timings: Readonly<Partial<Record<BackendName, number>>>;
  /** Candidates that could not be started or did not answer, as sentences for people. */
  readonly failures: readonly string[];
}

/** The device went away, or the driver reported an error. Rebuild the backend and start again. */
export class DeviceLostError extends Error {
  constructor(reason: string) {
    super(`The graphics device was lost (${reason}). Start the backend again, or use wasm.`);
    this.name = 'DeviceLostError';
  }
}

/** Words by which adapters give themselves away as imitations. */
const SOFTWARE = /swiftshader|llvmpipe|softpipe|lavapipe|basic render|software/i;

export function isSoftwareAdapter(...descriptions: readonly (string | undefined)[]): boolean {
  return descriptions.some((text) => text !== undefined && SOFTWARE.test(text));
}
