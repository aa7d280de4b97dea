// Which facts neighbours on the map of phase one share, at every recorded moment.
import { attributeNames, encodeFace, type FaceAttribute } from '../../../datasets/faceAttributes.ts';
import { sampleFace } from '../../../datasets/faceSplits.ts';
import { agreement, chanceAgreement, neighbourTable } from '@noisebook/ldm/numbers';
import type { RecordedRun } from './recordedRun.ts';

/** Neighbours of each picture on the map that are asked. */
export const ASKED = 5;

export interface MapFacts {
  readonly step: number;
  /** By attribute, the share of the nearest on the map that have the same value. */
  readonly shares: Readonly<Record<FaceAttribute, number>>;
}

const byName = (shares: readonly number[]) =>
  Object.fromEntries(attributeNames.map((name, i) => [name, shares[i] ?? 0])) as MapFacts['shares'];

/** Which facts neighbours on the map share at each moment, and two pictures drawn by lot. */
export function mapFacts(run: RecordedRun): {
  readonly count: number;
  readonly moments: readonly MapFacts[];
  readonly lot: MapFacts['shares'];
} {
  const moments = run.moments.filter(({ phase }) => phase === 'autoencoder');
  const count = (moments[0]?.map?.length ?? 0) / 2;
  const faces = Array.from({ length: count }, (_, i) => [...encodeFace(sampleFace('train', i))]).flat();
  const width = attributeNames.length;
  return {
    count,
    moments: moments.map(({ step, map = [] }) => ({
      step,
      shares: byName(agreement(faces, width, neighbourTable(map, count, ASKED))),
    })),
    lot: byName(chanceAgreement(faces, width, count)),
  };
}
