/** A face as a stack of layers: a few hundred drawings, laid over each other, are all the faces that there are. */
import type { Face } from './faceAttributes.ts';
import { faceSvg, faceViewBox } from './faces.ts';

/** What each drawing has and none needs: its licence, and a mask that hides nothing inside the square that is shown. */
const surplus = [
  /<metadata[^]*?<\/metadata>/,
  /<mask id="viewboxMask">[^]*?<\/mask>/,
  / mask="url\(#viewboxMask\)"/,
] as const;
/** A background, then one group with everything else. */
const drawing =
  /^<svg [^>]*fill="none"[^>]*><g>(<rect [^>]*\/>)<g transform="([^"]*)">([^]*)<\/g><\/g><\/svg>$/;

/** The elements of a text that are in no other one. */
function outermost(svg: string): string[] {
  const found: string[] = [];
  let depth = 0;
  let from = 0;
  for (const tag of svg.matchAll(/<(\/?)[a-z]+[^>]*?(\/?)>/gi)) {
    if (tag[1] === '/') depth -= 1;
    else if (tag[2] !== '/') depth += 1;
    if (depth > 0) continue;
    const end = tag.index + tag[0].length;
    found.push(svg.slice(from, end));
    from = end;
  }
  return found;
}

/**
 * The layers of a face, the lowest first: SVG without ids, in the units of {@link faceSvg}. Faces that have something in
 * common have equal layers. Drawn apart, then laid over each other, they are the face up to rounding, because what they
 * paint is only ever painted over.
 * @throws Error when the drawing is not made as expected: the artwork has changed
 */
export function faceLayers(face: Face): string[] {
  const svg = surplus.reduce((text, part) => text.replace(part, ''), faceSvg(face));
  const parts = drawing.exec(svg);
  if (parts === null || /\sid=|url\(#|href=|<style|mix-blend/.test(svg)) {
    throw new Error('faceLayers: expected a background and one group of plain shapes; draw faces whole.');
  }
  const [, background = '', transform = '', shapes = ''] = parts;
  return [background, ...outermost(shapes).map((shape) => `<g transform="${transform}">${shape}</g>`)];
}

/**
 * Layers side by side, row after row, in one SVG document: decoded together they cost a browser less than one by one.
 * Each begins at a whole pixel, so its edges are smoothed as they are alone.
 *
 * @param size pixels a side of each
 * @returns a document of columns * size by ceil(layers / columns) * size units
 */
export function layerSheetSvg(layers: readonly string[], size: number, columns: number): string {
  const box = faceViewBox.join(' ');
  const tiles = layers.map((layer, i) => {
    const [x, y] = [(i % columns) * size, Math.floor(i / columns) * size];
    return `<svg x="${x}" y="${y}" width="${size}" height="${size}" viewBox="${box}">${layer}</svg>`;
  });
  const [width, height] = [columns * size, Math.ceil(layers.length / columns) * size];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" fill="none">${tiles.join('')}</svg>`;
}
