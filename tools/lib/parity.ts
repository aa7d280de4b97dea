// Holds the library against a reference folder: what diffusers and transformers computed for the same model and inputs.
// Runs on the present TensorFlow.js backend, in Node and in browsers alike.
import * as tf from '@tensorflow/tfjs-core';
import { parseConfigJson } from '../../src/lib/ldm/config/json.ts';
import { parseSchedulerConfig, type SchedulerConfig } from '../../src/lib/ldm/config.ts';
import { AutoencoderKl } from '../../src/lib/ldm/models/autoencoderKl.ts';
import { ClipTextModel } from '../../src/lib/ldm/models/clipText.ts';
import { Unet2dCondition } from '../../src/lib/ldm/models/unet2dCondition.ts';
import { guidedDenoiser } from '../../src/lib/ldm/pipeline/guidance.ts';
import {
  readFile,
  readJsonFile,
  readOptional,
  readTextEncoder,
  readTokenizer,
  readUnet,
  readVae,
} from '../../src/lib/ldm/pipeline/modelFolder.ts';
import { createSampler, type Denoiser } from '../../src/lib/ldm/samplers/index.ts';
import { makeAlphasCumprod } from '../../src/lib/ldm/schedules/alphas.ts';
import { parseSafetensors, type HostTensor, type StateDict } from '../../src/lib/ldm/weights/safetensors.ts';
import type { ModelSource } from '../../src/lib/ldm/weights/source.ts';
import {
  parseAnalyticDenoiser,
  pipelineSchedulerJson,
  readReference,
  type Reference,
  type TokenizerReference,
} from './parityReference.ts';

/** max |a - b| / max |b|, for networks and samplers */
export const TOLERANCE = 1e-4;
/** The same for a whole guided generation, which multiplies small differences. */
export const PIPELINE_TOLERANCE = 1e-3;

export interface ParityRow {
  readonly tensor: string;
  /** max |a - b| / max |b|; for the tokenizer the share of texts that differ. NaN if nothing could be compared. */
  readonly error: number;
  readonly tolerance: number;
  readonly passed: boolean;
  /** Why a row failed, where the numbers do not say it. */
  readonly note?: string;
}

export interface ParityOptions {
  readonly onRow?: (row: ParityRow) => void;
  /** Only these parts; all by default. */
  readonly parts?: readonly ParityPart[];
}

export type ParityPart = 'tokenizer' | 'vae' | 'text' | 'unet' | 'sampler' | 'pipeline';
const PARTS: readonly ParityPart[] = ['tokenizer', 'vae', 'text', 'unet', 'sampler', 'pipeline'];

/** max |a - b| / max |b|; Infinity for another length, NaN for numbers that are none. */
export function relativeError(actual: Float32Array, expected: Float32Array): number {
  if (actual.length !== expected.length) return Infinity;
  let worst = 0;
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    const b = expected[i] as number;
    const difference = Math.abs((actual[i] as number) - b);
    if (Number.isNaN(difference)) return NaN;
    worst = Math.max(worst, difference);
    largest = Math.max(largest, Math.abs(b));
  }
  return largest === 0 ? worst : worst / largest;
}

class Parity {
  readonly rows: ParityRow[] = [];
  readonly #source: ModelSource;
  readonly #reference: Reference;
  readonly #tensors: StateDict;
  readonly #onRow: ((row: ParityRow) => void) | undefined;

  constructor(source: ModelSource, reference: Reference, tensors: StateDict, onRow: ParityOptions['onRow']) {
    this.#source = source;
    this.#reference = reference;
    this.#tensors = tensors;
    this.#onRow = onRow;
  }

  /** Runs one part; whatever it throws becomes a failed row, so that the others still run. */
  async run(part: ParityPart): Promise<void> {
    try {
      await this.#parts[part]();
    } catch (error) {
      const note = error instanceof Error ? error.message : String(error);
      this.#add({ tensor: part, error: NaN, tolerance: TOLERANCE, passed: false, note });
    }
  }

  readonly #parts: Readonly<Record<ParityPart, () => Promise<void>>> = {
    tokenizer: () => this.#tokenizer(),
    vae: () => this.#vae(),
    text: () => this.#text(),
    unet: () => this.#unet(),
    sampler: () => this.#samplers(),
    pipeline: () => this.#pipeline(),
  };

  #add(row: ParityRow): void {
    this.rows.push(row);
    this.#onRow?.(row);
  }

  #host(name: string): HostTensor {
    const found = this.#tensors.get(name);
    if (found === undefined) {
      throw new Error(`reference.safetensors: the tensor '${name}' is missing; write the folder anew`);
    }
    return found;
  }

  /** An NCHW tensor of the reference, in NHWC; or one of another rank as it is. */
  #input(name: string): tf.Tensor {
    const { data, shape } = this.#host(name);
    return tf.tidy(() => {
      const tensor = tf.tensor(data, [...shape]);
      return shape.length === 4 ? tf.transpose(tensor, [0, 2, 3, 1]) : tensor;
    });
  }

  /** Compares and disposes our tensor (NHWC, or of another rank as it is). */
  async #compare(name: string, ours: tf.Tensor, tolerance = TOLERANCE): Promise<void> {
    const expected = this.#host(name);
    const nchw = tf.tidy(() => (ours.rank === 4 ? tf.transpose(ours, [0, 3, 1, 2]) : tf.clone(ours)));
    ours.dispose();
    const data = (await nchw.data()) as Float32Array;
    const shape = nchw.shape;
    nchw.dispose();
    if (shape.join() !== expected.shape.join()) {
      const note = `expected shape [${expected.shape.join(', ')}], got [${shape.join(', ')}]`;
      this.#add({ tensor: name, error: NaN, tolerance, passed: false, note });
      return;
    }
    this.#compareData(name, data, expected.data, tolerance);
  }

  #compareData(name: string, ours: Float32Array, expected: Float32Array, tolerance = TOLERANCE): void {
    const error = relativeError(ours, expected);
    this.#add({ tensor: name, error, tolerance, passed: error <= tolerance });
  }

  async #tokenizer(): Promise<void> {
    const path = 'tokenizer-reference.json';
    const reference = (await readJsonFile(this.#source, path)) as TokenizerReference;
    const tokenizer = await readTokenizer(this.#source);
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
    this.#add({
      tensor: `tokenizer (${count} texts)`,
      error: wrong.length / count,
      tolerance: 0,
      passed: wrong.length === 0,
      ...(wrong.length === 0
        ? {}
        : { note: `differs on ${wrong.map((text) => JSON.stringify(text)).join(', ')}` }),
    });
  }

  async #vae(): Promise<void> {
    const { config, state } = await readVae(this.#source);
    const vae = AutoencoderKl.create(config, state);
    try {
      const image = this.#input('vae.in') as tf.Tensor4D;
      const latents = this.#input('vae.latents') as tf.Tensor4D;
      const { mean, logvar } = vae.encode(image);
      const decoded = vae.decode(latents);
      tf.dispose([image, latents]);
      await this.#compare('vae.mean', mean);
      await this.#compare('vae.logvar', logvar);
      await this.#compare('vae.decoded', decoded);
    } finally {
      vae.dispose();
    }
  }

  async #text(): Promise<void> {
    const { config, state } = await readTextEncoder(this.#source);
    const text = ClipTextModel.create(config, state);
    try {
      const ids = this.#input('text.ids') as tf.Tensor2D;
      const hidden = text.forward(ids);
      ids.dispose();
      await this.#compare('text.hidden', hidden);
    } finally {
      text.dispose();
    }
  }

  async #unet(): Promise<void> {
    const { config, state } = await readUnet(this.#source);
    const unet = Unet2dCondition.create(config, state);
    try {
      const [x, context] = [this.#input('unet.x') as tf.Tensor4D, this.#input('text.hidden') as tf.Tensor3D];
      const out = unet.forward(x, [...this.#host('unet.t').data], context);
      tf.dispose([x, context]);
      await this.#compare('unet.out', out);
    } finally {
      unet.dispose();
    }
  }

  async #samplers(): Promise<void> {
    const { a, b, c } = parseAnalyticDenoiser(this.#reference.denoiser);
    const denoiser: Denoiser = (x, t) => tf.tidy(() => tf.add(tf.mul(x, a), b * Math.sin(t / c)));
    const entries = Object.entries(this.#reference.samplers);
    if (entries.length === 0) throw new Error('reference.json: expected sampler cases, got none');
    for (const [name, { class: className, config: json, step }] of entries) {
      const key = `sampler.${name}`;
      const config = parseSchedulerConfig(
        { ...json, _class_name: className },
        `reference.json, samplers.${name}`,
      );
      const sampler = createSampler(config, this.#reference.steps);
      const timesteps = this.#host(`${key}.timesteps`).data;
      this.#compareData(`${key}.timesteps`, Float32Array.from(sampler.timesteps), timesteps);
      if (
        config.className !== 'FlowMatchEulerDiscreteScheduler' &&
        this.#tensors.has(`${key}.alphas_cumprod`)
      ) {
        const alphas = Float32Array.from(makeAlphasCumprod(config));
        this.#compareData(`${key}.alphas_cumprod`, alphas, this.#host(`${key}.alphas_cumprod`).data);
      }
      const trajectory = this.#host(`${key}.trajectory`);
      const noise = this.#host(`${key}.noise`);
      const entry = (stack: HostTensor, index: number): tf.Tensor4D => {
        const shape = stack.shape.slice(1) as [number, number, number, number];
        const size = shape.reduce((x, y) => x * y, 1);
        const data = stack.data.subarray(index * size, (index + 1) * size);
        return tf.tidy(() => tf.transpose(tf.tensor4d(data, shape), [0, 2, 3, 1]));
      };
      const start = entry(trajectory, 0);
      const states: tf.Tensor4D[] = [tf.clone(start)];
      const final = await sampler.sample(denoiser, start, {
        eta: step?.eta,
        noise: (index) => entry(noise, index),
        onStep: ({ x }) => {
          states.push(tf.clone(x));
        },
      });
      const ours = tf.tidy(() => tf.transpose(tf.stack(states), [0, 1, 4, 2, 3]));
      tf.dispose([start, final, ...states]);
      await this.#compare(`${key}.trajectory`, ours);
    }
  }

  async #pipeline(): Promise<void> {
    const { config: textConfig, state: textState } = await readTextEncoder(this.#source);
    const { config: unetConfig, state: unetState } = await readUnet(this.#source);
    const { config: vaeConfig, state: vaeState } = await readVae(this.#source);
    const { guidanceScale } = this.#reference.pipeline;
    const sampler = createSampler(this.#pipelineScheduler(), this.#reference.steps);
    const ids = this.#pipelineIds(textConfig.bosTokenId, textConfig.padTokenId);
    const text = ClipTextModel.create(textConfig, textState);
    const hidden = tf.tidy(() => text.forward(tf.tensor2d(ids.data, ids.shape, 'int32')));
    text.dispose();
    const unet = Unet2dCondition.create(unetConfig, unetState);
    const context = unet.prepareContext(hidden);
    const timesteps = unet.prepareTimesteps(sampler.timesteps);
    const start = this.#input('pipeline.init') as tf.Tensor4D;
    const latents = await sampler.sample(guidedDenoiser({ unet, context, guidanceScale, timesteps }), start);
    tf.dispose([start, hidden]);
    context.dispose();
    timesteps.dispose();
    unet.dispose();
    const vae = AutoencoderKl.create(vaeConfig, vaeState);
    const image = tf.tidy(() => vae.decode(tf.div(latents, vaeConfig.scalingFactor)));
    vae.dispose();
    await this.#compare('pipeline.latents', latents, PIPELINE_TOLERANCE);
    await this.#compare('pipeline.image', image, PIPELINE_TOLERANCE);
  }

  #pipelineScheduler(): SchedulerConfig {
    return parseSchedulerConfig(pipelineSchedulerJson(this.#reference), 'reference.json, pipeline');
  }

  /** The ids of the unconditional text (begin, then padding) and of the first caption: [2, T]. */
  #pipelineIds(
    bosTokenId: number | null,
    padTokenId: number | null,
  ): { data: Int32Array; shape: [number, number] } {
    const { data, shape } = this.#host('text.ids');
    const length = shape[1] as number;
    const first = data.slice(0, length);
    const both = new Int32Array(2 * length);
    // The captions show begin and padding too; they count where the config says something else.
    const bos = data[0] as number;
    const lastOfAll = data[data.length - 1] as number;
    const lastOfFirst = first[length - 1] as number;
    const pad = lastOfAll === lastOfFirst ? lastOfFirst : (padTokenId ?? lastOfFirst);
    both.fill(pad, 0, length);
    both[0] = bosTokenId === null || bosTokenId !== bos ? bos : bosTokenId;
    both.set(first, length);
    return { data: both, shape: [2, length] };
  }
}

/**
 * Compares everything that a reference folder holds. Never throws for a part that fails: that becomes a failed row.
 * @throws if the folder has no reference.json or reference.safetensors, or if they are damaged
 */
export async function runParity(
  source: ModelSource,
  options: ParityOptions = {},
): Promise<readonly ParityRow[]> {
  const reference = readReference(
    parseConfigJson(await readFile(source, 'reference.json'), 'reference.json'),
  );
  const tensors = parseSafetensors(await readFile(source, 'reference.safetensors'), {
    name: 'reference.safetensors',
  });
  const parity = new Parity(source, reference, tensors, options.onRow);
  for (const part of options.parts ?? PARTS) {
    // A folder made without a part (say, no tokenizer) is held against what it has, as long as it has no tensors for it.
    if (part === 'tokenizer' && (await readOptional(source, 'tokenizer-reference.json')) === undefined)
      continue;
    await parity.run(part);
  }
  return parity.rows;
}
