// Holds the library against a reference folder: what diffusers and transformers computed for the same model and inputs.
// Runs on the present TensorFlow.js backend, in Node and in browsers alike.
import { type ModelSource, parseConfigJson, parseSafetensors } from '@noisebook/ldm/numbers';
import { readFile, readOptional } from '@noisebook/ldm';
import { compareText, compareTokenizer, compareUnet, compareVae } from './parityNetworks.ts';
import { readReference } from './parityReference.ts';
import { comparePipeline, compareSamplers } from './paritySampling.ts';
import { ParityTable, TOLERANCE, type ParityRow } from './parityTable.ts';

export { relativeError, type ParityRow } from './parityTable.ts';

export interface ParityOptions {
  readonly onRow?: (row: ParityRow) => void;
  /** Only these parts; all by default. */
  readonly parts?: readonly ParityPart[];
}

export type ParityPart = 'tokenizer' | 'vae' | 'text' | 'unet' | 'sampler' | 'pipeline';

const parts: Readonly<Record<ParityPart, (table: ParityTable) => Promise<void>>> = {
  tokenizer: compareTokenizer,
  vae: compareVae,
  text: compareText,
  unet: compareUnet,
  sampler: compareSamplers,
  pipeline: comparePipeline,
};
const PARTS = Object.keys(parts) as ParityPart[];

/** Runs one part; whatever it throws becomes a failed row, so that the others still run. */
async function run(part: ParityPart, table: ParityTable): Promise<void> {
  try {
    await parts[part](table);
  } catch (error) {
    const note = error instanceof Error ? error.message : String(error);
    table.add({ tensor: part, error: NaN, tolerance: TOLERANCE, passed: false, note });
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
  const table = new ParityTable(source, reference, tensors, options.onRow);
  for (const part of options.parts ?? PARTS) {
    // A folder made without a part (say, no tokenizer) is held against what it has, as long as it has no tensors for it.
    if (part === 'tokenizer' && (await readOptional(source, 'tokenizer-reference.json')) === undefined)
      continue;
    await run(part, table);
  }
  return table.rows;
}
