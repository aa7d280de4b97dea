// The recorded results are those of the shipped model: the same manifest, small, complete.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import faces, { recordedSettings } from '../../src/components/figures/0.1-faces/figure.ts';
import { fullRequest } from '../../src/components/figures/0.1-faces/modelPolicy.ts';
import type { RecordedGeneration } from '../../src/components/kit/player/generation.ts';
import { manifestHash, USUAL_MODEL } from '../../tools/record/context.ts';

const recorded = join(import.meta.dirname, '../../public/recorded');
const read = (name: string): unknown => JSON.parse(readFileSync(join(recorded, name), 'utf8'));
const { result: home } = read('0-1/recorded.json') as { readonly result: RecordedGeneration };
const samples = read('model/recorded.json') as {
  manifestSha256: string;
  size: number;
  columns: number;
  file: string;
  samples: { prompt: string }[];
};

/** Which models' results a folder holds: `manifestSha256` of the one that its recorder names, or hashes by name. */
interface Made {
  readonly manifestSha256?: string;
  readonly manifests?: Readonly<Record<string, string>>;
}

async function modelOf(folder: string): Promise<string> {
  const { model } = (await import(`../../tools/record/${folder}.ts`)) as { readonly model?: string };
  return model ?? USUAL_MODEL;
}

describe('recorded results', () => {
  test.each(readdirSync(recorded))(
    '%s was made by the models that are shipped; if not: npm run record -- --only it',
    async (folder) => {
      const { manifestSha256, manifests } = read(`${folder}/recorded.json`) as Made;
      const made = manifests ?? (manifestSha256 && { [await modelOf(folder)]: manifestSha256 });
      if (made === undefined) {
        throw new Error(
          `${folder}/recorded.json: expected manifestSha256, or manifests by model ({} for none).`,
        );
      }
      for (const [model, sha256] of Object.entries(made)) {
        expect(sha256, model).toBe(manifestHash(model));
      }
    },
  );

  test('0.1 has every step of every image in all three views, in less than 300 kB', async () => {
    const { sizes, timesteps, files, request } = home;
    expect(timesteps).toHaveLength(request.numInferenceSteps);
    expect(sizes.numImages).toBe(request.numImages);
    const positions = timesteps.length + 1;
    const numbers = sizes.numImages * sizes.latentWidth * sizes.latentHeight * sizes.latentChannels;
    expect(statSync(join(recorded, '0-1', files.latents)).size).toBe(positions * numbers);
    for (const file of [files.decoded, files.predicted]) {
      const { width, height } = await sharp(join(recorded, '0-1', file)).metadata();
      expect([width, height]).toEqual([positions * sizes.imageWidth, sizes.numImages * sizes.imageHeight]);
    }
    const bytes = Object.values(files).map((file) => statSync(join(recorded, '0-1', file)).size);
    expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThan(300_000);
  });

  test('0.1 was drawn with the settings that the figure begins with, and these are what the model’s makers recommend', () => {
    const { previewOf: _views, ...asked } = fullRequest(faces.weights!, recordedSettings, 'latents');
    expect(home.request).toMatchObject(asked);
    const manifest = JSON.parse(
      readFileSync(join(recorded, '../weights', faces.weights!, 'manifest.json'), 'utf8'),
    ) as { readonly sampling: unknown };
    const { steps: numInferenceSteps, guidance: guidanceScale } = recordedSettings;
    expect(manifest.sampling).toMatchObject({ numInferenceSteps, guidanceScale });
  });

  test('0.1 begins with noise and ends with a picture', () => {
    const bytes = new Int8Array(readFileSync(join(recorded, '0-1', home.files.latents)));
    const length = bytes.length / (home.timesteps.length + 1);
    const noise = Array.from(bytes.slice(0, length), (byte) => (byte / 127) * home.latentRange);
    const mean = noise.reduce((sum, x) => sum + x, 0) / length;
    const variance = noise.reduce((sum, x) => sum + (x - mean) ** 2, 0) / length;
    expect(Math.abs(mean)).toBeLessThan(0.15);
    expect(variance).toBeGreaterThan(0.8);
    expect(variance).toBeLessThan(1.2);
    expect(bytes.slice(-length)).not.toEqual(bytes.slice(0, length));
  });

  test('the model card has a picture for each of its prompts', async () => {
    const { width, height } = await sharp(join(recorded, 'model', samples.file)).metadata();
    expect(width).toBe(samples.columns * samples.size);
    expect(height).toBe(Math.ceil(samples.samples.length / samples.columns) * samples.size);
  });
});
