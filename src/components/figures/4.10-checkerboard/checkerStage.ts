// One set of latents through three decoders, in the page's worker.
import { pageEngine } from '../../../engine/page/pageEngine.ts';
import { loadPicture } from '../../../userContent/pictures/index.ts';
import { Rng } from '@noisebook/ldm/numbers';
import type { TaskContext } from '../../kit/frame/cellState.svelte.ts';
import { MODELS, SIZE, spectralOf, type Kind, type Source, type Spectral } from './checkerboard.ts';
import { encode, NUM_LATENTS, type Latents, type Rgba } from '../../kit/latents/firstStage.ts';

/** A picture and its spectrum. */
export interface Shown {
  readonly bytes: Rgba;
  readonly spectral: Spectral;
}

/** The picture is missing where the latents come from nowhere. */
export type AllShown = Readonly<Partial<Record<Kind, Shown>>>;

export interface Asked {
  readonly source: Source;
  readonly picture: string;
  readonly seed: number;
}

async function latentsOf(
  { source, picture, seed }: Asked,
  task: TaskContext,
): Promise<{ latents: Latents; real?: Rgba }> {
  if (source === 'flat') return { latents: new Float32Array(NUM_LATENTS) };
  if (source === 'noise') {
    const rng = new Rng(seed);
    return { latents: Float32Array.from({ length: NUM_LATENTS }, () => rng.normal()) };
  }
  const real = await loadPicture(picture, SIZE);
  const { latents } = await encode([real], task);
  return { latents: latents[0]!, real };
}

const shownOf = (bytes: Rgba): Shown => ({ bytes, spectral: spectralOf(bytes) });

/** Decodes what is asked for with every decoder. */
export async function decodeEach(
  asked: Asked,
  task: TaskContext,
): Promise<{ all: AllShown; backend: string }> {
  const { latents, real } = await latentsOf(asked, task);
  const engine = await pageEngine();
  const all: Partial<Record<Kind, Shown>> = real ? { real: shownOf(real) } : {};
  let backend = '';
  for (const [kind, model] of Object.entries(MODELS) as [keyof typeof MODELS, string][]) {
    const { signal, onEvent } = task;
    const decoded = await engine.decodeLatents({ model, latents, count: 1 }, { signal, onEvent });
    all[kind] = shownOf(decoded.images);
    backend = decoded.backend.label;
  }
  return { all, backend };
}
