// A face drawn in layers, so that one eye can move: what lies below its left eye, that eye, what lies over it.
import { faceSvg } from '../../src/datasets/faces.ts';
import type { Face } from '../../src/datasets/faceAttributes.ts';
import { rasterize } from './rasterize.ts';

/** Both eyes of a drawing, one group without groups inside. */
const EYES = /<g transform="translate\(76 90\)">((?:(?!<\/?g).)*)<\/g>/;
/** Between the eyes, in the group's own units. */
const MIDDLE = 56;

/** RGBA bytes, [size, size, 4] each, alpha not multiplied in. */
export interface FaceLayers {
  readonly whole: Uint8Array;
  readonly below: Uint8Array;
  readonly eye: Uint8Array;
  readonly over: Uint8Array;
}

/** Divides colours by alpha: the rasterizer hands them out multiplied. */
function unmultiply(rgba: Uint8Array | Uint8ClampedArray): Uint8Array {
  return Uint8Array.from(rgba, (value, i) => {
    const alpha = rgba[i - (i % 4) + 3]!;
    return i % 4 === 3 || alpha === 0 ? value : Math.min(255, Math.round((value * 255) / alpha));
  });
}

/** @throws when the drawing has no eyes where they are expected: the artwork has changed */
export function drawLayers(face: Face, size: number): FaceLayers {
  const svg = faceSvg(face);
  const eyes = EYES.exec(svg);
  const head = /^<svg[^>]*>/.exec(svg)?.[0];
  if (eyes === null || head === undefined) throw new Error('Expected a drawing with one group of eyes.');
  const half = (from: number): string =>
    '<g transform="translate(76 90)">' +
    `<clipPath id="half"><rect x="${from}" y="-40" width="${MIDDLE}" height="140"/></clipPath>` +
    `<g clip-path="url(#half)">${eyes[1] ?? ''}</g></g>`;
  const draw = (text: string): Uint8Array => unmultiply(rasterize(text, size));
  return {
    whole: draw(svg),
    below: draw(`${svg.slice(0, eyes.index)}${half(MIDDLE)}</g></g></svg>`),
    eye: draw(`${head}<g transform="translate(8)">${half(0)}</g></svg>`),
    // Brows, hair, a hat.
    over: draw(
      `${head}<g transform="translate(8)">${svg.slice(eyes.index + eyes[0].length).replace(/<\/g><\/g><\/svg>$/, '')}</g></svg>`,
    ),
  };
}
