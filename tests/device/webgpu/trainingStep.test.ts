// Whole training steps on WebGPU: how many dispatches they take, that they repeat to the bit, that memory stays flat, that
// shaders can be compiled ahead, and that an error of the device is not passed over.
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, expect, test } from 'vitest';
import {
  compileAhead,
  DeviceLostError,
  initBackend,
  releaseBackend,
} from '../../../src/lib/ldm/backend/index.ts';
import { AutoencoderKL } from '../../../src/lib/ldm/models/autoencoderKL.ts';
import { CLIPTextModel } from '../../../src/lib/ldm/models/clipTextModel.ts';
import { UNet2DConditionModel } from '../../../src/lib/ldm/models/unet2DConditionModel.ts';
import { attention } from '../../../src/lib/ldm/nn/attention.ts';
import { conv2d } from '../../../src/lib/ldm/nn/conv2d.ts';
import { groupNorm } from '../../../src/lib/ldm/nn/groupNorm.ts';
import { linear } from '../../../src/lib/ldm/nn/linear.ts';
import type { Parameter } from '../../../src/lib/ldm/nn/parameters.ts';
import { typicalTextSize } from '../../../src/datasets/dataKinds.ts';
import { architectureOf, latentSide } from '../../../src/lib/ldm/recipe/architecture.ts';
import { autoencoderLoss } from '../../../src/lib/ldm/training/autoencoderLoss.ts';
import { diffusionLoss } from '../../../src/lib/ldm/training/diffusionLoss.ts';
import { initialClipText, initialUnet, initialVae } from '../../../src/lib/ldm/training/initialize.ts';
import { clippingScale } from '../../../src/lib/ldm/training/clipGradients.ts';
import { gradients } from '../../../src/lib/ldm/training/gradients.ts';
import { Optimizer } from '../../../src/lib/ldm/training/optimizer.ts';
import { presetRecipe } from '../../../src/lab/presets.ts';
import { randomTensor, useBackend } from '../lib/device.ts';

const backend = useBackend();

/** Of a run that the optimizers are in. */
const STEPS = 100;
const noCheck = { check: () => undefined };
const deviceOf = (): GPUDevice => (tf.backend() as unknown as { device: GPUDevice }).device;

const undo: (() => void)[] = [];
afterEach(() => {
  for (const restore of undo.splice(0)) restore();
});

/** Counts dispatches from now to the end of the test. They are left out: who counts need not wait for the results. */
function countDispatches(): { count: number } {
  const counter = { count: 0 };
  const { prototype } = GPUComputePassEncoder;
  const original = Object.getOwnPropertyDescriptor(prototype, 'dispatchWorkgroups') as PropertyDescriptor;
  Object.defineProperty(prototype, 'dispatchWorkgroups', { ...original, value: () => counter.count++ });
  undo.push(() => Object.defineProperty(prototype, 'dispatchWorkgroups', original));
  return counter;
}

/** A network with one of each: convolution with stride, group norm, linear layer, attention. */
function smallNetwork(): {
  parameters: Parameter[];
  loss: (x: tf.Tensor4D) => { loss: tf.Scalar };
  dispose: () => void;
} {
  const parameters: Parameter[] = [];
  const parameter = (name: string, shape: number[], mean = 0): tf.Variable => {
    const value = randomTensor(name, shape, mean, 0.3);
    const variable = tf.variable(value);
    value.dispose();
    parameters.push({ names: [name], variable });
    return variable;
  };
  const first = {
    kernel: parameter('k1', [3, 3, 3, 8]) as tf.Tensor as tf.Tensor4D,
    bias: parameter('b1', [8]) as tf.Tensor as tf.Tensor1D,
  };
  const norm = {
    weight: parameter('w', [8], 1) as tf.Tensor as tf.Tensor1D,
    bias: parameter('b', [8]) as tf.Tensor as tf.Tensor1D,
    groups: 2,
    epsilon: 1e-5,
  };
  const qkv = { kernel: parameter('qkv', [8, 24]) as tf.Tensor as tf.Tensor2D };
  const last = {
    kernel: parameter('k2', [3, 3, 8, 3]) as tf.Tensor as tf.Tensor4D,
    bias: parameter('b2', [3]) as tf.Tensor as tf.Tensor1D,
  };
  const loss = (x: tf.Tensor4D) => {
    const h = groupNorm(conv2d(x, first, { stride: 2 }), norm, { activation: 'silu' });
    const [batch, height, width] = h.shape;
    const packed = linear(tf.reshape(h, [batch, height * width, 8]) as tf.Tensor3D, qkv);
    const part = (offset: number) => ({ data: packed, offset });
    const mixed = attention(part(0), part(8), part(16), { heads: 2, headDim: 4 });
    const y = conv2d(tf.add(h, tf.reshape(mixed, h.shape)) as tf.Tensor4D, last);
    return { loss: tf.mean<tf.Scalar>(tf.square(tf.sub(y, tf.slice(x, [0, 0, 0, 0], y.shape)))) };
  };
  return {
    parameters,
    loss,
    dispose: () => {
      tf.dispose(parameters.map(({ variable }) => variable));
    },
  };
}

async function run(steps: number): Promise<{ losses: number[]; weights: Float32Array[] }> {
  const network = smallNetwork();
  const optimizer = new Optimizer(network.parameters, STEPS);
  const x = randomTensor('x', [4, 12, 12, 3]) as tf.Tensor4D;
  const losses: number[] = [];
  for (let i = 0; i < steps; i++)
    losses.push((await optimizer.step(() => network.loss(x), 1e-2, noCheck)).loss);
  const weights = await Promise.all(
    network.parameters.map(async ({ variable }) => (await variable.data()).slice() as Float32Array),
  );
  optimizer.dispose();
  network.dispose();
  x.dispose();
  return { losses, weights };
}

test("a step of each of the lab's models takes few dispatches", async () => {
  const recipe = presetRecipe('minute', 'faces');
  const text = typicalTextSize(recipe);
  const architecture = architectureOf(recipe, text);
  const side = latentSide(recipe);
  const vae = AutoencoderKL.create(architecture.vae.config, initialVae(architecture.vae.config, 1), {
    trainable: true,
  });
  const unet = UNet2DConditionModel.create(
    architecture.unet.config,
    initialUnet(architecture.unet.config, 1),
    {
      trainable: true,
    },
  );
  const { config } = architecture.textEncoder;
  const encoder = CLIPTextModel.create(config, initialClipText(config, 1), { trainable: true });
  const pictures = randomTensor('pictures', [2, recipe.imageSize, recipe.imageSize, 3]) as tf.Tensor4D;
  const latents = randomTensor('latents', [2, side, side, recipe.latentChannels]) as tf.Tensor4D;
  const ids = tf.fill([2, text.length], 5, 'int32') as tf.Tensor2D;
  const first = new Optimizer(vae.parameters, STEPS);
  const second = new Optimizer([...unet.parameters, ...encoder.parameters], STEPS);
  const counter = countDispatches();
  await first.step(() => ({ ...autoencoderLoss(vae, pictures, latents, { kl: 1e-6 }) }), 1e-3, noCheck);
  const autoencoder = counter.count;
  await second.step(
    () => ({ ...diffusionLoss(unet.forward(latents, [3, 500], encoder.forward(ids)), latents) }),
    1e-3,
    noCheck,
  );
  const denoiser = counter.count - autoencoder;
  console.log(`dispatches a step: autoencoder ${autoencoder}, denoiser ${denoiser}`);
  expect(autoencoder).toBeGreaterThan(200);
  expect(autoencoder).toBeLessThan(650);
  expect(denoiser).toBeGreaterThan(400);
  expect(denoiser).toBeLessThan(1200);
  for (const thing of [vae, unet, encoder, first, second, pictures, latents, ids]) thing.dispose();
});

test('the same steps give the same bits, and learn', async () => {
  const first = await run(4);
  const second = await run(4);
  expect(second).toEqual(first);
  expect(first.losses[3]).toBeLessThan((first.losses[0] as number) * 0.95);
});

test('memory stays flat over many steps', async () => {
  const network = smallNetwork();
  const optimizer = new Optimizer(network.parameters, STEPS);
  const x = randomTensor('x', [4, 12, 12, 3]) as tf.Tensor4D;
  const memory = (): { tensors: number; bytes: number; allocated: number } => {
    const now = tf.memory() as tf.MemoryInfo & { numBytesInGPU: number; numBytesAllocatedInGPU: number };
    return { tensors: now.numTensors, bytes: now.numBytesInGPU, allocated: now.numBytesAllocatedInGPU };
  };
  const steps = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) await optimizer.step(() => network.loss(x), 1e-3, noCheck);
  };
  await steps(5);
  const before = memory();
  const device = deviceOf();
  const create = device.createBuffer.bind(device);
  let created = 0;
  device.createBuffer = (descriptor) => {
    created++;
    return create(descriptor);
  };
  await steps(40);
  device.createBuffer = create;
  expect(memory()).toEqual(before);
  expect(created).toBe(0); // every buffer is one of the step before
  for (const thing of [x, optimizer, network]) thing.dispose();
});

test('buffers that nobody takes again are given back', async () => {
  const allocated = (): number =>
    (tf.memory() as unknown as { numBytesAllocatedInGPU: number }).numBytesAllocatedInGPU;
  const start = allocated();
  const MIB = 2 ** 20;
  // tensors of ever new sizes, as a batch of another size or another model has them
  for (let i = 0; i < 60; i++) {
    const large = tf.fill([MIB + i], 1);
    const sum = tf.add(large, 1);
    await tf.slice(sum, 0, 1).data();
    tf.dispose([large, sum]);
  }
  expect(allocated() - start).toBeLessThan(160 * MIB); // 480 without giving back
});

test('shaders of a step are compiled ahead, and nothing is computed by it', async () => {
  await releaseBackend();
  await initBackend({ backend });
  const network = smallNetwork();
  const x = randomTensor('x', [4, 12, 12, 3]) as tf.Tensor4D;
  const before = await Promise.all(
    network.parameters.map(async ({ variable }) => (await variable.data()).slice()),
  );
  const optimizer = new Optimizer(network.parameters, STEPS);
  let compiled = 0;
  const device = deviceOf();
  const create = device.createComputePipeline.bind(device);
  device.createComputePipeline = (descriptor) => {
    compiled++;
    return create(descriptor);
  };
  await compileAhead(() => {
    const found = gradients(network.parameters, () => network.loss(x));
    clippingScale(found.gradients, 1);
  });
  expect(compiled).toBe(0);
  const after = await Promise.all(network.parameters.map(async ({ variable }) => variable.data()));
  expect(after).toEqual(before);
  await optimizer.step(() => network.loss(x), 1e-3, noCheck);
  expect(compiled).toBeLessThan(6); // reading back together, AdamW, the average
  optimizer.dispose();
  network.dispose();
  x.dispose();
});

test('an error of the device ends the step it happens in', async () => {
  const network = smallNetwork();
  const optimizer = new Optimizer(network.parameters, STEPS);
  const x = randomTensor('x', [4, 12, 12, 3]) as tf.Tensor4D;
  await optimizer.step(() => network.loss(x), 1e-3, noCheck);
  const device = deviceOf();
  const create = device.createBindGroup.bind(device);
  let broken = false;
  device.createBindGroup = (descriptor) => {
    if (broken) return create(descriptor);
    broken = true;
    return create({ ...descriptor, entries: [] }); // invalid: what is recorded with it is dropped as a whole
  };
  const step = optimizer.step(() => network.loss(x), 1e-3, noCheck);
  await expect(step).rejects.toThrow(DeviceLostError);
  optimizer.dispose();
  network.dispose();
  x.dispose();
  await releaseBackend();
  await initBackend({ backend });
  expect((await run(2)).losses[1]).toBeGreaterThan(0); // and a new device carries on
});

test("released, the backend leaves TensorFlow.js's own kernels as they were", async () => {
  const names = [tf.Conv2DBackpropFilter, tf.BatchMatMul, tf.AddN];
  const ours = names.map((name) => tf.getKernel(name, 'webgpu').kernelFunc);
  await releaseBackend();
  const own = names.map((name) => tf.getKernel(name, 'webgpu').kernelFunc);
  expect(
    tf.getKernelsForBackend('webgpu').filter(({ kernelName }) => kernelName.startsWith('Noisebook')),
  ).toEqual([]);
  await initBackend({ backend });
  await releaseBackend();
  expect(names.map((name) => tf.getKernel(name, 'webgpu').kernelFunc)).toEqual(own);
  for (const [i, kernel] of own.entries()) expect(kernel).not.toBe(ours[i]);
  await initBackend({ backend });
});
