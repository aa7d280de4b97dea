/** The prompts that models are measured by: captions of faces that no training image shows. */
import { Rng } from '@noisebook/ldm/numbers';
import { captionFor, type Caption } from './captions.ts';
import { heldOutPairs, sampleFace, shows } from './faceSplits.ts';

/** A caption to draw, and where its facts come from. */
export interface EvaluationPrompt extends Caption {
  /** 'test': an ordinary combination. 'heldout': the words state a pair that no training image shows. */
  readonly split: 'test' | 'heldout';
}

/** How many things the prompts say, in turn. */
const counts = [1, 2, 3, 4, 8] as const;

/**
 * Prompts for measuring how many of the stated facts a model draws. The same arguments always give the same
 * list; no text occurs twice; each prompt states at least one fact exactly.
 *
 * @param count how many prompts, 1 to 2000; one in five states a held-out pair
 * @param seed another seed gives another list
 * @throws RangeError when the count is out of range
 */
export function evaluationPrompts(count = 200, seed: number | string = 'prompts-1'): EvaluationPrompt[] {
  if (!Number.isInteger(count) || count < 1 || count > 2000) {
    throw new RangeError(
      `evaluationPrompts: expected a count from 1 to 2000, got ${count}; pass a whole number`,
    );
  }
  const seen = new Set<string>();
  const prompts: EvaluationPrompt[] = [];
  for (let i = 0; prompts.length < count; i++) {
    const n = prompts.length;
    const rng = new Rng(`${seed}/${i}`);
    const split = n % 5 === 4 ? 'heldout' : 'test';
    const caption = captionFor(
      sampleFace(split, i, seed),
      rng,
      split === 'test' ? (counts[(n - Math.floor(n / 5)) % counts.length] ?? 1) : 2 + rng.int(2),
    );
    const pair = heldOutPairs[Math.floor(n / 5) % heldOutPairs.length] ?? {};
    if (split === 'heldout' && !shows(caption.mentioned, pair)) continue;
    if (Object.keys(caption.mentioned).length === 0 || seen.has(caption.text)) continue;
    seen.add(caption.text);
    prompts.push({ ...caption, split });
  }
  return prompts;
}
