// Weights that learn: the same network, every parameter a variable, and the file's weights back from them to the bit.
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { AutoencoderKL } from '../../src/lib/ldm/models/autoencoderKL.ts';
import { CLIPTextModel } from '../../src/lib/ldm/models/clipTextModel.ts';
import { UNet2DConditionModel } from '../../src/lib/ldm/models/unet2DConditionModel.ts';
import { ParameterReader, type Trainable } from '../../src/lib/ldm/nn/parameters.ts';
import { readTextEncoder, readUnet, readVae } from '../../src/lib/ldm/pipeline/modelFolder.ts';
import type { StateDict } from '../../src/lib/ldm/weights/safetensors.ts';
import { fixture, randomTensor, take, useBackend } from './lib/device.ts';

useBackend();

const FOLDERS = ['diffusers-tiny', 'odd-tiny', 'micro'] as const;

async function readNetworks(name: string) {
  const source = await fixture(name);
  return {
    vae: await readVae(source),
    unet: await readUnet(source),
    textEncoder: await readTextEncoder(source),
  };
}

const folders = new Map<string, Awaited<ReturnType<typeof readNetworks>>>();
beforeAll(async () => {
  for (const name of FOLDERS) folders.set(name, await readNetworks(name));
});

function folderOf(name: (typeof FOLDERS)[number]): Awaited<ReturnType<typeof readNetworks>> {
  const folder = folders.get(name);
  if (folder === undefined) throw new Error(`no folder ${name}`);
  return folder;
}

const PARTS = ['vae', 'unet', 'textEncoder'] as const;

function create(
  name: (typeof FOLDERS)[number],
  part: (typeof PARTS)[number],
  trainable: boolean,
): [Trainable, StateDict] {
  const folder = folderOf(name);
  const { state } = folder[part];
  switch (part) {
    case 'vae':
      return [AutoencoderKL.create(folder.vae.config, state, { trainable }), state];
    case 'unet':
      return [UNet2DConditionModel.create(folder.unet.config, state, { trainable }), state];
    case 'textEncoder':
      return [CLIPTextModel.create(folder.textEncoder.config, state, { trainable }), state];
  }
}

/** The keys whose values differ, or that only one has. */
function differences(a: StateDict, b: StateDict): string[] {
  const keys = new Set([...a.keys(), ...b.keys()]);
  return [...keys].filter((key) => {
    const [one, two] = [a.get(key), b.get(key)];
    if (one?.shape.join() !== two?.shape.join()) return true;
    return one?.data.some((value, i) => !Object.is(value, two?.data[i]));
  });
}

describe.each(FOLDERS)('%s', (name) => {
  test.each(PARTS)('%s: the weights come back to the bit, and nothing is left behind', async (part) => {
    const before = tf.memory().numTensors;
    for (const trainable of [false, true]) {
      const [model, state] = create(name, part, trainable);
      expect(differences(await model.readState(), state)).toEqual([]);
      const names = model.parameters.flatMap((parameter) => parameter.names);
      expect([...names].sort()).toEqual(trainable ? [...state.keys()].sort() : []);
      model.dispose();
      expect(tf.memory().numTensors).toBe(before);
    }
  });

  test.each(PARTS)('%s: other values take the place of the parameters', async (part) => {
    const [model, state] = create(name, part, true);
    const values = tf.tidy(() => model.parameters.map(({ variable }) => tf.mul(variable, 2)));
    const doubled = await model.readState(values);
    const expected = new Map(
      [...state].map(([key, host]) => [key, { ...host, data: host.data.map((value) => 2 * value) }]),
    );
    expect(differences(doubled, expected)).toEqual([]);
    expect(differences(await model.readState(), state)).toEqual([]);
    await expect(model.readState(values.slice(1))).rejects.toThrow(
      `expected ${values.length} values shaped like the parameters, got ${values.length - 1}`,
    );
    tf.dispose(values);
    model.dispose();
  });
});

test('a new value of a variable is what the network computes with next', async () => {
  const folder = folderOf('micro');
  const frozen = UNet2DConditionModel.create(folder.unet.config, folder.unet.state);
  const unet = UNet2DConditionModel.create(folder.unet.config, folder.unet.state, { trainable: true });
  const x = randomTensor('x', [1, 4, 4, 4]) as tf.Tensor4D;
  const context = randomTensor('c', [1, 16, 8]) as tf.Tensor3D;
  const first = await take(frozen.forward(x, 37, context));
  expect(await take(unet.forward(x, 37, context))).toEqual(first);
  // the time projections of all blocks are one variable; the shortcuts and attentions are matrices
  const merged = unet.parameters.filter(({ names }) => names.length > 1);
  expect(merged.some(({ names }) => names.every((key) => key.endsWith('time_emb_proj.weight')))).toBe(true);
  for (const { variable } of merged) {
    const next = tf.mul(variable, 1.5);
    variable.assign(next);
    next.dispose();
  }
  expect(await take(unet.forward(x, 37, context))).not.toEqual(first);
  const reread = UNet2DConditionModel.create(folder.unet.config, await unet.readState());
  expect(await take(reread.forward(x, 37, context))).toEqual(await take(unet.forward(x, 37, context)));
  tf.dispose([x, context]);
  for (const model of [frozen, unet, reread]) model.dispose();
});

test('a survey asks for what a folder holds, without a tensor', () => {
  for (const folder of folders.values()) {
    const before = tf.memory().numTensors;
    const surveys = {
      vae: AutoencoderKL.survey(folder.vae.config),
      unet: UNet2DConditionModel.survey(folder.unet.config),
      textEncoder: CLIPTextModel.survey(folder.textEncoder.config),
    };
    expect(tf.memory().numTensors).toBe(before);
    for (const part of PARTS) {
      const shapes = [...folder[part].state].map(([key, { shape }]) => `${key} ${shape.join()}`);
      expect(surveys[part].map(({ name, shape }) => `${name} ${shape.join()}`).sort()).toEqual(shapes.sort());
    }
  }
});

test('weights that do not fit leave no variable behind', () => {
  const before = tf.memory().numTensors;
  const reader = ParameterReader.open(new Map(), 'fixture', { trainable: true });
  reader.linear(['a', 'b'], 2, 3);
  expect(() => {
    reader.finish();
  }).toThrow("'a' is missing: expected shape [3, 2]");
  expect(tf.memory().numTensors).toBe(before);
});
