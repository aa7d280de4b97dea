// What is said about the reader's own pictures. Pure.
import { grouped } from '../../../writing/numbers.ts';
import type { UserPictures } from '../../../userContent/datasets/index.ts';

const things = (count: number, one: string, many: string): string =>
  count === 1 ? `1 ${one}` : `${grouped(count)} ${many}`;

/** Pictures that a run can learn anything from, at least. */
const FEW = 16;

/** One to four sentences; empty while there is nothing to say. */
export function filesStatus(pictures: UserPictures): string {
  const { working, count, trainCount, folders, duplicates, left, problemCount } = pictures;
  if (working !== undefined) {
    return working.of === 0
      ? 'Looking through the folders…'
      : `Opening ${grouped(working.done)} of ${things(working.of, 'file', 'files')}…`;
  }
  const said: string[] = [];
  if (count > 0) {
    const held = count - trainCount;
    said.push(
      held > 0
        ? `${things(count, 'picture', 'pictures')}: ${grouped(trainCount)} to train on, ${grouped(held)} held out to see how the autoencoder does on pictures that it never saw.`
        : `${things(count, 'picture', 'pictures')}.`,
    );
    if (count < FEW) said.push('That is few: the model will learn them by heart.');
    if (folders.length > 0) said.push(`Their folders are their words: ${folders.join(', ')}.`);
  }
  if (duplicates > 0)
    said.push(`${things(duplicates, 'file was', 'files were')} there twice, and taken once.`);
  if (left > 0)
    said.push(
      `${things(left, 'file', 'files')} more ${left === 1 ? 'was' : 'were'} left: 2,000 pictures are possible here.`,
    );
  if (count === 0 && problemCount > 0) said.push('None of these files could be taken.');
  return said.join(' ');
}

/** The heading of the list of what was not taken. */
export const problemsTitle = (problemCount: number): string =>
  `${things(problemCount, 'file was', 'files were')} not taken`;
