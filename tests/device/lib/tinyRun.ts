// A training run small enough for tests: 16 soft blobs in four colours at four places, and what is said of them.
import type { Recipe } from '../../../src/lib/ldm/recipe/recipe.ts';
import { Run, type TrainingData } from '../../../src/lib/ldm/training/run.ts';
import type { StepEvent, TrainingEvent } from '../../../src/lib/ldm/training/types.ts';

export const tinyRecipe: Recipe = {
  data: 'own',
  images: 16,
  imageSize: 32,
  factor: 4,
  latentChannels: 4,
  autoencoderWidth: 8,
  width: 16,
  conditioning: 'facts',
  prediction: 'v_prediction',
  minSnrGamma: null,
  conditionDropout: 0.1,
  autoencoderSteps: 3,
  autoencoderBatch: 4,
  autoencoderLearningRate: 6e-3,
  klWeight: 1e-6,
  denoiserSteps: 3,
  batch: 8,
  learningRate: 4e-3,
  seed: 1,
};

const COLORS = {
  red: [0.7, -0.4, -0.4],
  green: [-0.5, 0.4, -0.3],
  blue: [-0.5, -0.2, 0.7],
  grey: [0.1, 0.1, 0.1],
};
const PLACES = { left: [10, 16], right: [22, 16], above: [16, 10], below: [16, 22] };

/** Smooth pictures: what a small autoencoder can learn in a minute. */
function tinyData(): TrainingData {
  const size = tinyRecipe.imageSize;
  const pixels: number[] = [];
  const captions: string[][] = [];
  for (const [color, rgb] of Object.entries(COLORS)) {
    for (const [place, [x0 = 0, y0 = 0]] of Object.entries(PLACES)) {
      captions.push([`${color} ${place}`]);
      for (let i = 0; i < size * size; i++) {
        const distance = ((i % size) - x0) ** 2 + (Math.floor(i / size) - y0) ** 2;
        const blob = Math.exp(-distance / 50);
        pixels.push(...rgb.map((value) => Math.round(127.5 * (1 + 0.6 * (1 - blob) + (value - 0.2) * blob))));
      }
    }
  }
  const words = [...Object.keys(COLORS), ...Object.keys(PLACES)];
  return { count: captions.length, size, pixels: Uint8Array.from(pixels), captions, words };
}

export const data = tinyData();

export const tinyRun = (changes: Partial<Recipe> = {}): Run =>
  Run.create({ ...tinyRecipe, ...changes }, data);

export const restored = (checkpoint: Uint8Array, changes: Partial<Recipe> = {}): Run =>
  Run.restore({ ...tinyRecipe, ...changes }, data, checkpoint);

/** Trains on, for so many events at most. */
export async function eventsOf(run: Run, count = Number.MAX_SAFE_INTEGER): Promise<TrainingEvent[]> {
  const events: TrainingEvent[] = [];
  if (count === 0) return events;
  for await (const event of run.train()) if (events.push(event) >= count) break;
  return events;
}

export const stepsOf = (events: readonly TrainingEvent[]): StepEvent[] =>
  events.filter((event) => event.type === 'step');

/** What must be equal, to the bit, however often a run was interrupted. */
export const curveOf = (events: readonly TrainingEvent[]): unknown[] =>
  events.map((event) => (event.type === 'step' ? { ...event, ms: 0 } : event));
