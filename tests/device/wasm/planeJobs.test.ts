// The jobs of toy networks: training lets others in, can be stopped, frees everything; what it returns can be asked.
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { readRequest } from '../../../src/compute/jobs.ts';
import { drawMixture, ringMixture } from '../../../src/datasets/gaussianMixture.ts';
import type { PlaneTrainEvent, PlaneTrainRequest } from '../../../src/engine/protocol/planeJobs.ts';
import { WorkerError, stopped } from '../../../src/engine/worker/errors.ts';
import { planeField, planeSample } from '../../../src/engine/worker/jobs/planeAsk.ts';
import { planeTrain } from '../../../src/engine/worker/jobs/planeTrain.ts';
import { Queue } from '../../../src/engine/worker/queue.ts';
import type { BackendSession } from '../../../src/engine/worker/job.ts';
import { backendInfo, type BackendInfo } from '../../../src/lib/ldm/backend/index.ts';
import { planeNoise } from '../../../src/lib/ldm/training/planeBatch.ts';
import { useBackend } from '../lib/device.ts';

useBackend();

const { points, labels } = drawMixture(ringMixture(), 512, 1);
const request: PlaneTrainRequest = {
  network: 'diffusion',
  points,
  seed: 3,
  steps: 20,
  every: 8,
  samples: 16,
  numInferenceSteps: 4,
};

/** A session with a queue, whose backend may be replaced as after a loss. */
function fakeSession(backend: () => BackendInfo = () => backendInfo()!): BackendSession {
  const queue = new Queue();
  return {
    enqueue: ({ signal }, task) => queue.run(task, signal),
    onBackend: (_, task) => task(backend(), new AbortController().signal),
  };
}

const quiet = () => ({ signal: new AbortController().signal, emit: () => undefined });

async function train(changes: Partial<PlaneTrainRequest> = {}, session = fakeSession()) {
  const events: PlaneTrainEvent[] = [];
  const { result } = await planeTrain(
    session,
    { ...request, ...changes },
    {
      signal: new AbortController().signal,
      emit: (event) => {
        if (event.type === 'plane') events.push(event);
      },
    },
  );
  return { result, events };
}

test('tells every so many steps, and after the last, of all losses, samples and the field', async () => {
  const before = tf.memory().numTensors;
  const field = { points: Float32Array.from([0, 0, 1, 1, 2, 2]) };
  const { result, events } = await train({ field });
  expect(tf.memory().numTensors).toBe(before);
  expect(events.map(({ step, losses }) => [step, losses['loss']?.length])).toEqual([
    [8, 8],
    [16, 8],
    [20, 4],
  ]);
  for (const { samples, field: seen } of events) expect([samples?.length, seen?.length]).toEqual([32, 6]);
  expect(result.steps).toBe(20);
  expect(result.network?.weights.size).toBe(8);

  const gan = await train({ network: 'gan', field });
  expect(tf.memory().numTensors).toBe(before);
  expect(gan.events.map(({ losses }) => Object.keys(losses))).toEqual(
    gan.events.map(() => ['discriminator', 'generator']),
  );
  // One D a point.
  for (const { samples, field: seen } of gan.events) expect([samples?.length, seen?.length]).toEqual([32, 3]);
  expect(gan.result.network).toBeUndefined();

  // A generator of other noise is another generator.
  const asked = { network: 'gan', noiseFeatures: 8 } as const;
  expect(readRequest('plane-train', { ...request, ...asked })).toMatchObject(asked);
  const wide = await train(asked);
  expect(wide.events[0]!.samples).toHaveLength(32);
  expect(wide.events[0]!.samples).not.toEqual(gan.events[0]!.samples);

  const bare = await train({ samples: 0 });
  expect(bare.events.every((event) => !('samples' in event) && !('field' in event))).toBe(true);
});

test('the same request gives the same numbers, also where the device was replaced on the way', async () => {
  const { events } = await train();
  expect((await train()).events).toEqual(events);
  let slices = 0;
  const before = tf.memory().numTensors;
  const info: BackendInfo[] = [{ ...backendInfo()! }, { ...backendInfo()! }];
  const session = fakeSession(() => info[slices++ < 1 ? 0 : 1]!);
  const long = await train({ steps: 80, every: 80, samples: 4 }, session);
  expect(slices).toBeGreaterThan(1);
  expect(tf.memory().numTensors).toBe(before);
  expect(long.events.at(-1)).toEqual((await train({ steps: 80, every: 80, samples: 4 })).events.at(-1));
});

test('another job gets its turn long before the training ends', async () => {
  const session = fakeSession();
  const log: string[] = [];
  const training = train({ steps: 150, every: 150, samples: 0 }, session).then(() => log.push('trained'));
  await new Promise((wake) => setTimeout(wake, 20));
  const other = session.enqueue(quiet(), () => Promise.resolve()).then(() => log.push('decoded'));
  await Promise.all([training, other]);
  expect(log).toEqual(['decoded', 'trained']);
});

test.each(['diffusion', 'gan'] as const)(
  'a stop ends %s within a slice and frees everything',
  async (network) => {
    const before = tf.memory().numTensors;
    const controller = new AbortController();
    let last = 0;
    const training = planeTrain(
      fakeSession(),
      { ...request, network, steps: 50_000, every: 1 },
      {
        signal: controller.signal,
        emit: (event) => {
          if (event.type !== 'plane') return;
          last = event.step;
          if (event.step === 3) controller.abort(stopped());
        },
      },
    );
    await expect(training).rejects.toMatchObject({ code: 'aborted' });
    expect(last).toBe(3);
    expect(tf.memory().numTensors).toBe(before);
  },
);

test('a trained denoiser is asked for points and for its field', async () => {
  const { result, events } = await train({ labels, steps: 8 });
  const network = result.network!;
  expect(network.config.classes).toBe(8);
  const before = tf.memory().numTensors;
  const noise = planeNoise(request.seed, 16);
  const ask = { network, noise, numInferenceSteps: 4 };
  expect(readRequest('plane-sample', ask)).toEqual(ask);
  const { path, predX0, timesteps, ms, backend } = (await planeSample(fakeSession(), ask, quiet())).result;
  expect([path.length, predX0.length, timesteps]).toEqual([5, 4, [999, 749, 499, 249]]);
  expect(backend).toBe(result.backend);
  expect(ms).toBeGreaterThan(0);
  expect(path[0]).toEqual(noise);
  // The samples of the last event start from the same noise.
  path[4]!.forEach((value, i) => expect(value).toBeCloseTo(events.at(-1)!.samples![i]!, 5));
  expect(predX0[3]).toEqual(path[4]);

  const where = Float32Array.from([1, 0]);
  const field = async (changes: object) =>
    (await planeField(fakeSession(), { network, points: where, timestep: 200, ...changes }, quiet())).result;
  const [none, asked] = [await field({}), await field({ label: 2 })];
  expect(none.alpha ** 2 + none.sigma ** 2).toBeCloseTo(1, 6);
  expect(asked.noise).not.toEqual(none.noise);
  await expect(field({ label: 8 })).rejects.toThrow(WorkerError);
  expect(tf.memory().numTensors).toBe(before);
});

test('requests that make no sense are refused by the key', () => {
  expect(readRequest('plane-train', { ...request, labels })).toEqual({ ...request, labels });
  const refused: readonly [object, RegExp][] = [
    [{ points: new Float32Array(3) }, /^points: /],
    [{ labels: [1, 2] }, /labels: expected one a point/],
    [{ network: 'gan', labels }, /labels: expected none/],
    [{ noiseFeatures: 4 }, /noiseFeatures: expected none/],
    [{ network: 'gan', noiseFeatures: 0 }, /^noiseFeatures: /],
    [{ steps: 0 }, /^steps: /],
    [{ width: 10_000 }, /^width: /],
    [{ network: 'vae' }, /^network: /],
    [{ field: { points, timestep: 1000 } }, /^field\.timestep: /],
  ];
  for (const [changes, message] of refused) {
    expect(() => readRequest('plane-train', { ...request, ...changes })).toThrow(message);
  }
});
