// Records figure 1.3: thousands of copies of one value by many steps and by one jump, and the cat both ways.
import {
  bothPictures,
  compare,
  SIZE,
  type RecordedJump,
  type Setting,
} from '../../src/components/figures/1.3-one-jump/oneJump.ts';
import { valuesOf } from '../../src/components/kit/noise/pixelValues.ts';
import { makeAlphasCumprod, makeBetas } from '@noisebook/ldm/numbers';
import { crispPicture } from '../lib/crispPicture.ts';
import { shippedBetas } from '../lib/noiseSchedule.ts';
import { readPicture } from '../lib/pictures.ts';
import type { RecordContext } from './context.ts';

const picture = 'cat';

/** Runs a computation that yields its progress to its end. */
function finish<Result>(work: Generator<number, Result>): Result {
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return value;
  }
}

/** Numbers with as many digits as a drawing shows. */
const short = (values: readonly number[]): number[] => values.map((value) => Number(value.toFixed(3)));

export async function record({ write }: RecordContext): Promise<void> {
  const schedule = shippedBetas();
  const [betas, alphasCumprod] = [makeBetas(schedule), makeAlphasCumprod(schedule)];
  const setting: Setting = { betas, alphasCumprod, t: 400, seed: 7, start: 0.6, count: 4000, broken: false };
  const { ways, ...comparison } = finish(compare(setting));
  const pictures = finish(bothPictures(valuesOf(await readPicture(picture, SIZE)), setting));
  const files = { steps: 'steps.webp', jump: 'jump.webp' };
  for (const side of ['steps', 'jump'] as const) {
    write('1-3', files[side], await crispPicture(pictures[side], SIZE));
  }
  const result: RecordedJump = {
    comparison: { ...comparison, ways: ways.map(short) },
    seed: setting.seed,
    picture,
    count: setting.count,
    files,
  };
  write('1-3', 'recorded.json', { manifests: {}, ...result });
}
