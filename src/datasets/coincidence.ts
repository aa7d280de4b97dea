/** How often a face drawn afresh by the rules of the training set is one of its faces, fact for fact. */
import { encodeFace } from './faceAttributes.ts';
import { sampleFace } from './faceSplits.ts';

/** Of `fresh` faces, `same` are among `training` ones. */
export interface Coincidence {
  readonly training: number;
  readonly fresh: number;
  readonly same: number;
}

const keyOf = (index: number): string => encodeFace(sampleFace('train', index)).join();

/**
 * Counts them.
 *
 * @param training faces 0, 1, 2, ... of the training split, which a model learned from
 * @param fresh the faces of the same split behind them, which it did not
 */
export function countCoincidence(training: number, fresh: number): Coincidence {
  const known = new Set(Array.from({ length: training }, (_, i) => keyOf(i)));
  let same = 0;
  for (let i = 0; i < fresh; i++) same += known.has(keyOf(training + i)) ? 1 : 0;
  return { training, fresh, same };
}
