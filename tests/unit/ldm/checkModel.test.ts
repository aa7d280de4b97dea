// Models from disk: found among what was chosen, checked in full, refused with what was expected, what came, what to do.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkModel, type CheckedModel, type ModelLimits } from '../../../src/lib/ldm/pipeline/checkModel.ts';
import { findModel } from '../../../src/lib/ldm/pipeline/modelFiles.ts';
import { readModelFolder, readTokenizer } from '../../../src/lib/ldm/pipeline/modelFolder.ts';
import { workloadOf } from '../../../src/lib/ldm/pipeline/workload.ts';
import { denoiserCosts } from '../../../src/lib/ldm/recipe/networkCosts.ts';
import { readZip } from '../../../src/lib/ldm/weights/readZip.ts';
import { parseSafetensors, serializeSafetensors } from '../../../src/lib/ldm/weights/safetensors.ts';
import { memorySource } from '../../../src/lib/ldm/weights/source.ts';
import { writeZip } from '../../../src/lib/ldm/weights/writeZip.ts';
import { utf8 } from '../../lib/rawZip.ts';

type Files = Map<string, Uint8Array<ArrayBuffer>>;

const folder = join(import.meta.dirname, '../../fixtures/micro');
const UNET = 'unet/diffusion_pytorch_model.safetensors';

/** A tiny model with random weights that diffusers saved: 4 x 4 latents, 8 x 8 pixels. */
function micro(): Files {
  return new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [relative(folder, path), new Uint8Array(readFileSync(path))]),
  );
}
const read = (files: Files, path: string): Record<string, unknown> =>
  JSON.parse(new TextDecoder().decode(files.get(path))) as Record<string, unknown>;
/** The model with some settings of a file changed. */
function edited(path: string, change: Record<string, unknown>): Files {
  const files = micro();
  files.set(path, utf8(JSON.stringify({ ...read(files, path), ...change })));
  return files;
}
const twoLevels = (channels: number): Record<string, unknown> => ({
  block_out_channels: [channels, channels],
  down_block_types: ['DownBlock2D', 'CrossAttnDownBlock2D'],
  up_block_types: ['CrossAttnUpBlock2D', 'UpBlock2D'],
});
const below = (files: Files, root: string): Files =>
  new Map([...files].map(([path, bytes]) => [root + path, bytes]));
/** Why the files are refused, from beginning to end. */
async function refusal(files: Files): Promise<string> {
  try {
    await checkModel(findModel(files, 'mine').files, 'mine');
    return 'was taken';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

describe('finding the model', () => {
  test('in the folder itself, in one below, and in one with copies further down', () => {
    const plain = findModel(micro(), 'm');
    expect([...plain.files.keys()]).toContain(UNET);
    expect(plain.ignored).toEqual(['reference.json', 'reference.safetensors', 'tokenizer-reference.json']);
    for (const files of [
      below(micro(), 'a b/my model/'),
      new Map([...below(micro(), 'm/'), ...below(micro(), 'm/backup/')]),
    ])
      expect(findModel(files, 'm').files).toEqual(plain.files);
  });

  test('none, several, a PyTorch file', async () => {
    expect(await refusal(new Map())).toMatch(
      /mine: expected a model folder in the diffusers layout, got no files/,
    );
    expect(await refusal(new Map([['cat.jpg', utf8('x')]]))).toMatch(
      /no model_index\.json among its files \(cat\.jpg\)/,
    );
    expect(await refusal(new Map([['archive/data.pkl', utf8('x')]]))).toMatch(/got a PyTorch file/);
    const two = new Map([...below(micro(), 'a/'), ...below(micro(), 'b/')]);
    expect(await refusal(two)).toMatch(/expected one model, got several: a\/model_index\.json, b\//);
  });

  test('what a Mac adds is silently left out, a second copy of weights is named', () => {
    const files = below(micro(), 'm/');
    files.set('__MACOSX/m/._model_index.json', utf8('x'));
    files.set('m/.DS_Store', utf8('x'));
    files.set('m/unet/diffusion_pytorch_model.fp16.safetensors', utf8('x'));
    const { files: found, ignored } = findModel(files, 'm');
    expect(ignored.filter((path) => !path.includes('reference'))).toEqual([
      'm/unet/diffusion_pytorch_model.fp16.safetensors',
    ]);
    expect([...found.keys()].some((path) => path.includes('MACOSX'))).toBe(false);
  });

  test('pickled weights are not opened', async () => {
    const files = micro();
    files.delete(UNET);
    files.set('unet/diffusion_pytorch_model.bin', utf8('x'));
    expect(await refusal(files)).toMatch(/got unet\/diffusion_pytorch_model\.bin\. Pickles can run code/);
  });

  test('nothing of a tokenizer stays behind; tokenizer.json alone is enough, at every entrance', async () => {
    const files = micro();
    const before = await checkModel(findModel(files, 'm').files, 'm');
    files.delete('tokenizer/vocab.json');
    files.delete('tokenizer/merges.txt');
    files.set('tokenizer/added_tokens.json', utf8('{"<|endoftext|>":553}'));
    const found = findModel(files, 'm');
    expect([...found.files.keys()].filter((path) => path.startsWith('tokenizer/')).sort()).toEqual([
      'tokenizer/added_tokens.json',
      'tokenizer/tokenizer.json',
      'tokenizer/tokenizer_config.json',
    ]);
    const text = 'a smiling person with red hair and zebra glasses';
    const after = await checkModel(found.files, 'm');
    expect(after.folder.tokenizer.encode(text).ids).toEqual(before.folder.tokenizer.encode(text).ids);
    // What a host sent for files that it lacks, saved with the others.
    const page = utf8('<!doctype html><title>Not found</title>');
    for (const file of ['special_tokens_map', 'added_tokens']) files.set(`tokenizer/${file}.json`, page);
    const elsewhere = await readTokenizer(memorySource('m', files));
    expect(elsewhere.encode(text).ids).toEqual(before.folder.tokenizer.encode(text).ids);
  });

  test('a learned word is one token, before and after it was kept and zipped', async () => {
    const files = micro();
    files.set('tokenizer/added_tokens.json', utf8('{"<my-cat>":500000}'));
    expect(await refusal(files)).toMatch(/the tokenizer has ids up to 500000, but .* vocab_size is 554/);
    files.set(
      'text_encoder/config.json',
      utf8(JSON.stringify({ ...read(files, 'text_encoder/config.json'), vocab_size: 555 })),
    );
    files.set('tokenizer/added_tokens.json', utf8('{"<my-cat>":554}'));
    const wider = 'text_encoder/model.safetensors';
    const tensors = [...parseSafetensors(files.get(wider)!)].map(([name, tensor]) => {
      if (!name.endsWith('token_embedding.weight')) return [name, tensor] as const;
      const data = new Float32Array(tensor.data.length + tensor.shape[1]!);
      data.set(tensor.data);
      return [name, { ...tensor, data, shape: [555, tensor.shape[1]!] }] as const;
    });
    files.set(wider, serializeSafetensors(tensors) as Uint8Array<ArrayBuffer>);
    const kept = findModel(files, 'm').files;
    for (const all of [kept, await readZip(writeZip(kept))]) {
      const { folder: opened } = await checkModel(findModel(all, 'm').files, 'm');
      expect([...opened.tokenizer.encode('<my-cat>').ids.slice(0, 3)]).toEqual([552, 554, 553]);
    }
  });
});

describe('checking it', () => {
  test('a sound one gives its sizes and counts its weights', async () => {
    const { image, parameters } = await checkModel(findModel(micro(), 'm').files, 'm');
    expect(image).toEqual({ size: 8, f: 2, latentChannels: 4, latentSize: 4 });
    for (const part of ['vae', 'unet', 'text_encoder'] as const) {
      const path = [...micro().keys()].find(
        (name) => name.startsWith(part) && name.endsWith('.safetensors'),
      )!;
      const state = parseSafetensors(micro().get(path)!);
      expect(parameters[part]).toBe([...state.values()].reduce((sum, { data }) => sum + data.length, 0));
    }
  });

  const without = (path: string): Files => {
    const files = micro();
    files.delete(path);
    return files;
  };
  const cases: readonly (readonly [what: string, files: () => Files, reason: RegExp])[] = [
    ['no settings', () => without('vae/config.json'), /the file vae\/config\.json is missing/],
    ['no weights', () => without(UNET), /the file unet\/.*safetensors is missing/],
    [
      'no vocabulary',
      () => new Map([...micro()].filter(([path]) => !path.startsWith('tokenizer/'))),
      /the file tokenizer\/vocab\.json is missing/,
    ],
    ['no scheduler', () => without('scheduler/scheduler_config.json'), /scheduler_config\.json is missing/],
    [
      'another pipeline',
      () => edited('model_index.json', { _class_name: 'FluxPipeline' }),
      /"_class_name": expected "StableDiffusionPipeline"/,
    ],
    [
      'another text encoder',
      () => edited('model_index.json', { text_encoder: ['transformers', 'T5EncoderModel'] }),
      /"text_encoder": expected \[library, "CLIPTextModel"\]/,
    ],
    [
      'an unknown scheduler',
      () => edited('scheduler/scheduler_config.json', { _class_name: 'MagicScheduler' }),
      /"_class_name"/,
    ],
    [
      'parts of two models',
      () => edited('unet/config.json', { in_channels: 9 }),
      /do not fit together: expected unet in_channels 4/,
    ],
    [
      'text of another width',
      () => edited('text_encoder/config.json', { hidden_size: 64, num_attention_heads: 8 }),
      /cross_attention_dim 64/,
    ],
    ['grey pictures', () => edited('vae/config.json', { in_channels: 1 }), /vae in_channels: expected 3/],
    [
      'no square',
      () => edited('unet/config.json', { sample_size: [4, 8] }),
      /expected square latents, got 4 x 8/,
    ],
    [
      'an odd side',
      () => edited('unet/config.json', { ...twoLevels(8), sample_size: 5 }),
      /expected a multiple of 2/,
    ],
    [
      'a huge side',
      () => edited('unet/config.json', { sample_size: 512 }),
      /2 to 64 latents a side, got 512/,
    ],
    [
      'a billion layers',
      () => edited('unet/config.json', { layers_per_block: 1e9 }),
      /"layers_per_block": expected at most 16 .* got 1000000000/,
    ],
    [
      'a hundred levels',
      () => edited('vae/config.json', { block_out_channels: new Array(100).fill(8) }),
      /"block_out_channels".* got 100 entries/,
    ],
    [
      'a million levels',
      () => edited('vae/config.json', { block_out_channels: new Array(300_000).fill(8) }),
      /"block_out_channels".* got 300000 entries/,
    ],
    [
      'settings of megabytes',
      () => edited('vae/config.json', { a: 'x'.repeat(2e6) }),
      /vae\/config\.json.*expected at most 1000000 characters/,
    ],
    [
      'more timesteps than memory',
      () => edited('scheduler/scheduler_config.json', { num_train_timesteps: 1e9 }),
      /"num_train_timesteps": expected a whole number from 1 to 10000, got 1000000000/,
    ],
    [
      'fewer timesteps than steps',
      () => edited('scheduler/scheduler_config.json', { num_train_timesteps: 1 }),
      /"num_train_timesteps": expected at least 50, since the figures draw with up to 50 steps, got 1/,
    ],
    [
      'heads that need gigabytes',
      () =>
        edited('unet/config.json', {
          sample_size: 64,
          ...{ block_out_channels: [256], attention_head_dim: 256 },
          ...{ down_block_types: ['CrossAttnDownBlock2D'], up_block_types: ['CrossAttnUpBlock2D'] },
        }),
      /numbers in its largest tensor: expected at most 300 million, .* got about 8,590 million/,
    ],
    [
      'a vocabulary larger than its table',
      () => edited('text_encoder/config.json', { vocab_size: 8 }),
      /vocab_size is 8/,
    ],
    [
      'settings that are no JSON',
      () => micro().set('vae/config.json', utf8('{"a":')),
      /vae\/config\.json.*expected JSON/,
    ],
    [
      'settings of another class',
      () => edited('vae/config.json', { _class_name: 'VQModel' }),
      /vae\/config\.json: "_class_name"/,
    ],
    [
      'weights that are a web page',
      () => micro().set(UNET, utf8('<!doctype html><p>404</p>')),
      /unet\/.*HTML page/,
    ],
    [
      'weights cut off',
      () => micro().set(UNET, micro().get(UNET)!.slice(0, 20_000)),
      /unet\/diffusion_pytorch_model\.safetensors/,
    ],
  ];
  for (const [what, files, reason] of cases) {
    test(what, async () => expect(await refusal(files())).toMatch(reason));
  }

  test('how much work a picture is, by the settings alone', async () => {
    const { folder: opened, isSlow } = await checkModel(findModel(micro(), 'm').files, 'm');
    expect(isSlow).toBe(false);
    const parts = { vae: opened.vae.config, unet: opened.unet.config, text: opened.textEncoder.config };
    const drawing = { imageSize: 8, latentSize: 4, steps: 2 };
    const small = workloadOf(parts, drawing);
    expect(small.multiplyAdds).toBeLessThan(1e6);
    // A step costs its halves, and twice the side four times as much where there is no attention over places.
    const more = workloadOf(parts, { ...drawing, steps: 3 });
    const call = denoiserCosts(opened.unet.config, 4, opened.textEncoder.config.maxPositionEmbeddings);
    expect(more.multiplyAdds - small.multiplyAdds).toBeGreaterThanOrEqual(2 * call.multiplyAdds);
    expect(more.multiplyAdds - small.multiplyAdds).toBeLessThan(3 * call.multiplyAdds);
    const vae = { ...parts.vae, blockOutChannels: [1216, 8, 8] };
    const wide = workloadOf({ ...parts, vae }, { imageSize: 256, latentSize: 64, steps: 2 });
    expect(wide.largestTensor).toBe(1216 * 256 * 256);
    expect(wide.multiplyAdds).toBeGreaterThan(1e12);
  });

  test('a sampler that is not implemented: the folder opens, and what stands in is said', async () => {
    const files = edited('scheduler/scheduler_config.json', { _class_name: 'PNDMScheduler' });
    const { folder: opened } = await checkModel(findModel(files, 'm').files, 'm');
    expect(opened.notes).toEqual([
      'Its sampler, PNDMScheduler, is not implemented here: DDIMScheduler stands in for it.',
    ]);
    const magic = memorySource(
      'm',
      edited('scheduler/scheduler_config.json', { _class_name: 'MagicScheduler' }),
    );
    await expect(readModelFolder(magic)).rejects.toThrow(/"_class_name"/);
    expect((await readModelFolder(magic, { sampler: 'DDIMScheduler' })).notes).toEqual([]);
  });

  test('too large for a page, whatever the files hold', async () => {
    const wide = twoLevels(2048);
    expect(await refusal(edited('unet/config.json', wide))).toMatch(
      /at most 100 million weights.* got \d{3,} million/,
    );
  });

  test('numbers that are none: the tensor is named', async () => {
    for (const [value, shown] of [
      [Number.NaN, 'NaN'],
      [Number.POSITIVE_INFINITY, 'Infinity'],
    ] as const) {
      const files = micro();
      const state = parseSafetensors(files.get(UNET)!);
      const data = state.get('conv_in.bias')!.data.slice();
      data[2] = value;
      const tensors = [...state].map(([name, tensor]) =>
        name === 'conv_in.bias' ? ([name, { ...tensor, data }] as const) : ([name, tensor] as const),
      );
      files.set(UNET, serializeSafetensors(tensors) as Uint8Array<ArrayBuffer>);
      expect(await refusal(files)).toMatch(
        new RegExp(
          `mine: unet: the tensor "conv_in\\.bias" holds ${shown} \\(number 3 of \\d+\\), expected finite numbers`,
        ),
      );
    }
  });

  test('a cancelled check stops', async () => {
    const { files } = findModel(micro(), 'm');
    await expect(checkModel(files, 'm', { signal: AbortSignal.abort(new Error('stop')) })).rejects.toThrow(
      'stop',
    );
  });
});

test('the limits are those of a page, or those that are asked for', async () => {
  const { files } = findModel(micro(), 'mine');
  const check = async (limits: Partial<ModelLimits>): Promise<CheckedModel> =>
    checkModel(files, 'mine', { limits });
  await expect(check({ side: 4 })).rejects.toThrow('the pictures: expected at most 4 pixels a side, got 8');
  await expect(check({ parameters: 1e3 })).rejects.toThrow('expected at most 0.001 million weights');
  await expect(check({ steps: 5000 })).rejects.toThrow('"num_train_timesteps": expected at least 5000');
  expect((await check({ slowMultiplyAdds: 1 })).isSlow).toBe(true);
  expect((await check({})).isSlow).toBe(false);
});
