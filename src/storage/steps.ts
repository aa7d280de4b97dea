// The loss curve in columns: what thousands of step events are stored as.
import type { Phase, TrainingStepEvent as StepEvent } from '@noisebook/ldm';

/** Consecutive steps of one phase. */
export interface StepChunk {
  readonly phase: Phase;
  /** Steps of the whole phase. */
  readonly steps: number;
  readonly step: Uint32Array<ArrayBuffer>;
  readonly loss: Float64Array<ArrayBuffer>;
  readonly parts: Readonly<Record<string, Float64Array<ArrayBuffer>>>;
  readonly gradientNorm: Float64Array<ArrayBuffer>;
  readonly learningRate: Float64Array<ArrayBuffer>;
  readonly ms: Float32Array<ArrayBuffer>;
  /** Pictures of each step in the two lists below. */
  readonly pictures: Uint16Array<ArrayBuffer>;
  readonly timesteps: Float32Array<ArrayBuffer>;
  readonly errors: Float32Array<ArrayBuffer>;
}

function packRun(events: readonly StepEvent[], first: StepEvent): StepChunk {
  const column = (value: (event: StepEvent) => number): Float64Array<ArrayBuffer> =>
    Float64Array.from(events, value);
  const names = [...new Set(events.flatMap(({ parts }) => Object.keys(parts)))];
  return {
    phase: first.phase,
    steps: first.steps,
    step: Uint32Array.from(events, ({ step }) => step),
    loss: column(({ loss }) => loss),
    parts: Object.fromEntries(names.map((name) => [name, column(({ parts }) => parts[name] ?? Number.NaN)])),
    gradientNorm: column(({ gradientNorm }) => gradientNorm),
    learningRate: column(({ learningRate }) => learningRate),
    ms: Float32Array.from(events, ({ ms }) => ms),
    pictures: Uint16Array.from(events, ({ timesteps }) => timesteps?.length ?? 0),
    timesteps: Float32Array.from(events.flatMap(({ timesteps }) => timesteps ?? [])),
    errors: Float32Array.from(
      events.flatMap(({ timesteps, errors }) => timesteps?.map((_, i) => errors?.[i] ?? Number.NaN) ?? []),
    ),
  };
}

/** Steps in order to chunks, a new one where the phase changes. */
export function packSteps(events: readonly StepEvent[]): StepChunk[] {
  const chunks: StepChunk[] = [];
  for (let from = 0; from < events.length;) {
    const first = events[from]!;
    const end = events.findIndex((event, i) => i > from && event.phase !== first.phase);
    const to = end < 0 ? events.length : end;
    chunks.push(packRun(events.slice(from, to), first));
    from = to;
  }
  return chunks;
}

/** What `packSteps` was given; timesteps, errors and milliseconds rounded to 32 bits. */
export function unpackSteps(chunks: readonly StepChunk[]): StepEvent[] {
  return chunks.flatMap((chunk) => {
    let at = 0;
    return Array.from(chunk.step, (step, i): StepEvent => {
      const from = at;
      at += chunk.pictures[i]!;
      return {
        type: 'step',
        phase: chunk.phase,
        step,
        steps: chunk.steps,
        loss: chunk.loss[i]!,
        parts: Object.fromEntries(
          Object.entries(chunk.parts).flatMap(([name, values]) =>
            Number.isNaN(values[i]!) ? [] : [[name, values[i]!]],
          ),
        ),
        gradientNorm: chunk.gradientNorm[i]!,
        learningRate: chunk.learningRate[i]!,
        ms: chunk.ms[i]!,
        ...(at > from && {
          timesteps: [...chunk.timesteps.subarray(from, at)],
          errors: [...chunk.errors.subarray(from, at)],
        }),
      };
    });
  });
}
