/** Many faces in one SVG document: drawn together they cost a browser far less than one by one. */
import type { Face } from './face-attributes.ts';
import { faceSvg } from './faces.ts';

/** What each drawing has and none needs beside others: its licence, and a mask of the whole sheet (an id, and a layer). */
const surplus = [
  /<metadata[^]*?<\/metadata>/,
  /<mask id="viewboxMask">[^]*?<\/mask>/,
  / mask="url\(#viewboxMask\)"/,
] as const;

/**
 * Faces row after row, each as {@link faceSvg} draws it alone.
 *
 * @param faces one or more
 * @param size pixels a side of each; faces begin at whole pixels, so their edges are smoothed as they are alone
 * @param columns faces in a row
 * @returns an SVG document of columns * size by ceil(faces / columns) * size units
 * @throws Error when a drawing has ids, which would mix with those of others
 */
export function faceSheetSvg(faces: readonly Face[], size: number, columns: number): string {
  const drawings = faces.map((face, i) => {
    const svg = surplus.reduce((text, part) => text.replace(part, ''), faceSvg(face));
    const open = /^<svg [^>]*?viewBox="([^"]+)"[^>]*>/.exec(svg);
    if (open === null || /\sid=|url\(#|href=/.test(svg)) {
      throw new Error('faceSheetSvg: expected a drawing without ids; draw faces one by one.');
    }
    const [x, y] = [(i % columns) * size, Math.floor(i / columns) * size];
    const place = `<svg x="${x}" y="${y}" width="${size}" height="${size}" viewBox="${open[1] ?? ''}">`;
    return place + svg.slice(open[0].length);
  });
  const [width, height] = [columns * size, Math.ceil(faces.length / columns) * size];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" fill="none">${drawings.join('')}</svg>`;
}
