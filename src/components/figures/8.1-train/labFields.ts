// What figure 8.1 keeps in its address: the pictures, the preset, and what differs from it.
import { choice } from '../../../state/figureAddress.ts';
import { PRESET_NAMES, presetRecipe, type PresetName } from '../../../lab/presets.ts';
import { DATA_KINDS, type DataKind } from '../../../datasets/dataKinds.ts';
import type { Recipe } from '@noisebook/ldm/numbers';
import { changesField, type Changes } from './recipeField.ts';

export const labFields = {
  data: choice(DATA_KINDS, 'faces'),
  preset: choice(PRESET_NAMES, 'minute'),
  with: changesField,
};

export interface LabChoice {
  readonly data: DataKind;
  readonly preset: PresetName;
  readonly with: Changes;
}

/** The recipe that the choices stand for. */
export const recipeOf = ({ data, preset, with: changes }: LabChoice): Recipe => ({
  ...presetRecipe(preset, data),
  ...changes,
});

/** `changes` with one more; what the preset says anyway is left out. */
export function changed({ data, preset, with: changes }: LabChoice, more: Changes): Changes {
  const base = presetRecipe(preset, data);
  return Object.fromEntries(
    Object.entries({ ...changes, ...more }).filter(([key, value]) => base[key as keyof Changes] !== value),
  );
}
