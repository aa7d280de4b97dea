/** Draws SVG in Node, with resvg. */
import { Resvg } from '@resvg/resvg-js';
import type { Rasterizer } from '../../src/datasets/faces.ts';

/** RGBA bytes of an SVG document at size x size pixels. */
export const rasterize: Rasterizer = (svg, size) =>
  new Resvg(svg, { fitTo: { mode: 'width', value: size }, font: { loadSystemFonts: false } }).render().pixels;
