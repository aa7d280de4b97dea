// What every device test needs: the backend of its project, the fixture folders, tensors in and out.
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest';
import { assertBackendAlive, initBackend } from '../../../src/lib/ldm/backend/index.ts';
import {
  loadPipeline,
  type StableDiffusionPipeline,
} from '../../../src/lib/ldm/pipeline/stableDiffusionPipeline.ts';
import { Rng } from '../../../src/lib/ldm/base/rng.ts';
import { urlSource, type ModelSource } from '../../../src/lib/ldm/weights/source.ts';

declare module 'vitest' {
  interface ProvidedContext {
    backend: 'wasm' | 'webgpu';
  }
}

/** Starts the project's backend and asserts, before and after every test, that it is the one in use. */
export function useBackend(): 'wasm' | 'webgpu' {
  const backend = inject('backend');
  beforeAll(async () => {
    const info = await initBackend({ backend });
    expect(info.backend).toBe(backend);
  });
  test(`runs on ${backend}`, () => {
    expect(tf.getBackend()).toBe(backend);
  });
  afterEach(() => {
    assertBackendAlive(); // an error that nobody caught, or a lost device
    expect(tf.getBackend()).toBe(backend);
  });
  return backend;
}

/** A folder below tests/fixtures. */
export async function fixture(name: string): Promise<ModelSource> {
  if (typeof document !== 'undefined')
    return urlSource(new URL(`/tests/fixtures/${name}/`, location.href).href);
  const { nodeFolderSource } = await import('../../../src/lib/ldm/node/index.ts');
  return nodeFolderSource(`tests/fixtures/${name}`);
}

/** What the tests draw that stop and start the backend. */
export const DRAWING = { prompt: 'a person', seed: 5, numInferenceSteps: 2 } as const;

/** The model `micro` on the backend of the project, from before the first test to after the last. */
export function useMicro(): { readonly pipe: StableDiffusionPipeline } {
  let loaded: StableDiffusionPipeline | undefined;
  beforeAll(async () => {
    loaded = await loadPipeline(await fixture('micro'));
  });
  afterAll(() => {
    loaded?.dispose();
  });
  return {
    get pipe() {
      if (loaded === undefined) throw new Error('micro: expected use inside a test');
      return loaded;
    },
  };
}

/** Seeded normal numbers: mean and deviation as given. */
export function randomTensor(seed: string, shape: number[], mean = 0, deviation = 1): tf.Tensor {
  const values = new Rng(seed).fillNormal(new Float32Array(shape.reduce((a, b) => a * b, 1)));
  return tf.tensor(
    values.map((value) => mean + deviation * value),
    shape,
  );
}

/** Reads and frees a tensor. */
export async function take(tensor: tf.Tensor): Promise<Float32Array> {
  const data = (await tensor.data()) as Float32Array;
  tensor.dispose();
  return data.slice();
}
