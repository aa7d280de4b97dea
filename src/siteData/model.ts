// What the pages say about the shipped model, read at build time from its own files; nothing is typed by hand.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Evaluation } from './evaluation.ts';
import { readPublic } from './recordings.ts';

/** What a training run logged last. */
export interface StageRecipe {
  readonly step?: number;
  readonly minutes?: number;
  /** Pictures that the steps saw. */
  readonly images?: number;
  /** How many different ones they were drawn from. */
  readonly faces?: number;
  /** The same of a student: paths of its teacher. */
  readonly paths?: number;
  /** Of a run that this one went on from; `minutes` and `images` do not count them. */
  readonly earlierSteps?: number;
  /** Of the text encoder alone, before. */
  readonly textEncoderSteps?: number;
  readonly textEncoderMinutes?: number;
}

export interface Manifest {
  readonly name: string;
  readonly title: string;
  /** The model whose files it takes where it has none of its own. */
  readonly base?: string;
  readonly files: readonly { readonly path: string; readonly bytes: number; readonly sha256: string }[];
  /** What the page downloads. */
  readonly totalBytes: number;
  readonly parameters: Readonly<Record<'vae' | 'unet' | 'text_encoder', number>>;
  readonly image: {
    readonly size: number;
    readonly f: number;
    readonly latentChannels: number;
    readonly latentSize: number;
  };
  readonly sampling: {
    readonly sampler: string;
    readonly numInferenceSteps: number;
    readonly guidanceScale: number;
  };
  /** Null for a model that has not been measured. */
  readonly metrics: Evaluation | null;
  readonly recipe: {
    readonly trainingImages: number;
    /** The model whose weights its networks started from; what that one took is not counted. */
    readonly startedFrom?: string;
    readonly vae: StageRecipe;
    readonly denoiser: StageRecipe;
    readonly heldOutCombinations: readonly Readonly<Record<string, string>>[];
  };
  readonly commit: string;
  readonly created: string;
  readonly knownWords: readonly string[];
}

/** Bytes of some files together. */
export const sumOf = (files: Manifest['files']): number => files.reduce((sum, { bytes }) => sum + bytes, 0);

/** All files of a model's folder: what its manifest lists, and the manifest itself, which cannot list itself. */
export function filesWithManifest({ name, files }: Pick<Manifest, 'name' | 'files'>): Manifest['files'] {
  const path = 'manifest.json';
  const content = readFileSync(join(process.cwd(), 'public/weights', name, path));
  const sha256 = createHash('sha256').update(content).digest('hex');
  return [{ path, bytes: content.length, sha256 }, ...files];
}

/** The manifest of a model in public/weights. */
export function readManifest(model: string): Manifest {
  return readPublic(
    `weights/${model}/manifest.json`,
    'training/export.py writes it (training/README.md).',
  ) as Manifest;
}

/** The models that the card is about, the main one first. */
const CARD_MODELS = ['faces-128', 'faces-128-turbo', 'faces-64'] as const;

/** Manifests of those that public/weights has. */
export function cardModels(): Manifest[] {
  return CARD_MODELS.filter((name) =>
    existsSync(join(process.cwd(), 'public/weights', name, 'manifest.json')),
  ).map(readManifest);
}

/** The model that draws while the reader types, and what its makers recommend for it. */
export interface QuickModel {
  readonly name: string;
  readonly steps: number;
  readonly guidance: number;
  /** What it downloads. */
  readonly bytes: number;
  /** Of these, what the model that it is quick for downloads as well. */
  readonly shared: number;
}

/**
 * What draws while the reader types: the model's own student for few steps, `<model>-turbo`, where public/weights has
 * one, else the model itself; with the settings that its manifest recommends.
 */
export function quickModel(model: string): QuickModel {
  const turbo = `${model}-turbo`;
  const hasTurbo = existsSync(join(process.cwd(), 'public/weights', turbo, 'manifest.json'));
  const { name, sampling, totalBytes: bytes, base, files } = readManifest(hasTurbo ? turbo : model);
  const shared = name === model ? bytes : base === model ? bytes - sumOf(files) : 0;
  return {
    name,
    steps: sampling.numInferenceSteps,
    guidance: sampling.guidanceScale,
    bytes,
    shared,
  };
}

/** The model card's samples, as tools/record.ts made them. */
export interface SampleSheet {
  readonly manifestSha256: string;
  readonly size: number;
  readonly columns: number;
  readonly numInferenceSteps: number;
  readonly guidanceScale: number;
  readonly file: string;
  readonly samples: readonly { readonly prompt: string; readonly split: string; readonly seed: number }[];
}
