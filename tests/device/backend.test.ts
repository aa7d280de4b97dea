// What the backend says about itself.
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import {
  backendInfo,
  describeAdapter,
  initBackend,
  isSoftwareAdapter,
} from '../../src/lib/ldm/backend/index.ts';
import { rendererName } from '../../src/lib/ldm/backend/adapters.ts';
import { useBackend } from './lib/device.ts';

const backend = useBackend();
const onGpu = backend === 'webgpu';

test('says what it runs on', async () => {
  const info = backendInfo();
  expect(info?.backend).toBe(backend);
  expect(info?.label.startsWith(`${backend} (`)).toBe(true);
  // the browser of the tests has a graphics card in software, and knows it
  expect(info?.software).toBe(onGpu);
  expect(info?.threads).toBe(onGpu ? undefined : 1);
  expect(await describeAdapter()).toBe(onGpu ? info?.adapter : undefined);
});

test.each([
  ['google swiftshader', true],
  ['llvmpipe (LLVM 15.0.6, 256 bits)', true],
  ['Microsoft Basic Render Driver', true],
  ['ANGLE (NVIDIA, GeForce RTX 3060 Direct3D11)', false],
  ['apple metal-3', false],
])('knows whether %s is an imitation', (name, software) => {
  expect(isSoftwareAdapter(undefined, name)).toBe(software);
});

test('starting what runs already changes nothing', async () => {
  const before = tf.backend();
  expect(await initBackend({ backend })).toEqual(backendInfo());
  expect(tf.backend()).toBe(before);
});

test.each([
  ['ANGLE (Apple, ANGLE Metal Renderer: Apple M1, Unspecified Version)', 'ANGLE Metal Renderer: Apple M1'],
  ['Mali-G78', 'Mali-G78'],
])('calls %s by its name', (renderer, name) => {
  expect(rendererName(renderer)).toBe(name);
});
