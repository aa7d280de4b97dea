// Weights in 8 bits and a base: from two folders our pipeline draws what diffusers drew from the unpacked one.
import { beforeAll, expect, test } from 'vitest';
import { initBackend, loadPipeline } from '@noisebook/ldm';
import { nodeFolderSource } from '@noisebook/ldm/node';
import { readDrawing } from '../lib/storedDrawing.ts';

const FOLDER = 'tests/fixtures/micro-int8';
const drawing = readDrawing(FOLDER);

beforeAll(async () => {
  await initBackend({ backend: 'wasm' });
});

async function drawn(folder: string): Promise<{ latents: number; image: number }> {
  const pipe = await loadPipeline(nodeFolderSource(folder));
  const errors = await drawing.errorsOf(pipe);
  pipe.dispose();
  return errors;
}

test('the packed folder agrees with diffusers', async () => {
  const { latents, image } = await drawn(FOLDER);
  expect(latents).toBeLessThan(1e-4);
  expect(image).toBeLessThan(1e-4);
});

test('the weights before they were packed do not: the test sees a difference of that size', async () => {
  expect((await drawn('tests/fixtures/micro')).latents).toBeGreaterThan(1e-4);
});
