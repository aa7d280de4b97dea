// Records figure 4.2: faces in layers, the largest error that all distortions of each reach, and six pictures of one.
import sharp from 'sharp';
import {
  distortionsOf,
  KINDS,
  MOST,
  type Kind,
  type LayeredFace,
} from '../../src/components/figures/4.2-same-error/distortions.ts';
import {
  ERROR,
  solve,
  wantedError,
  type FaceChoice,
  type RecordedSameError,
} from '../../src/components/figures/4.2-same-error/sameError.ts';
import { reach } from '../../src/components/figures/4.2-same-error/equalError.ts';
import { sampleFace } from '../../src/datasets/faceSplits.ts';
import type { Face } from '../../src/datasets/faceAttributes.ts';
import { drawLayers } from '../lib/layeredFace.ts';
import type { RecordContext } from './context.ts';

/** Faces of the test split whose eye has room to move: no glasses, no beard, wide eyes or hearts. */
const INDICES = [6, 352, 163, 177, 59, 181];
const SIZE = 128;

/** Pictures of `SIZE` in a grid, without loss, transparency kept. */
async function sprite(columns: readonly (readonly Uint8ClampedArray[])[]): Promise<Buffer> {
  const rows = columns[0]?.length ?? 0;
  const pieces = columns.flatMap((pictures, column) =>
    pictures.map((picture, row) => ({
      input: Buffer.from(picture),
      raw: { width: SIZE, height: SIZE, channels: 4 as const },
      left: column * SIZE,
      top: row * SIZE,
    })),
  );
  return sharp({
    create: { width: columns.length * SIZE, height: rows * SIZE, channels: 4, background: '#0000' },
  })
    .composite(pieces)
    .webp({ lossless: true, exact: true, effort: 6 })
    .toBuffer();
}

function describe({ top, hairColor, hatColor, background }: Face): string {
  const hair = top === 'flowers' ? `${hairColor} hair with flowers` : `${hairColor} ${top}`;
  return `${hatColor === 'none' ? hair : `${hatColor} ${top}`}, ${background} background`;
}

function choiceOf(index: number, face: Face, layers: LayeredFace): FaceChoice {
  const distortions = distortionsOf(layers);
  const reached = KINDS.map((kind) => [kind, reach(layers.whole, distortions[kind], MOST[kind])] as const);
  const most = Math.min(ERROR.max, ...reached.map(([, { error }]) => error * 0.99));
  // The first strength that is enough: bisection then ends at the least harm with that error.
  const enough = reached.map(([kind, { strength }]) => {
    let high = strength;
    while (reach(layers.whole, distortions[kind], high / 2, 1).error >= most) high /= 2;
    return [kind, Number(high.toFixed(4))] as const;
  });
  const [limit] = reached.reduce((least, each) => (each[1].error < least[1].error ? each : least));
  return {
    id: String(index),
    description: describe(face),
    limit,
    most: Math.floor(most / ERROR.step) * ERROR.step,
    enough: Object.fromEntries(enough) as Record<Kind, number>,
  };
}

export async function record({ write }: RecordContext): Promise<void> {
  const faces = INDICES.map((index) => {
    const face = sampleFace('test', index);
    const drawn = drawLayers(face, SIZE);
    const bytes = (layer: Uint8Array): Uint8ClampedArray => Uint8ClampedArray.from(layer);
    const layers = {
      size: SIZE,
      whole: bytes(drawn.whole),
      below: bytes(drawn.below),
      eye: bytes(drawn.eye),
      over: bytes(drawn.over),
    };
    return { layers, choice: choiceOf(index, face, layers) };
  });
  const { layers, choice } = faces[0]!;
  const distortions = distortionsOf(layers);
  const solved = KINDS.map((kind) =>
    solve(layers, kind, distortions[kind], wantedError(ERROR.start, choice), choice.enough[kind]),
  );
  const files = { faces: 'faces.webp', tiles: 'tiles.webp' };
  write(
    '4-2',
    files.faces,
    await sprite(faces.map(({ layers: { whole, below, eye, over } }) => [whole, below, eye, over])),
  );
  write('4-2', files.tiles, await sprite([[layers.whole], ...solved.map(({ picture }) => [picture])]));
  write('4-2', 'recorded.json', {
    manifests: {},
    size: SIZE,
    face: choice.id,
    error: ERROR.start,
    faces: faces.map((each) => each.choice),
    measured: solved.map(({ measured }) => measured),
    files,
  } satisfies RecordedSameError);
}
