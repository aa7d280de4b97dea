// The page's view of the compute worker: what components code against.
import type {
  BackendName,
  DecodeRequest,
  DecodeResult,
  EncodeRequest,
  EncodeResult,
  EngineInfo,
  GenerateEvent,
  GenerateRequest,
  GenerateResult,
  LoadEvent,
  LoadResult,
} from '../protocol.ts';

export interface EngineOptions {
  /** What `?backend=` asks for; see `readAddress`. */
  readonly backend?: BackendName;
  /** Base path of the site; default `import.meta.env.BASE_URL`. */
  readonly base?: string;
  /** Tests only: let `loseDevice` work. */
  readonly allowDeviceLoss?: boolean;
}

export interface CallOptions<Event> {
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: Event) => void;
}

/**
 * Runs models in one worker. Nothing starts before the first call, so making an engine costs nothing.
 *
 * Every call rejects with an `EngineError`: its `message` is a sentence for the reader, its `code` says what kind
 * of failure it is; `isAborted(error)` tells the two that are none (stopped, replaced by a newer call).
 */
export interface Engine {
  /** Downloads a model and prepares the backend, so that the next `generate` starts at once. */
  load(model: string, options?: CallOptions<LoadEvent>): Promise<LoadResult>;
  /** Draws pictures. Loads the model first if need be. A running generation is stopped ('superseded'). */
  generate(request: GenerateRequest, options?: CallOptions<GenerateEvent>): Promise<GenerateResult>;
  /**
   * Pictures to raw latents. Downloads only the model's first stage (`vae/`), or uses that of the model in memory.
   * Calls wait for their turn in the worker; one whose signal is aborted before its turn never runs. The array is
   * copied, you keep it.
   */
  encode(request: EncodeRequest, options?: CallOptions<LoadEvent>): Promise<EncodeResult>;
  /** Raw latents to pictures; loads, waits and copies as `encode` does. */
  decodeLatents(request: DecodeRequest, options?: CallOptions<LoadEvent>): Promise<DecodeResult>;
  /**
   * Decodes raw latents of `count` images to RGBA. For scrubbing: only the newest waiting call runs, older
   * ones reject with 'superseded'. The array is copied, you keep it.
   */
  decode(
    latents: Float32Array,
    count: number,
    options?: { readonly signal?: AbortSignal; readonly model?: string },
  ): Promise<Uint8ClampedArray<ArrayBuffer>>;
  /** The backend, live tensors and bytes. Starts the backend if it isn't running. */
  info(options?: { readonly signal?: AbortSignal }): Promise<EngineInfo>;
  /** Calls back for what the reader should know and is no failure: a fallback, a full disk. Returns the way to stop it. */
  onNotice(callback: (message: string) => void): () => void;
  /** Destroys the graphics device (tests only; needs `allowDeviceLoss`). False where there is none. */
  loseDevice(): Promise<boolean>;
  /** Ends the worker and rejects what is running. The next call starts a fresh one. */
  dispose(): void;
}
