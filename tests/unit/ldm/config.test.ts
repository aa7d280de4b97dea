// Settings files: what diffusers writes is read; what this library cannot honour is refused by name.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  ConfigError,
  forLatentPipeline,
  parseClipTextConfig,
  parseConfigJson,
  parseModelIndex,
  parseSchedulerConfig,
  parseUnetConfig,
  parseVaeConfig,
} from '../../../src/lib/ldm/config/index.ts';

type Json = Readonly<Record<string, unknown>>;

const tiny = (part: string): Json =>
  JSON.parse(
    readFileSync(new URL(`../../fixtures/diffusers-tiny/${part}/config.json`, import.meta.url), 'utf8'),
  ) as Json;

/** The reason for refusing the fixture's settings with some of them changed; undefined removes one. */
function refusal(parse: (json: unknown, where: string) => unknown, base: Json, changes: Json): string {
  try {
    parse({ ...base, ...changes }, 'x/config.json');
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  return 'accepted';
}

describe('UNet2DConditionModel', () => {
  const base = tiny('unet');
  const parse = (changes: Json = {}) => parseUnetConfig({ ...base, ...changes }, 'unet/config.json');

  test('the fixture, block by block', () => {
    const config = parse();
    expect(config).toMatchObject({
      sampleSize: [8, 8],
      blockOutChannels: [32, 64],
      timeEmbedDim: 128,
      crossAttentionDim: 32,
      actFn: 'silu',
    });
    expect(
      config.downBlocks.map(({ type, inChannels, outChannels }) => [type, inChannels, outChannels]),
    ).toEqual([
      ['DownBlock2D', 32, 32],
      ['CrossAttnDownBlock2D', 32, 64],
    ]);
    expect(config.midBlock).toMatchObject({
      type: 'UNetMidBlock2DCrossAttn',
      channels: 64,
      numAttentionHeads: 4,
    });
    expect(config.upBlocks.map((block) => block.resnetInChannels)).toEqual([
      [128, 96],
      [96, 64],
    ]);
  });

  test('three levels with a setting for each', () => {
    const config = parse({
      block_out_channels: [32, 64, 96],
      down_block_types: ['DownBlock2D', 'CrossAttnDownBlock2D', 'AttnDownBlock2D'],
      up_block_types: ['AttnUpBlock2D', 'CrossAttnUpBlock2D', 'UpBlock2D'],
      layers_per_block: [1, 2, 3],
      attention_head_dim: [2, 4, 8],
      transformer_layers_per_block: [1, 2, 3],
      cross_attention_dim: [32, 32, 32],
      only_cross_attention: [false, true, false],
      mid_block_type: null,
    });
    expect(config.midBlock).toBeNull();
    expect(config.downBlocks.map((block) => block.numLayers)).toEqual([1, 2, 3]);
    expect(config.downBlocks.map((block) => block.addDownsample)).toEqual([true, true, false]);
    expect(config.downBlocks[1]).toMatchObject({
      transformerLayers: [2, 2],
      numAttentionHeads: 4,
      onlyCrossAttention: true,
    });
    expect(config.upBlocks.map((block) => block.numLayers)).toEqual([4, 3, 2]);
    expect(config.upBlocks.map((block) => block.numAttentionHeads)).toEqual([8, 4, 2]);
    // diffusers does not reverse this one.
    expect(config.upBlocks.map((block) => block.attentionHeadDim)).toEqual([2, 4, 8]);
    expect(config.upBlocks.map((block) => block.skipChannels)).toEqual([
      [96, 96, 96, 64],
      [64, 64, 32],
      [32, 32],
    ]);
    expect(config.upBlocks.map((block) => block.resnetInChannels[0])).toEqual([192, 160, 96]);
  });

  test('transformer layers of lists of lists, with their reverse', () => {
    const config = parse({
      layers_per_block: 2,
      transformer_layers_per_block: [1, [2, 3]],
      reverse_transformer_layers_per_block: [[3, 2, 1], 0],
    });
    expect(config.downBlocks.map((block) => block.transformerLayers)).toEqual([
      [1, 1],
      [2, 3],
    ]);
    expect(config.midBlock?.transformerLayers).toBe(2);
    expect(config.upBlocks.map((block) => block.transformerLayers)).toEqual([
      [3, 2, 1],
      [0, 0, 0],
    ]);
  });

  test('absent keys take the defaults of diffusers', () => {
    const config = parseUnetConfig({}, 'unet/config.json');
    expect(config.blockOutChannels).toEqual([320, 640, 1280, 1280]);
    expect(config.downBlocks.map((block) => block.type)).toEqual([
      'CrossAttnDownBlock2D',
      'CrossAttnDownBlock2D',
      'CrossAttnDownBlock2D',
      'DownBlock2D',
    ]);
    expect(config).toMatchObject({
      normNumGroups: 32,
      crossAttentionDim: 1280,
      timeEmbedDim: 1280,
      freqShift: 0,
    });
  });

  test.each([
    ['act_fn', 'SWISH', { actFn: 'silu' }],
    ['act_fn', 'mish', { actFn: 'mish' }],
    ['time_embedding_dim', 60, { timeEmbedDim: 60 }],
    ['num_attention_heads', 8, {}],
    ['downsample_padding', 0, { downsamplePadding: 0 }],
    ['resnet_time_scale_shift', 'scale_shift', { resnetTimeScaleShift: 'scale_shift' }],
    ['conv_in_kernel', 1, { convInKernel: 1 }],
    ['sample_size', [8, 12], { sampleSize: [8, 12] }],
    ['dropout', 0.1, {}],
    ['upcast_attention', true, {}],
    ['a_future_setting', null, {}],
  ])('%s %j is honoured', (key, value, expected) => {
    expect(parse({ [key]: value })).toMatchObject(expected);
  });

  test.each([
    ['_class_name', 'UNet2DModel', 'expected "UNet2DConditionModel", got "UNet2DModel"'],
    ['down_block_types', ['DownBlock2D', 'SkipDownBlock2D'], 'or "AttnDownBlock2D", got "SkipDownBlock2D"'],
    [
      'up_block_types',
      ['UpBlock2D'],
      'expected 2 entries, one for each of block_out_channels, got ["UpBlock2D"]',
    ],
    ['up_block_types', 'UpBlock2D', 'expected a list of block types, got "UpBlock2D"'],
    ['mid_block_type', 'UNetMidBlock2DSimpleCrossAttn', 'got "UNetMidBlock2DSimpleCrossAttn"'],
    ['block_out_channels', [32, -64], 'expected a list of whole numbers from 1, got [32, -64]'],
    [
      'block_out_channels',
      [32, 60],
      '"norm_num_groups": expected a divisor of 60 (the channels of block_out_channels[1]), got 8',
    ],
    ['norm_num_groups', null, 'expected a whole number from 1, got null'],
    ['norm_num_groups', 5, 'expected a divisor of 32'],
    [
      'attention_head_dim',
      5,
      'expected a number of heads that divides the 64 channels of down_blocks.1, got 5',
    ],
    ['attention_head_dim', [4, 4, 4], 'expected 2 entries, one for each level'],
    ['layers_per_block', 0, 'expected a whole number from 1, or a list of 2 of them, got 0'],
    ['layers_per_block', '2', 'got "2"'],
    ['cross_attention_dim', [32, 64], 'accepted'], // only the second level looks at the text
    ['cross_attention_dim', null, 'got null'],
    ['transformer_layers_per_block', [1, [1]], 'together with "reverse_transformer_layers_per_block"'],
    ['only_cross_attention', [true], 'expected true, false, or a list of 2 of them'],
    ['act_fn', 'tanh', 'got "tanh"'],
    ['conv_in_kernel', 2, 'expected an odd kernel size'],
    ['downsample_padding', 2, 'expected a whole number from 0 to 1, got 2'],
    ['class_embed_type', 'timestep', 'class conditioning is not implemented), got "timestep"'],
    ['num_class_embeds', 10, 'class conditioning is not implemented'],
    [
      'addition_embed_type',
      'text_time',
      'expected null (additional embeddings are not implemented), got "text_time"',
    ],
    ['encoder_hid_dim', 64, 'expected null'],
    ['time_cond_proj_dim', 256, 'expected null'],
    ['time_embedding_type', 'fourier', 'expected "positional"'],
    ['dual_cross_attention', true, 'expected false'],
    ['attention_type', 'gated', 'expected "default"'],
    ['resnet_time_scale_shift', 'ada_group', 'expected "default" or "scale_shift", got "ada_group"'],
    ['sample_size', [8], 'expected a whole number from 1, or a pair'],
    ['center_input_sample', 1, 'expected true or false, got 1'],
    ['norm_eps', -1, 'expected a number from 0, got -1'],
    ['a_future_setting', 'on', 'accepted'],
  ])('%s %j: %s', (key, value, reason) => {
    const message = refusal(parseUnetConfig, base, { [key]: value });
    expect(message).toContain(reason);
    if (reason !== 'accepted') expect(message).toMatch(/^x\/config\.json: "/);
  });

  test('what diffusers of a known version does not know touches nothing; that of a later one might', () => {
    for (const [parse, json] of [
      [parseUnetConfig, base],
      [parseVaeConfig, tiny('vae')],
    ] as const) {
      const with_ = (version: unknown, change: object): string =>
        refusal(parse, json, { _diffusers_version: version, ...change });
      expect(with_('0.42.1', { a_note: 'on', training_steps: 7 })).toBe('accepted');
      expect(with_('0.6.0.dev0', { a_note: 'on' })).toBe('accepted');
      for (const version of ['0.43.0', '1.0.0', 'x', undefined])
        expect(with_(version, { a_note: 'on' })).toContain('"a_note": expected no such setting');
      // What EMAModel of diffusers writes into the network's file.
      const ema = {
        decay: 0.9999,
        min_decay: 0.5,
        optimization_step: 1,
        update_after_step: 2,
        use_ema_warmup: true,
        inv_gamma: 1,
        power: 2 / 3,
      };
      for (const version of ['0.42.1', '9.0.0', undefined]) expect(with_(version, ema)).toBe('accepted');
    }
  });

  test.each([null, [], 'text', 7])('%j instead of an object', (json) => {
    expect(() => parseUnetConfig(json, 'unet/config.json')).toThrow('expected a JSON object');
  });
});

describe('AutoencoderKL', () => {
  const base = tiny('vae');

  test('the fixture', () => {
    expect(parseVaeConfig(base, 'vae/config.json')).toMatchObject({
      blockOutChannels: [16, 32, 32, 48],
      downsamplingFactor: 8,
      latentChannels: 4,
      scalingFactor: 0.7,
      shiftFactor: null,
      useQuantConv: true,
    });
  });

  test('options of later autoencoders', () => {
    const changes = {
      use_quant_conv: false,
      use_post_quant_conv: false,
      mid_block_add_attention: false,
      shift_factor: 0.1,
      latents_mean: [0, 0, 0, 1],
      latents_std: [1, 1, 1, 2],
    };
    expect(parseVaeConfig({ ...base, ...changes }, 'vae/config.json')).toMatchObject({
      useQuantConv: false,
      usePostQuantConv: false,
      midBlockAddAttention: false,
      shiftFactor: 0.1,
      latentsStd: [1, 1, 1, 2],
    });
  });

  test.each([
    ['_class_name', 'VQModel', 'expected "AutoencoderKL", got "VQModel"'],
    ['down_block_types', ['AttnDownEncoderBlock2D'], 'got "AttnDownEncoderBlock2D"'],
    ['up_block_types', ['UpDecoderBlock2D'], 'expected 4 entries'],
    ['norm_num_groups', 32, 'expected a divisor of 16 (the channels of block_out_channels[0]), got 32'],
    ['scaling_factor', 0, 'expected a number other than 0'],
    ['scaling_factor', null, 'expected a number, got null'],
    ['latents_mean', [0, 0], 'expected 4 numbers (latent_channels)'],
    ['latents_std', [1, 0, 1, 1], 'expected numbers other than 0'],
    ['latent_channels', 4.5, 'got 4.5'],
    ['use_quant_conv', 'no', 'expected true or false, got "no"'],
  ])('%s %j: %s', (key, value, reason) => {
    expect(refusal(parseVaeConfig, base, { [key]: value })).toContain(reason);
  });
});

describe('CLIPTextModel', () => {
  const base = tiny('text_encoder');

  test('the fixture, and defaults', () => {
    expect(parseClipTextConfig(base, 'x')).toMatchObject({
      hiddenSize: 32,
      numHiddenLayers: 2,
      eosTokenId: 299,
    });
    expect(parseClipTextConfig({}, 'x')).toMatchObject({
      vocabSize: 49408,
      maxPositionEmbeddings: 77,
      layerNormEps: 1e-5,
    });
    expect(parseClipTextConfig({ ...base, eos_token_id: [7, 8] }, 'x').eosTokenId).toBe(7);
  });

  test.each([
    ['model_type', 'clip', 'expected "clip_text_model"'],
    ['architectures', ['T5EncoderModel'], 'expected ["CLIPTextModel"], got ["T5EncoderModel"]'],
    ['num_attention_heads', 5, 'expected a divisor of 32 (hidden_size), got 5'],
    ['hidden_act', 'gelu_new', 'expected "quick_gelu" or "gelu", got "gelu_new"'],
    ['vocab_size', 0, 'expected a whole number from 1, got 0'],
    ['layer_norm_eps', '1e-5', 'got "1e-5"'],
  ])('%s %j: %s', (key, value, reason) => {
    expect(refusal(parseClipTextConfig, base, { [key]: value })).toContain(reason);
  });
});

describe('schedulers', () => {
  test('every class, with its own defaults', () => {
    const parse = (name: string) => parseSchedulerConfig({ _class_name: name }, 'x');
    expect(parse('DDPMScheduler')).toMatchObject({
      clipSample: true,
      timestepSpacing: 'leading',
      varianceType: 'fixed_small',
    });
    expect(parse('DDIMScheduler')).toMatchObject({ setAlphaToOne: true, clipSampleRange: 1 });
    expect(parse('EulerDiscreteScheduler')).toMatchObject({
      timestepSpacing: 'linspace',
      finalSigmasType: 'zero',
    });
    expect(parse('DPMSolverMultistepScheduler')).toMatchObject({
      solverOrder: 2,
      solverType: 'midpoint',
      lambdaMinClipped: Number.NEGATIVE_INFINITY,
    });
    expect(parse('FlowMatchEulerDiscreteScheduler')).toMatchObject({ shift: 1, predictionType: 'flow' });
  });

  test('read for another sampler', () => {
    const json = {
      _class_name: 'DPMSolverMultistepScheduler',
      beta_end: 0.012,
      prediction_type: 'v_prediction',
      solver_order: 3,
    };
    expect(parseSchedulerConfig(json, 'x', 'DDIMScheduler')).toMatchObject({
      className: 'DDIMScheduler',
      betaEnd: 0.012,
      predictionType: 'v_prediction',
    });
    expect(() => parseSchedulerConfig(json, 'x', 'FlowMatchEulerDiscreteScheduler')).toThrow(ConfigError);
  });

  test('as the latent pipelines of diffusers use them', () => {
    const ddim = forLatentPipeline(parseSchedulerConfig({}, 'x', 'DDIMScheduler'));
    expect(ddim).toMatchObject({ clipSample: false, stepsOffset: 1 });
    expect(forLatentPipeline(parseSchedulerConfig({}, 'x', 'EulerDiscreteScheduler'))).toMatchObject({
      stepsOffset: 1,
    });
    const flow = parseSchedulerConfig({}, 'x', 'FlowMatchEulerDiscreteScheduler');
    expect(forLatentPipeline(flow)).toBe(flow);
  });

  test.each([
    ['PNDMScheduler', {}, '"_class_name": expected "DDPMScheduler" or'],
    [undefined, {}, '"_class_name": expected "DDPMScheduler" or'],
    ['DDIMScheduler', { thresholding: true }, '"thresholding": expected false'],
    ['DDIMScheduler', { beta_schedule: 'sigmoid' }, 'got "sigmoid"'],
    [
      'DDIMScheduler',
      { trained_betas: [0.1] },
      '"trained_betas": expected 1000 numbers (num_train_timesteps), got 1',
    ],
    ['DDIMScheduler', { num_train_timesteps: 1, trained_betas: [1.5] }, 'expected numbers from 0 to 1'],
    [
      'DDIMScheduler',
      { num_train_timesteps: 1e9 },
      '"num_train_timesteps": expected a whole number from 1 to 10000, got 1000000000',
    ],
    ['FlowMatchEulerDiscreteScheduler', { num_train_timesteps: 2 ** 53 - 1 }, 'from 1 to 10000'],
    ['DDIMScheduler', { timestep_spacing: 'karras' }, 'got "karras"'],
    ['DDPMScheduler', { variance_type: 'learned_range' }, '"variance_type": expected "fixed_small" or'],
    ['DDPMScheduler', { prediction_type: 'flow_prediction' }, 'got "flow_prediction"'],
    ['EulerDiscreteScheduler', { use_karras_sigmas: true, use_beta_sigmas: true }, 'at most one of'],
    ['EulerDiscreteScheduler', { interpolation_type: 'cubic' }, 'got "cubic"'],
    [
      'DPMSolverMultistepScheduler',
      { algorithm_type: 'sde-dpmsolver++' },
      '"algorithm_type": expected "dpmsolver++"',
    ],
    ['DPMSolverMultistepScheduler', { solver_order: 4 }, 'expected a whole number from 1 to 3, got 4'],
    ['DPMSolverMultistepScheduler', { use_flow_sigmas: true }, 'flow sigmas are not implemented'],
    ['DPMSolverMultistepScheduler', { variance_type: 'learned' }, 'learned variances are not implemented'],
    [
      'FlowMatchEulerDiscreteScheduler',
      { use_dynamic_shifting: true },
      'shifting by image size is not implemented',
    ],
    ['FlowMatchEulerDiscreteScheduler', { invert_sigmas: true }, 'inverted sigmas are not implemented'],
    ['FlowMatchEulerDiscreteScheduler', { shift: 0 }, 'expected a number above 0, got 0'],
  ])('%s %j: %s', (name, changes, reason) => {
    const json = { ...(name === undefined ? {} : { _class_name: name }), ...changes };
    expect(refusal((value, where) => parseSchedulerConfig(value, where), {}, json)).toContain(reason);
  });
});

describe('model_index.json', () => {
  const index = {
    _class_name: 'StableDiffusionPipeline',
    vae: ['diffusers', 'AutoencoderKL'],
    unet: ['diffusers', 'UNet2DConditionModel'],
    text_encoder: ['transformers', 'CLIPTextModel'],
    tokenizer: ['transformers', 'CLIPTokenizer'],
    scheduler: ['diffusers', 'DDIMScheduler'],
    safety_checker: [null, null],
  };

  test('names the class of each part', () => {
    expect(parseModelIndex(index, 'model_index.json').classes).toEqual({
      vae: 'AutoencoderKL',
      unet: 'UNet2DConditionModel',
      text_encoder: 'CLIPTextModel',
      tokenizer: 'CLIPTokenizer',
      scheduler: 'DDIMScheduler',
    });
  });

  test.each([
    ['_class_name', 'FluxPipeline', 'other pipelines are not implemented), got "FluxPipeline"'],
    ['unet', undefined, '"unet": expected [library, "UNet2DConditionModel"], got nothing'],
    ['text_encoder', ['transformers', 'T5EncoderModel'], 'got ["transformers", "T5EncoderModel"]'],
    ['scheduler', [null, null], '"scheduler": expected'],
  ])('%s %j: %s', (key, value, reason) => {
    expect(refusal(parseModelIndex, index, { [key]: value })).toContain(reason);
  });
});

describe('the JSON that Python writes', () => {
  test('has infinite numbers, and words that only look like them', () => {
    const text =
      '{"a": -Infinity, "b": [Infinity, NaN, -1e400], "c": "-Infinity NaN \\" Infinity", "NaN": 1}';
    expect(parseConfigJson(text, 'x')).toEqual({
      a: Number.NEGATIVE_INFINITY,
      b: [Number.POSITIVE_INFINITY, Number.NaN, Number.NEGATIVE_INFINITY],
      c: '-Infinity NaN " Infinity',
      NaN: 1,
    });
    const bytes = new TextEncoder().encode('{"lambda_min_clipped": -Infinity}');
    expect(parseConfigJson(bytes, 'x')).toEqual({ lambda_min_clipped: Number.NEGATIVE_INFINITY });
  });

  test.each(['', '{', '{"a": Infinit}', '<html>404</html>', '{"a": 1}}'])('%j is refused', (text) => {
    expect(() => parseConfigJson(text, 'unet/config.json')).toThrow(
      /^unet\/config\.json: .*expected JSON, got "/,
    );
  });

  test.each([
    ['a string without an end', `{"a":"${'\\"'.repeat(400_000)}`],
    ['quotation marks', '{'.padEnd(900_000, '"')],
    ['a backslash at the end', `{"a":"${'\\'.repeat(900_001)}`],
  ])('%s costs no more than its length', (_, text) => {
    const before = process.cpuUsage();
    expect(() => parseConfigJson(text, 'x')).toThrow(ConfigError);
    expect(process.cpuUsage(before).user / 1e6).toBeLessThan(1);
  });

  test('more than a megabyte is no settings file', () => {
    expect(() => parseConfigJson(`{"a":"${'x'.repeat(20e6)}"}`, 'x')).toThrow(
      /expected at most 1000000 characters, got 20000008/,
    );
  });
});
