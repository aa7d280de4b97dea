// The page's view of the compute worker: what components code against.
import type { BackendName } from '../../lib/ldm/backend/types.ts';
import type {
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
} from '../protocol/messages.ts';
import type {
  ModelExportRequest,
  ModelExportResult,
  ModelOpenRequest,
  ModelOpenResult,
  ModelProgressEvent,
  ModelZipRequest,
  ModelZipResult,
} from '../protocol/models.ts';
import type {
  LabBatch,
  LabExportRequest,
  LabExportResult,
  LabMemoryRequest,
  LabMemoryResult,
  LabProbeRequest,
  LabProbeResult,
  LabStoreRequest,
  LabTrainRequest,
  LabTrainResult,
} from '../protocol/lab.ts';
import type { RunRecord } from '../../storage/types.ts';

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
  /** Times steps of a training run. Components call this and the next ones through `pageLab`. */
  probe(request: LabProbeRequest, options?: CallOptions<LoadEvent>): Promise<LabProbeResult>;
  /** Stores a new run. The pictures are copied, you keep them. */
  createRun(request: LabStoreRequest): Promise<RunRecord>;
  /**
   * Trains a stored run. Aborting the signal pauses it: the call resolves when the run is saved; it rejects with
   * 'aborted' if it had not begun, or the worker had to be ended: then what is stored ends at the last checkpoint.
   */
  train(request: LabTrainRequest, options?: CallOptions<LoadEvent | LabBatch>): Promise<LabTrainResult>;
  /** The files of a run or of one of its snapshots. */
  runFiles(request: LabExportRequest, options?: CallOptions<LoadEvent>): Promise<LabExportResult>;
  /** Where nothing lasts, the worker's own list of runs. */
  memoryRuns(request: LabMemoryRequest): Promise<LabMemoryResult>;
  /** Opens a model from disk: checks all of it, stores it in this browser. */
  openModel(
    request: ModelOpenRequest,
    options?: CallOptions<ModelProgressEvent | LoadEvent>,
  ): Promise<ModelOpenResult>;
  /** Makes a model of a training run: one to keep in this browser, or a zip. */
  modelOfRun(
    request: ModelExportRequest,
    options?: CallOptions<ModelProgressEvent | LoadEvent>,
  ): Promise<ModelExportResult>;
  /** A stored model of the reader's own as a zip. */
  zipModel(
    request: ModelZipRequest,
    options?: CallOptions<ModelProgressEvent | LoadEvent>,
  ): Promise<ModelZipResult>;
  /** The backend, live tensors and bytes. Starts the backend if it isn't running. */
  info(options?: { readonly signal?: AbortSignal }): Promise<EngineInfo>;
  /** Calls back for what the reader should know and is no failure: a fallback, a full disk. Returns the way to stop it. */
  onNotice(callback: (message: string) => void): () => void;
  /** Destroys the graphics device (tests only; needs `allowDeviceLoss`). False where there is none. */
  loseDevice(): Promise<boolean>;
  /** Ends the worker and rejects what is running. The next call starts a fresh one. */
  dispose(): void;
}
