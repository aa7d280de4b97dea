// Measures a model as training/evaluate.py does, with this library: draws the same prompts, asks the same classifier.
import * as tf from '@tensorflow/tfjs-core';
import { attributeNames, encodeFace } from '../../../src/datasets/faceAttributes.ts';
import { sampleFace } from '../../../src/datasets/faceSplits.ts';
import {
  evaluationPrompt,
  evaluationWordings,
  statedBy,
  type EvaluationPrompt,
} from '../../../src/datasets/evaluationPrompts.ts';
import { wordingKinds } from '../../../src/datasets/wordings.ts';
import { frechetDistance, featureMoments as moments, psnr, rootOf } from '@noisebook/ldm/numbers';
import type { StableDiffusionPipeline } from '@noisebook/ldm';
import { promptAccuracy, type Measured } from './promptAccuracy.ts';
import type { AttributeClassifier } from './attributeClassifier.ts';
import { look, PERIODS, type Look } from './look.ts';
import { realPicture, toBytes, toTensor, type RgbBytes } from './pictures.ts';

export interface MeasureOptions {
  /** Prompts of each split. */
  readonly count: number;
  readonly steps: number;
  readonly guidance: number;
  readonly seed: number;
  /** Training faces that distances to real pictures go to; 0 leaves them out. */
  readonly reference: number;
  /** Test faces whose facts are said in other words; 0 leaves them out. */
  readonly wordings: number;
  readonly onProgress: (what: string, done: number, total: number) => void;
}

/** Measurements by name, as the paths of evaluate.py's file: `splits/test/ceiling/mean`. */
export type Measurements = Map<string, Measured>;

const SPLITS = ['test', 'heldout'] as const;
const FIRST_STAGE_BATCH = 10;
/** Pictures whose distance evaluate.py keeps as `frechet/first`. */
const FIRST = 500;

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** Mean and where it lies with 95% by the normal distribution. */
function meanOf(values: readonly number[]): Measured {
  const value = mean(values);
  const variance = mean(values.map((x) => (x - value) ** 2));
  const half = 1.96 * Math.sqrt(variance / values.length);
  return { value, interval: [value - half, value + half] };
}

const sure = (value: number): Measured => ({ value, interval: [value, value] });

/** A model under measurement: its pipeline, the classifier, the settings. */
export class Measuring {
  readonly #pipe: StableDiffusionPipeline;
  readonly #classifier: AttributeClassifier;
  readonly #options: MeasureOptions;
  readonly #results: Measurements = new Map();

  constructor(pipe: StableDiffusionPipeline, classifier: AttributeClassifier, options: MeasureOptions) {
    this.#pipe = pipe;
    this.#classifier = classifier;
    this.#options = options;
  }

  async run(): Promise<Measurements> {
    for (const split of SPLITS) await this.#split(split);
    if (this.#options.wordings > 0) await this.#wordings();
    return this.#results;
  }

  /** Picture `n` of the seed for each text. */
  async #draw(what: string, texts: readonly string[]): Promise<RgbBytes[]> {
    const { steps, guidance, seed, onProgress } = this.#options;
    const pictures: RgbBytes[] = [];
    for (const [n, prompt] of texts.entries()) {
      const latents = await this.#pipe.textToImage({
        prompt,
        seed: seed * 1_000_003 + n,
        guidanceScale: guidance,
        numInferenceSteps: steps,
      });
      pictures.push(...(await toBytes(this.#pipe.decode(latents))));
      latents.dispose();
      onProgress(what, n + 1, texts.length);
    }
    return pictures;
  }

  /** Real pictures through the first stage: bytes, and decibels before rounding. */
  async #rebuild(real: readonly RgbBytes[]): Promise<{ pictures: RgbBytes[]; decibels: number[] }> {
    const [pictures, decibels]: [RgbBytes[], number[]] = [[], []];
    for (let i = 0; i < real.length; i += FIRST_STAGE_BATCH) {
      const x = toTensor(real.slice(i, i + FIRST_STAGE_BATCH));
      const y = tf.tidy(() => tf.clipByValue(this.#pipe.decode(this.#pipe.encode(x)), -1, 1));
      const [before, after] = await Promise.all([x.data<'float32'>(), y.data<'float32'>()]);
      const length = before.length / x.shape[0];
      for (let n = 0; n < x.shape[0]; n++) {
        const part = [n * length, (n + 1) * length] as const;
        decibels.push(psnr(before.subarray(...part), after.subarray(...part)));
      }
      x.dispose();
      pictures.push(...(await toBytes(y)));
      this.#options.onProgress('first stage', pictures.length, real.length);
    }
    return { pictures, decibels };
  }

  async #split(split: (typeof SPLITS)[number]): Promise<void> {
    const { count, guidance, reference } = this.#options;
    const size = this.#pipe.sampleSize[0];
    const asked = Array.from({ length: count }, (_, i) => evaluationPrompt(split, i));
    const real = asked.map(({ face }) => realPicture(face, size));
    const rebuilt = await this.#rebuild(real);
    const drawn = await this.#draw(
      `${split} prompts`,
      asked.map(({ text }) => text),
    );
    const looks = {
      ceiling: await look(this.#classifier, real),
      reconstructions: await look(this.#classifier, rebuilt.pictures),
      [`samples/${guidance}`]: await look(this.#classifier, drawn),
    };
    const path = `splits/${split}`;
    this.#results.set(`${path}/psnr`, meanOf(rebuilt.decibels));
    for (const [name, seen] of Object.entries(looks)) this.#accuracy(`${path}/${name}`, asked, seen);
    if (split === 'test') {
      const [ceiling, first, last] = Object.values(looks) as [Look[], Look[], Look[]];
      this.#spectrum({ real: ceiling, reconstructions: first, samples: last });
      if (reference > 0) await this.#frechet({ floor: ceiling, reconstructions: first, samples: last });
    }
  }

  #accuracy(path: string, asked: readonly EvaluationPrompt[], seen: readonly Look[]): void {
    const { mean: average, allRight, perAttribute } = promptAccuracy(paired(asked, seen));
    this.#results.set(`${path}/mean`, average).set(`${path}/allRight`, allRight);
    for (const [a, share] of perAttribute.entries()) {
      if (share !== undefined) this.#results.set(`${path}/perAttribute/${attributeNames[a] ?? ''}`, share);
    }
  }

  #spectrum(looks: Readonly<Record<string, readonly Look[]>>): void {
    for (const [name, seen] of Object.entries(looks)) {
      for (const [k, period] of PERIODS.entries()) {
        this.#results.set(`spectrum/${name}/${period}`, meanOf(seen.map(({ peaks }) => peaks[k]!)));
      }
    }
  }

  async #frechet(looks: Readonly<Record<string, readonly Look[]>>): Promise<void> {
    const { reference, onProgress } = this.#options;
    const features: Float32Array[] = [];
    const size = this.#pipe.sampleSize[0];
    for (let i = 0; i < reference; i += 100) {
      const faces = Array.from({ length: Math.min(100, reference - i) }, (_, k) =>
        sampleFace('train', i + k),
      );
      const seen = await look(
        this.#classifier,
        faces.map((face) => realPicture(face, size)),
      );
      features.push(...seen.map((one) => one.features));
      onProgress('reference faces', features.length, reference);
    }
    const there = moments(features);
    const root = rootOf(there);
    // The distance depends on the number of pictures: only that of as many can be compared.
    const which = this.#options.count === FIRST ? 'first' : `of ${this.#options.count}`;
    for (const [name, seen] of Object.entries(looks)) {
      const here = moments(seen.map((one) => one.features));
      this.#results.set(`frechet/${which}/${name}`, sure(frechetDistance(there, here, root)));
    }
  }

  async #wordings(): Promise<void> {
    const asked = Array.from({ length: this.#options.wordings }, (_, i) => evaluationWordings('test', i));
    for (const kind of wordingKinds) {
      const drawn = await this.#draw(
        `wording: ${kind}`,
        asked.map(({ texts }) => texts[kind]),
      );
      const { mean: average } = promptAccuracy(paired(asked, await look(this.#classifier, drawn)));
      this.#results.set(`wording/kinds/${kind}`, average);
    }
  }
}

/** What was asked beside what was found. */
function paired(asked: readonly Pick<EvaluationPrompt, 'face' | 'mentioned'>[], seen: readonly Look[]) {
  return asked.map(({ face, mentioned }, i) => ({
    truth: Array.from(encodeFace(face)),
    found: seen[i]!.found,
    stated: statedBy(mentioned),
  }));
}
