// Asks a trained denoiser in the plane: for points, step by step, or for its field.
import { levelsOf } from '@noisebook/ldm/numbers';
import {
  NO_CLASS,
  PlaneDenoiser,
  planeField as fieldOf,
  planeScheduler,
  samplePlane,
  type BackendInfo,
  type PlaneGuidance,
} from '@noisebook/ldm';
import type { LoadEvent } from '../../protocol/messages.ts';
import type {
  PlaneFieldRequest,
  PlaneFieldResult,
  PlaneSampleRequest,
  PlaneSampleResult,
} from '../../protocol/planeJobs.ts';
import { WorkerError } from '../errors.ts';
import type { BackendSession, JobContext, Reply } from '../job.ts';
import { numbers } from '../pictures.ts';

type Asked = PlaneSampleRequest | PlaneFieldRequest;

/** Puts the network of a request on the backend for as long as `ask` takes. */
function withNetwork<T extends object>(
  session: BackendSession,
  { network: { config, weights }, label = NO_CLASS, guidanceScale }: Asked,
  { signal, emit }: JobContext<LoadEvent>,
  ask: (denoiser: PlaneDenoiser, guidance: PlaneGuidance, signal: AbortSignal) => Promise<T>,
): Promise<T & { readonly ms: number; readonly backend: BackendInfo }> {
  if (label >= config.classes) {
    throw new WorkerError(
      'bad-request',
      `label: expected a class below ${config.classes}, got ${label}. Change it and try again.`,
    );
  }
  return session.enqueue({ signal, emit }, () =>
    session.onBackend(signal, async (backend, lost) => {
      const begin = performance.now();
      const denoiser = PlaneDenoiser.create(config, weights);
      try {
        const answer = await ask(denoiser, { labels: label, guidanceScale }, AbortSignal.any([signal, lost]));
        return { ...answer, ms: performance.now() - begin, backend };
      } finally {
        denoiser.dispose();
      }
    }),
  );
}

export async function planeSample(
  session: BackendSession,
  request: PlaneSampleRequest,
  context: JobContext<LoadEvent>,
): Promise<Reply<PlaneSampleResult>> {
  const { noise, numInferenceSteps } = request;
  const result = await withNetwork(session, request, context, async (denoiser, guidance, signal) => {
    const path = [Float32Array.from(noise)];
    const predX0: Float32Array<ArrayBuffer>[] = [];
    const timesteps: number[] = [];
    await samplePlane(denoiser, noise, {
      ...guidance,
      numInferenceSteps,
      signal,
      onStep: async (step) => {
        timesteps.push(step.timestep);
        path.push(await numbers(step.x));
        predX0.push(await numbers(step.predX0));
      },
    });
    return { path, predX0, timesteps };
  });
  return { result, transfer: [...result.path, ...result.predX0].map(({ buffer }) => buffer) };
}

export async function planeField(
  session: BackendSession,
  request: PlaneFieldRequest,
  context: JobContext<LoadEvent>,
): Promise<Reply<PlaneFieldResult>> {
  const { points, timestep } = request;
  const result = await withNetwork(session, request, context, async (denoiser, guidance) => {
    const { numTrainTimesteps } = denoiser.config;
    const { alpha, sigma } = levelsOf(planeScheduler(numTrainTimesteps))(timestep);
    return { noise: await fieldOf(denoiser, points, timestep, guidance), alpha, sigma };
  });
  return { result, transfer: [result.noise.buffer] };
}
