// The page's view of the compute worker: what components code against.
import type { BackendName } from '@noisebook/ldm';
import type { LabJobs } from '../protocol/labJobs.ts';
import type {
  DecodeRequest,
  DecodeResult,
  EncodeRequest,
  EncodeResult,
  EngineJobs,
  LoadEvent,
} from '../protocol/messages.ts';
import type { ModelJobs } from '../protocol/models.ts';
import type { PlaneJobs } from '../protocol/planeJobs.ts';

export interface EngineOptions {
  /** What `?backend=` asks for; see `readBackend`. */
  readonly backend?: BackendName;
  /** Base path of the site; default `import.meta.env.BASE_URL`. */
  readonly base?: string;
  /** Tests only: let the job 'lose-device' work. */
  readonly allowDeviceLoss?: boolean;
}

export interface CallOptions<Event> {
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: Event) => void;
  /** Buffers of the request that are given away instead of being copied. */
  readonly transfer?: Transferable[];
  /** Whether an event that comes after a stop shows work that must be waited for; up to ten times as long. */
  readonly isWorking?: (event: Event) => boolean;
}

/** Every job that a page may ask for, by name. */
export type PageJobs = EngineJobs & LabJobs & ModelJobs & PlaneJobs;

/**
 * Runs a job: what it takes, sends and returns is its entry in src/engine/protocol/. Jobs wait for their turn in the worker;
 * one whose signal is aborted before its turn never runs. Arrays of the request are copied, unless `transfer` gives them away.
 */
export type Call = <N extends keyof PageJobs>(
  job: N,
  request: PageJobs[N]['request'],
  options?: CallOptions<PageJobs[N]['event']>,
) => Promise<PageJobs[N]['result']>;

/**
 * Runs models in one worker. Nothing starts before the first call, so making an engine costs nothing.
 *
 * Every call rejects with an `EngineError`: its `message` is a sentence for the reader, its `code` says what kind
 * of failure it is; `isAborted(error)` tells the two that are none (stopped, replaced by a newer call).
 */
export interface Engine {
  readonly call: Call;
  /** Pictures to raw latents: the job 'encode'. The array is copied once, you keep it. */
  encode(request: EncodeRequest, options?: CallOptions<LoadEvent>): Promise<EncodeResult>;
  /** Raw latents to pictures: the job 'decode'. The array is copied once, you keep it. */
  decodeLatents(request: DecodeRequest, options?: CallOptions<LoadEvent>): Promise<DecodeResult>;
  /** Names of the whole models in the worker's memory now, as it says itself: these draw without being loaded. */
  readonly models: readonly string[];
  /** Calls back for what the reader should know and is no failure: a fallback, a full disk. Returns the way to stop it. */
  onNotice(callback: (message: string) => void): () => void;
  /** Ends the worker and rejects what is running. The next call starts a fresh one. */
  dispose(): void;
}
