// The pictures of the model card that training/evaluate.py chose: the worst samples, and those nearest to training faces.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readPublic } from './recordings.ts';

export interface WrongFact {
  readonly fact: string;
  readonly asked: string;
  readonly found: string;
}

export interface NeighbourRow {
  /** Root mean square difference at 32 x 32 pixels, in levels of 255. */
  readonly distance: number;
  /** Which of the measured pictures, and which training face lies nearest to it. */
  readonly number: number;
  readonly trainingFace: number;
}

export interface CardPictures {
  readonly size: number;
  readonly columns: number;
  /** worst.webp, picture by picture. */
  readonly worst: readonly { readonly prompt: string; readonly wrong: readonly WrongFact[] }[];
  /** neighbours.webp: samples, the training faces nearest to them, test faces, those nearest to them. */
  readonly neighbours: Readonly<Record<'samples' | 'test', readonly NeighbourRow[]>>;
}

/** Undefined for a model whose evaluation chose none. */
export function readCardPictures(model: string): CardPictures | undefined {
  const path = `card/${model}/pictures.json`;
  if (!existsSync(join(process.cwd(), 'public', path))) return undefined;
  return readPublic(path, 'training/evaluate.py --pictures writes it.') as CardPictures;
}
