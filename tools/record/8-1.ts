// Records figure 8.1: the run of "Five minutes" on faces, from nothing, trained here. Takes some minutes.
//
// NOISEBOOK_RUN may name another preset, or steps of both phases for a quick look: "minute", "five:300:300".
import { PRESET_NAMES, presetRecipe } from '../../src/lab/presets.ts';
import type { Recipe } from '@noisebook/ldm/numbers';
import { labFaces } from '../lib/labFaces.ts';
import { recordRun } from '../lib/labRecording.ts';
import { trainAndLook } from '../lib/labRun.ts';
import type { RecordContext } from './context.ts';

/** Thumbnails of the map. */
const MAPPED = 96;

function wanted(text: string): { readonly name: string; readonly recipe: Recipe } {
  const [name = '', first, second] = text.split(':');
  const preset = PRESET_NAMES.find((known) => known === name);
  if (preset === undefined) {
    throw new Error(`NOISEBOOK_RUN: expected one of ${PRESET_NAMES.join(', ')}, got "${name}".`);
  }
  const recipe = presetRecipe(preset, 'faces');
  return {
    name: preset,
    recipe: {
      ...recipe,
      ...(first !== undefined && { autoencoderSteps: Number(first) }),
      ...(second !== undefined && { denoiserSteps: Number(second) }),
    },
  };
}

const titles = { minute: 'one minute', five: 'five minutes', night: 'overnight' } as const;

export async function record({ backend, write }: RecordContext): Promise<void> {
  const { name, recipe } = wanted(process.env['NOISEBOOK_RUN'] ?? 'five');
  const dataset = labFaces(recipe);
  const { events, ms } = await trainAndLook(recipe, dataset, (line) => console.log(line));
  const { kind, title, size, sampleCaptions } = dataset;
  const { json, files } = await recordRun({
    about: {
      name: `Faces, ${titles[name as keyof typeof titles]}`,
      recipe,
      data: {
        kind,
        title: `${recipe.images.toLocaleString('en')} ${title}`,
        count: recipe.images,
        size,
        sampleCaptions,
      },
      ms: Math.round(ms),
      backend,
    },
    events,
    mapped: dataset.pixels.subarray(0, MAPPED * size * size * 3),
  });
  for (const [file, bytes] of files) write('8-1', file, bytes);
  write('8-1', 'recorded.json', `${JSON.stringify(json)}\n`);
}
