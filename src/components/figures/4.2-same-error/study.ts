// Measured for figure 4.2: faces in layers, and the largest error that all six harms of each reach.
import { rounded } from '../../../writing/numbers.ts';
import type { Face } from '../../../datasets/faceAttributes.ts';
import { sampleFace } from '../../../datasets/faceSplits.ts';
import { live } from '../../kit/frame/result.ts';
import type { StudyTools } from '../../kit/frame/study.ts';
import { distortionsOf, KINDS, MOST, type LayeredFace } from './distortions.ts';
import { reach } from './equalError.ts';
import { ERROR, FACES, SIZE } from './figure.ts';

function describe({ top, hairColor, hatColor, background }: Face): string {
  const hair = top === 'flowers' ? `${hairColor} hair with flowers` : `${hairColor} ${top}`;
  return `${hatColor === 'none' ? hair : `${hatColor} ${top}`}, ${background} background`;
}

/** How far all six harms reach, which of them stops first, and strengths that are enough. */
function reachOf(layers: LayeredFace): unknown {
  const distortions = distortionsOf(layers);
  const reached = KINDS.map((kind) => [kind, reach(layers.whole, distortions[kind], MOST[kind])] as const);
  const most = Math.min(ERROR.max, ...reached.map(([, { error }]) => error * 0.99));
  // The first strength that is enough: bisection then ends at the least harm with that error.
  const enough = reached.map(([kind, { strength }]) => {
    let high = strength;
    while (reach(layers.whole, distortions[kind], high / 2, 1).error >= most) high /= 2;
    return [kind, rounded(high, 4)] as const;
  });
  const [limit] = reached.reduce((least, each) => (each[1].error < least[1].error ? each : least));
  return { limit, most: Math.floor(most / ERROR.step) * ERROR.step, enough: Object.fromEntries(enough) };
}

export default function measure({ faceLayers }: StudyTools): Promise<unknown> {
  const faces = FACES.map((id) => {
    const face = sampleFace('test', Number(id));
    const { whole, below, eye, over } = faceLayers(face, SIZE);
    const layers = { whole: live(whole), below: live(below), eye: live(eye), over: live(over) };
    const reached = reachOf({ size: SIZE, whole, below, eye, over });
    return [id, { description: describe(face), ...(reached as object), layers }];
  });
  return Promise.resolve({ faces: Object.fromEntries(faces) as unknown });
}
