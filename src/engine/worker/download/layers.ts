// The folders that a model is downloaded from: its own, and that of the base which its manifest may name.
import { takesFromBase } from '@noisebook/ldm/numbers';
import type { DownloadOptions } from './downloadModel.ts';
import { openFileCache, type FileCache } from './fileCache.ts';
import { loadManifest } from './loadManifest.ts';
import type { Manifest, ManifestFile } from './manifest.ts';

/** One folder on the site. */
export interface Layer {
  /** Absolute address; ends in '/'. */
  readonly modelUrl: string;
  readonly cache: FileCache | undefined;
  /** Checksums of all its files, needed here or not. */
  readonly hashes: ReadonlySet<string>;
  /** The files that are taken from it. */
  readonly files: readonly ManifestFile[];
}

export interface Layers {
  readonly layers: readonly Layer[];
  /** The model's own manifest, with the files of all layers; words it does not list are those of its base. */
  readonly manifest: Manifest;
}

/**
 * Reads the manifests. Each folder keeps its files in its own part of the store, so that a base downloaded for one model is
 * there for the next.
 */
export async function openLayers(
  options: Pick<DownloadOptions, 'modelUrl' | 'caches' | 'transport' | 'signal' | 'onNotice'>,
): Promise<Layers> {
  const own = await openFolder(options);
  if (own.manifest.base === undefined) return { layers: [own], manifest: own.manifest };
  const base = await openFolder({
    ...options,
    modelUrl: new URL(`../${own.manifest.base}/`, options.modelUrl).href,
  });
  const wanted = takesFromBase(own.files.map(({ path }) => path));
  const lower = { ...base, files: base.files.filter(({ path }) => wanted(path)) };
  const { knownWords } = own.manifest.knownWords.length > 0 ? own.manifest : base.manifest;
  return {
    layers: [own, lower],
    manifest: { ...own.manifest, files: [...own.files, ...lower.files], knownWords },
  };
}

async function openFolder(
  options: Parameters<typeof openLayers>[0],
): Promise<Layer & { readonly manifest: Manifest }> {
  const { modelUrl } = options;
  const cache = await openFileCache(options.caches, modelUrl);
  const manifest = await loadManifest(options, cache);
  const { files } = manifest;
  return { modelUrl, cache, manifest, files, hashes: new Set(files.map(({ sha256 }) => sha256)) };
}
