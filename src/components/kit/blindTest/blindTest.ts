// A blind test: in which order the pictures stand, which answers were given, and whether that could be luck.
import { rounded } from '../../../writing/numbers.ts';
import { Rng } from '@noisebook/ldm/numbers';

/** A test so far, as a figure's fields and the address keep it. */
export interface BlindState {
  /** Of the order in which pictures stand. */
  readonly seed: number;
  /** A digit a round: which option was picked, by its number in the round, not by where it stood. */
  readonly answers: string;
}

/** Which option stands at which place in a round: the same for the same seed. */
export function shownOrder(seed: number, round: number, options: number): number[] {
  const rng = new Rng(`blind test ${seed} round ${round}`);
  const order = Array.from({ length: options }, (_, i) => i);
  // Fisher and Yates: every order is as likely.
  for (let i = options - 1; i > 0; i--) {
    const j = rng.int(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

/**
 * The answers that a text stands for; it may come from an address. It ends at the first digit that is none of the options.
 * @param options how many each round offers
 */
export function readAnswers(text: string, options: readonly number[]): number[] {
  const given: number[] = [];
  for (const [round, count] of options.entries()) {
    const digit = text.charAt(round);
    if (!/^\d$/.test(digit) || Number(digit) >= count) break;
    given.push(Number(digit));
  }
  return given;
}

export interface Score {
  readonly right: number;
  /** Answers in all. */
  readonly of: number;
}

/** @param truths the right option of each round */
export const scoreOf = (answers: readonly number[], truths: readonly number[]): Score => ({
  right: answers.filter((answer, round) => answer === truths[round]).length,
  of: answers.length,
});

/**
 * The probability that guessing gives `right` or more: the upper tail of the binomial distribution, summed exactly.
 * @param chance of one guess to be right, between 0 and 1
 */
export function luck({ right, of }: Score, chance: number): number {
  if (right <= 0) return 1;
  // ln C(of, right) + right ln p + (of - right) ln (1 - p), then each term from the one before.
  let log = right * Math.log(chance) + (of - right) * Math.log1p(-chance);
  for (let i = 1; i <= right; i++) log += Math.log((of - right + i) / i);
  let term = Math.exp(log);
  let sum = term;
  for (let k = right; k < of; k++) {
    term *= (((of - k) / (k + 1)) * chance) / (1 - chance);
    sum += term;
  }
  return Math.min(1, sum);
}

/** Rarer than this by guessing is not called luck. */
const RARE = 0.05;

const tries = (probability: number): string => {
  const of100 = Math.round(probability * 100);
  return of100 < 1 ? 'fewer than 1 of 100 tries' : `${of100} of 100 tries`;
};

/**
 * "7 of 10 right. Guessing gives 5 on average, and 7 or more in 17 of 100 tries: this could be luck."
 * @param options how many each round offers
 */
export function sayScore(score: Score, options: number): string {
  const { right, of } = score;
  if (of === 0) return `Guessing is right in 1 of ${options}.`;
  const chance = 1 / options;
  const mean = of * chance;
  const average = `${right} of ${of} right. Guessing gives ${rounded(mean, 1)} on average`;
  if (chance ** of > RARE) return `${average}: too few answers to tell it from luck.`;
  if (right <= mean) return `${average}: this is no better than guessing.`;
  const probability = luck(score, chance);
  const verdict = probability > RARE ? 'this could be luck' : 'this is hardly luck';
  return `${average}, and ${right} or more in ${tries(probability)}: ${verdict}.`;
}
