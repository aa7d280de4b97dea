// Trains a toy network in the plane, a slice at a time: between two slices the jobs of other figures get their turn.
import { yieldToEventLoop } from '@noisebook/ldm/numbers';
import { PlaneDiffusion, PlaneGan, type BackendInfo } from '@noisebook/ldm';
import type { LoadEvent } from '../../protocol/messages.ts';
import type { PlaneTrainEvent, PlaneTrainRequest, PlaneTrainResult } from '../../protocol/planeJobs.ts';
import { throwIfAborted } from '../errors.ts';
import type { BackendSession, JobContext, Reply } from '../job.ts';

/** How long another job waits for its turn at most, in milliseconds, and one step more. */
const SLICE_MS = 100;
/** Timestep of the field, unless the request says: as much noise as picture, about. */
const FIELD_TIMESTEP = 500;

type Emit = JobContext<LoadEvent | PlaneTrainEvent>['emit'];

/** A network on one backend, and what has not been told of it yet. */
class Training {
  readonly backend: BackendInfo;
  readonly #request: PlaneTrainRequest;
  readonly #network: PlaneDiffusion | PlaneGan;
  #losses: Readonly<Record<string, number>>[] = [];

  constructor(request: PlaneTrainRequest, backend: BackendInfo) {
    const { network, points, labels, ...options } = request;
    this.backend = backend;
    this.#request = request;
    this.#network =
      network === 'gan' ? new PlaneGan({ points }, options) : new PlaneDiffusion({ points, labels }, options);
  }

  get finished(): boolean {
    return this.#network.step >= this.#request.steps;
  }

  /** Trains for the length of a slice, or to the end. */
  async slice(signal: AbortSignal, emit: Emit): Promise<void> {
    const { steps, every } = this.#request;
    const end = performance.now() + SLICE_MS;
    do {
      this.#losses.push(await this.#network.next());
      if (this.#network.step % every === 0 || this.#network.step === steps) await this.#tell(signal, emit);
      await yieldToEventLoop();
      throwIfAborted(signal);
    } while (!this.finished && performance.now() < end);
  }

  async #tell(signal: AbortSignal, emit: Emit): Promise<void> {
    const { steps, samples: count } = this.#request;
    const names = Object.keys(this.#losses[0] ?? {});
    const losses = Object.fromEntries(
      names.map((name) => [name, Float32Array.from(this.#losses, (each) => each[name] ?? Number.NaN)]),
    );
    const event: PlaneTrainEvent = {
      type: 'plane',
      step: this.#network.step,
      steps,
      losses,
      ...(count > 0 && { samples: await this.#sample(signal, count) }),
      ...(this.#request.field !== undefined && { field: await this.#field(this.#request.field) }),
    };
    throwIfAborted(signal);
    this.#losses = [];
    const arrays = [...Object.values(losses), event.samples, event.field];
    emit(
      event,
      arrays.flatMap((array) => (array === undefined ? [] : [array.buffer])),
    );
  }

  #sample(signal: AbortSignal, count: number): Promise<Float32Array<ArrayBuffer>> {
    const { seed, numInferenceSteps } = this.#request;
    const network = this.#network;
    if (network instanceof PlaneGan) return network.sample(count, seed);
    return network.sample(count, seed, { numInferenceSteps, signal });
  }

  #field({
    points,
    timestep = FIELD_TIMESTEP,
  }: NonNullable<PlaneTrainRequest['field']>): Promise<Float32Array<ArrayBuffer>> {
    const network = this.#network;
    return network instanceof PlaneGan ? network.field(points) : network.field(points, timestep);
  }

  /** What is left when it is done. */
  async result(): Promise<Pick<PlaneTrainResult, 'steps' | 'backend' | 'network'>> {
    const { backend } = this;
    const { steps } = this.#request;
    if (this.#network instanceof PlaneGan) return { steps, backend };
    const weights = new Map(
      [...(await this.#network.weights())].map(([name, { shape, data }]) => [
        name,
        { shape, dtype: 'F32' as const, data },
      ]),
    );
    return { steps, backend, network: { config: this.#network.denoiser.config, weights } };
  }

  dispose(): void {
    try {
      this.#network.dispose();
    } catch {
      // What was on a lost device went with it.
    }
  }
}

export async function planeTrain(
  session: BackendSession,
  request: PlaneTrainRequest,
  { signal, emit }: JobContext<LoadEvent | PlaneTrainEvent>,
): Promise<Reply<PlaneTrainResult>> {
  let training: Training | undefined;
  let ms = 0;
  const slice = async (backend: BackendInfo, lost: AbortSignal) => {
    const begin = performance.now();
    if (training?.backend !== backend) {
      // The first slice, or another job's device was lost and replaced meanwhile: the seed makes all of it again.
      training?.dispose();
      training = new Training(request, backend);
    }
    const current = training;
    await current.slice(AbortSignal.any([signal, lost]), emit);
    ms += performance.now() - begin;
    return current.finished ? current.result() : undefined;
  };
  try {
    for (;;) {
      const result = await session.enqueue({ signal, emit }, () => session.onBackend(signal, slice));
      if (result !== undefined) return { result: { ...result, ms }, transfer: [] };
    }
  } finally {
    training?.dispose();
  }
}
