// One call of `train`: what the worker sends becomes events and a status.
import type { LabTrainResult } from '../../engine/protocol/lab.ts';
import type { LabTrainRequest } from '../../engine/protocol/labJobs.ts';
import type { Engine } from '../../engine/page/engineTypes.ts';
import { Throughput } from './throughput.ts';
import type { TrainingStatus, TrainOptions } from './types.ts';

/**
 * Trains, and tells `onStatus` what the options' own hears, too.
 * @returns what the worker returns; `onStatus` is not called any more
 */
export async function train(
  engine: Engine,
  request: LabTrainRequest,
  { signal, onEvents, onLoad, onStatus }: TrainOptions,
): Promise<LabTrainResult> {
  const { runId, mode } = request;
  const throughput = new Throughput();
  let state: TrainingStatus['state'] = 'waiting';
  const tell = (next = state): void => {
    // Who has begun to pause goes on pausing, whatever comes meanwhile.
    if (state !== 'pausing') state = next;
    const { stepsPerSecond, throttled } = throughput;
    onStatus?.({
      runId,
      mode,
      state,
      ...(stepsPerSecond !== undefined && { stepsPerSecond }),
      ...(mode === 'run' && throttled !== undefined && { throttled }),
    });
  };
  const pausing = (): void => tell('pausing');
  signal?.addEventListener('abort', pausing, { once: true });
  tell();
  try {
    return await engine.call('lab-train', request, {
      ...(signal && { signal }),
      // A pause must not end a save that goes on.
      isWorking: (event) =>
        event.type === 'lab' && event.events.some((each) => each.type === 'progress' && each.what === 'save'),
      onEvent: (event) => {
        if (event.type !== 'lab') {
          onLoad?.(event);
          tell('preparing');
          return;
        }
        throughput.add(event.events, performance.now(), document.hidden);
        tell(event.events.some(({ type }) => type === 'step') ? 'training' : undefined);
        onEvents?.(event.events);
      },
    });
  } finally {
    signal?.removeEventListener('abort', pausing);
  }
}
