// The engine: typed calls to the one compute worker of this page.
import type { WorkerSetup } from '../protocol/messages.ts';
import type { Engine, EngineOptions } from './engineTypes.ts';
import { LatestOnly } from './latestOnly.ts';
import { Recording } from './recording.ts';
import { watchWorker } from './watchWorker.ts';
import { WorkerLink, type WorkerPort } from './workerLink.ts';

export type { CallOptions, Engine, EngineOptions } from './engineTypes.ts';
export { EngineError, isAborted } from './errors.ts';

const startWorker = (): WorkerPort =>
  new Worker(new URL('../../compute/main.ts', import.meta.url), { type: 'module', name: 'compute' });

function setupFor({ base = import.meta.env.BASE_URL, backend, allowDeviceLoss }: EngineOptions): WorkerSetup {
  const folder = base.endsWith('/') ? base : `${base}/`;
  return {
    weightsUrl: new URL(`${folder}weights/`, window.location.href).href,
    lifeLock: `noisebook-worker-${crypto.getRandomValues(new Uint32Array(2)).join('-')}`,
    ...(backend && { backend }),
    ...(allowDeviceLoss !== undefined && { allowDeviceLoss }),
  };
}

/** Makes an engine. Its worker starts with the first call. Make one for the whole page. */
export function createEngine(options: EngineOptions = {}): Engine {
  const listeners = new Set<(message: string) => void>();
  const decodes = new LatestOnly();
  let model = 'faces-64';
  let link: WorkerLink | undefined;
  /** What a start that hung has taught. */
  let learnt: Pick<WorkerSetup, 'threads' | 'without'> = {};

  const connect = (): WorkerLink =>
    (link ??= new WorkerLink({
      setup: { ...setupFor(options), ...learnt },
      start: startWorker,
      watch: watchWorker,
      onSetup: ({ threads, without }) => {
        learnt = { ...(threads !== undefined && { threads }), ...(without && { without }) };
      },
      onNotice: (message) => listeners.forEach((listener) => listener(message)),
      onDeath: () => (link = undefined),
    }));

  return {
    load: async (name, callOptions) => {
      const result = await connect().call('load', { model: name }, callOptions);
      model = name;
      return result;
    },

    generate: async (request, { signal, onEvent } = {}) => {
      const recording = new Recording();
      const summary = await connect().call('generate', request, {
        ...(signal && { signal }),
        onEvent: (event) => {
          recording.add(event);
          onEvent?.(event);
        },
      });
      model = request.model;
      return recording.finish(summary);
    },

    encode: (request, callOptions) => {
      const pixels = request.pixels.slice();
      return connect().call('encode', { ...request, pixels }, { ...callOptions, transfer: [pixels.buffer] });
    },

    decodeLatents: (request, callOptions) => {
      const latents = request.latents.slice();
      return connect().call(
        'decode',
        { ...request, latents },
        { ...callOptions, transfer: [latents.buffer] },
      );
    },

    decode: async (latents, count, { signal, model: name = model } = {}) => {
      const result = await decodes.run(() => {
        const copy = latents.slice();
        const request = { model: name, latents: copy, count };
        return connect().call('decode', request, { ...(signal && { signal }), transfer: [copy.buffer] });
      });
      return result.images;
    },

    probe: async (request, callOptions) => connect().call('lab-probe', request, callOptions),

    createRun: async (request) => {
      const pixels = request.dataset.pixels.slice();
      const dataset = { ...request.dataset, pixels };
      return connect().call('lab-create', { ...request, dataset }, { transfer: [pixels.buffer] });
    },

    train: async (request, callOptions) =>
      connect().call('lab-train', request, {
        ...callOptions,
        // A pause must not end a save that goes on.
        isWorking: (event) =>
          event.type === 'lab' &&
          event.events.some((each) => each.type === 'progress' && each.what === 'save'),
      }),

    runFiles: async (request, callOptions) => connect().call('lab-export', request, callOptions),

    memoryRuns: async (request) => connect().call('lab-memory', request),

    openModel: async (request, callOptions) => connect().call('model-open', request, callOptions),
    modelOfRun: async (request, callOptions) => connect().call('model-export', request, callOptions),
    zipModel: async (request, callOptions) => connect().call('model-zip', request, callOptions),

    info: async (callOptions) => connect().call('info', null, callOptions),

    onNotice: (callback) => {
      listeners.add(callback);
      return () => void listeners.delete(callback);
    },

    loseDevice: async () => (await connect().call('lose-device', null)).lost,

    dispose: () => {
      link?.close();
      link = undefined;
    },
  };
}
