// Parity of the parts that stand alone: tokenizer, first stage, text encoder, denoiser.
import * as tf from '@tensorflow/tfjs-core';
import {
  AutoencoderKL,
  CLIPTextModel,
  readJsonFile,
  readTextEncoder,
  readTokenizer,
  readUnet,
  readVae,
  UNet2DConditionModel,
} from '@noisebook/ldm';
import type { TokenizerReference } from './parityReference.ts';
import type { ParityTable } from './parityTable.ts';

export async function compareTokenizer(table: ParityTable): Promise<void> {
  const path = 'tokenizer-reference.json';
  const reference = (await readJsonFile(table.source, path)) as TokenizerReference;
  const tokenizer = await readTokenizer(table.source);
  const wrong: string[] = [];
  for (const { text, ids, tokens } of reference.cases) {
    const encoding = tokenizer.encode(text, { maxLength: reference.maxLength });
    if (encoding.ids.join() !== ids.join() || encoding.tokens.join('\n') !== tokens.join('\n'))
      wrong.push(text);
  }
  const { bosTokenId, eosTokenId, padTokenId } = tokenizer;
  const special = [bosTokenId, eosTokenId, padTokenId].join();
  if (special !== [reference.bos, reference.eos, reference.pad].join())
    wrong.push(`special tokens (${special})`);
  const count = reference.cases.length;
  if (count === 0) throw new Error(`${path}: expected texts, got none`);
  table.add({
    tensor: `tokenizer (${count} texts)`,
    error: wrong.length / count,
    tolerance: 0,
    passed: wrong.length === 0,
    ...(wrong.length === 0
      ? {}
      : { note: `differs on ${wrong.map((text) => JSON.stringify(text)).join(', ')}` }),
  });
}

export async function compareVae(table: ParityTable): Promise<void> {
  const { config, state } = await readVae(table.source);
  const vae = AutoencoderKL.create(config, state);
  try {
    const image = table.input('vae.in') as tf.Tensor4D;
    const latents = table.input('vae.latents') as tf.Tensor4D;
    const { mean, logvar } = vae.encode(image);
    const decoded = vae.decode(latents);
    tf.dispose([image, latents]);
    await table.compare('vae.mean', mean);
    await table.compare('vae.logvar', logvar);
    await table.compare('vae.decoded', decoded);
  } finally {
    vae.dispose();
  }
}

export async function compareText(table: ParityTable): Promise<void> {
  const { config, state } = await readTextEncoder(table.source);
  const text = CLIPTextModel.create(config, state);
  try {
    const ids = table.input('text.ids') as tf.Tensor2D;
    const hidden = text.forward(ids);
    ids.dispose();
    await table.compare('text.hidden', hidden);
  } finally {
    text.dispose();
  }
}

export async function compareUnet(table: ParityTable): Promise<void> {
  const { config, state } = await readUnet(table.source);
  const unet = UNet2DConditionModel.create(config, state);
  try {
    const [x, context] = [table.input('unet.x') as tf.Tensor4D, table.input('text.hidden') as tf.Tensor3D];
    const out = unet.forward(x, [...table.host('unet.t').data], context);
    tf.dispose([x, context]);
    await table.compare('unet.out', out);
  } finally {
    unet.dispose();
  }
}
