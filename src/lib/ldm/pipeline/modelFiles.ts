// Finds the model among files that someone chose: the folder with model_index.json, and of that what belongs to a model.
import { PARTS, weightFiles } from './weightFiles.ts';

/** Files by path. */
export type Files = ReadonlyMap<string, Uint8Array<ArrayBuffer>>;

export interface FoundModel {
  /** By path from the model's own folder. */
  readonly files: Map<string, Uint8Array<ArrayBuffer>>;
  /** Paths that were left out: of other folders, or of no use here. */
  readonly ignored: readonly string[];
}

const BELONGS = [
  /^(model_index\.json|manifest\.json|README\.md|LICENSE(\.md|\.txt)?|check\.safetensors)$/,
  /^scheduler\/scheduler_config\.json$/,
  /^tokenizer\/(vocab|tokenizer_config|special_tokens_map|added_tokens|tokenizer)\.json$/,
  /^tokenizer\/merges\.txt$/,
  /^(vae|unet|text_encoder)\/config\.json$/,
];
const INDEX = 'model_index.json';

/**
 * The model among `all`. Weights in other formats and second copies of weights stay behind.
 * @throws Error when there is none, or more than one
 */
export function findModel(all: Files, name: string): FoundModel {
  const indexes = [...all.keys()].filter((path) => path === INDEX || path.endsWith(`/${INDEX}`));
  // A copy below (a backup, a checkpoint) does not count when one lies higher.
  const depth = (path: string): number => path.split('/').length;
  const least = Math.min(...indexes.map(depth));
  const [index, other] = indexes.filter((path) => depth(path) === least);
  if (index === undefined) throw new Error(`${name}: ${noIndex([...all.keys()])}`);
  if (other !== undefined) {
    throw new Error(
      `${name}: expected one model, got several: ${indexes.slice(0, 4).join(', ')}. Open one folder at a time.`,
    );
  }
  const root = index.slice(0, -INDEX.length);
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  const ignored: string[] = [];
  const weights = new Set(PARTS.flatMap(weightFiles));
  for (const [path, bytes] of all) {
    const inside = path.slice(root.length);
    const belongs = weights.has(inside) || BELONGS.some((pattern) => pattern.test(inside));
    if (path.startsWith(root) && belongs) files.set(inside, bytes);
    else if (!/(^|\/)(\.DS_Store|__MACOSX\/.*|Thumbs\.db|desktop\.ini)$/.test(path)) ignored.push(path);
  }
  for (const part of PARTS) {
    const [first, ...copies] = weightFiles(part).filter((path) => files.has(path));
    for (const copy of copies) if (files.delete(copy)) ignored.push(root + copy);
    const pickled = ignored.find(
      (path) => path.startsWith(`${root}${part}/`) && /\.(bin|pt|ckpt)$/.test(path),
    );
    if (first === undefined && pickled !== undefined) {
      throw new Error(
        `${name}: expected ${weightFiles(part)[0] ?? part}, got ${pickled.slice(root.length)}. Pickles can run code and are not opened: save the model with pipe.save_pretrained(folder), which writes safetensors.`,
      );
    }
  }
  return { files, ignored };
}

/** What came instead of a model. */
function noIndex(paths: readonly string[]): string {
  if (paths.length === 0)
    return 'expected a model folder in the diffusers layout, got no files. Choose another.';
  if (paths.some((path) => /(^|\/)data\.pkl$/.test(path))) {
    return 'expected a model folder in the diffusers layout, got a PyTorch file (a zip too). Save the model with pipe.save_pretrained(folder) and zip that folder.';
  }
  const shown = paths.slice(0, 4).join(', ') + (paths.length > 4 ? `, and ${paths.length - 4} more` : '');
  return `expected a model folder in the diffusers layout, but there is no model_index.json among its files (${shown}). Choose the folder that pipe.save_pretrained wrote, or a zip of it.`;
}
