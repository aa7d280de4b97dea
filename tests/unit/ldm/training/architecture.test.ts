// A recipe's model: settings that parse, counts that agree with the networks, refusals that name the choice.
import { describe, expect, test } from 'vitest';
import { AutoencoderKL } from '../../../../src/lib/ldm/models/autoencoderKL.ts';
import { CLIPTextModel } from '../../../../src/lib/ldm/models/clipTextModel.ts';
import { UNet2DConditionModel } from '../../../../src/lib/ldm/models/unet2DConditionModel.ts';
import { architectureOf, checkRecipe, latentSide } from '../../../../src/lib/ldm/recipe/architecture.ts';
import { estimate, type Estimate } from '../../../../src/lib/ldm/recipe/estimate.ts';
import { DATA_KINDS, typicalTextSize } from '../../../../src/datasets/dataKinds.ts';
import { PRESET_NAMES, presetRecipe } from '../../../../src/lab/presets.ts';
import { CONDITIONINGS, PREDICTIONS, type Recipe } from '../../../../src/lib/ldm/recipe/recipe.ts';

const five = presetRecipe('five', 'faces');

const count = (parts: readonly { readonly shape: readonly number[] }[]): number =>
  parts.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);

const variants: readonly (readonly [string, Recipe])[] = [
  ...PRESET_NAMES.map((name) => [name, presetRecipe(name, 'faces')] as const),
  ...CONDITIONINGS.map((conditioning) => [conditioning, { ...five, conditioning }] as const),
  ...PREDICTIONS.map((prediction) => [prediction, { ...five, prediction }] as const),
  ['f = 2', { ...five, factor: 2 }],
  ['f = 8 of 32', { ...five, factor: 8 }],
  ['64 pixels, f = 2', { ...five, imageSize: 64, factor: 2 }],
  ['widths that only 4 divides', { ...five, width: 20, autoencoderWidth: 12, latentChannels: 3 }],
];

describe.each(variants)('the model of %s', (_, recipe) => {
  const { vae, unet, textEncoder, scheduler, modelIndex } = architectureOf(
    checkRecipe(recipe),
    typicalTextSize(recipe),
  );

  test('has the parameters that the estimate counts', () => {
    const { parameters } = estimate(recipe, typicalTextSize(recipe));
    expect(parameters.vae).toBe(count(AutoencoderKL.survey(vae.config)));
    expect(parameters.unet).toBe(count(UNet2DConditionModel.survey(unet.config)));
    expect(parameters.textEncoder).toBe(count(CLIPTextModel.survey(textEncoder.config)));
  });

  test('fits together', () => {
    expect(vae.config.downsamplingFactor).toBe(recipe.factor);
    expect(vae.config.scalingFactor).toBe(1);
    expect(unet.config.sampleSize).toEqual([latentSide(recipe), latentSide(recipe)]);
    expect(unet.config.inChannels).toBe(vae.config.latentChannels);
    expect(unet.config.crossAttentionDim).toBe(textEncoder.config.hiddenSize);
    expect(scheduler.config.predictionType).toBe(recipe.prediction);
    expect(modelIndex['scheduler']).toEqual(['diffusers', scheduler.config.className]);
  });
});

test('facts need no order of words, sentences do', () => {
  const layers = (conditioning: Recipe['conditioning']): number => {
    const recipe = { ...five, conditioning };
    return architectureOf(recipe, typicalTextSize(recipe)).textEncoder.config.numHiddenLayers;
  };
  expect(layers('facts')).toBe(0);
  expect(layers('sentences')).toBeGreaterThan(0);
});

describe('checkRecipe', () => {
  test('leaves a recipe as it is', () => {
    expect(checkRecipe({ ...five })).toEqual(five);
  });

  test.each<[keyof Recipe, unknown]>([
    ['images', 0],
    ['images', 2.5],
    ['imageSize', 48],
    ['factor', 3],
    ['latentChannels', 1e9],
    ['autoencoderWidth', 10],
    ['width', 1e6],
    ['conditioning', 'pictures'],
    ['prediction', 'x'],
    ['minSnrGamma', -1],
    ['conditionDropout', 2],
    ['autoencoderSteps', 0],
    ['batch', 1e6],
    ['learningRate', 0],
    ['learningRate', Number.NaN],
    ['autoencoderLearningRate', 'fast'],
    ['klWeight', -1],
    ['seed', -1],
  ])('refuses %s = %s by name', (key, value) => {
    expect(() => checkRecipe({ ...five, [key]: value })).toThrow(new RegExp(`"${key}": expected .*, got`));
  });

  test('refuses what is no recipe, and choices that it does not know', () => {
    expect(() => checkRecipe(null)).toThrow(/recipe/);
    expect(() => checkRecipe({ ...five, dropout: 0.5 })).toThrow(/"dropout"/);
    expect(() => checkRecipe(JSON.parse(`{"images":16}`))).toThrow(/"data"/);
    expect(() => checkRecipe({ ...five, data: 'x'.repeat(101) })).toThrow(/"data"/);
  });

  test('what the pictures are is a label, which an application may narrow', () => {
    expect(checkRecipe({ ...five, data: 'cats' }).data).toBe('cats');
    expect(checkRecipe(five, DATA_KINDS).data).toBe('faces');
    expect(() => checkRecipe({ ...five, data: 'cats' }, DATA_KINDS)).toThrow(
      /"data": expected .*"own".*got "cats"/,
    );
  });
});

test('estimates grow with what they depend on', () => {
  const estimated = (recipe: Recipe): Estimate => estimate(recipe, typicalTextSize(recipe));
  const base = estimated(five);
  expect(estimated({ ...five, batch: 2 * five.batch }).multiplyAdds.denoiserStep).toBe(
    2 * base.multiplyAdds.denoiserStep,
  );
  expect(estimated({ ...five, images: 2 * five.images }).multiplyAdds.encodeAll).toBe(
    2 * base.multiplyAdds.encodeAll,
  );
  expect(estimated({ ...five, width: 64 }).storageBytes).toBeGreaterThan(base.storageBytes);
  const { storageBytes } = estimate(five, typicalTextSize(five), { checkpoints: 0, pictureSnapshots: 0 });
  expect(storageBytes).toBeLessThan(base.storageBytes);
  expect(estimated({ ...five, batch: 64 }).memoryBytes).toBeGreaterThan(base.memoryBytes);
});
