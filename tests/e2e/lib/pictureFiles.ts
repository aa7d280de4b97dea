// Files that a reader may choose: good, odd and broken ones, and what the page should make of them.
import sharp, { type Sharp } from 'sharp';

export interface PictureFile {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

type Rgb = readonly [number, number, number];

export interface Good {
  readonly file: PictureFile;
  /** What the picker says about it. */
  readonly says: string;
  /** Mean colour of its left and of its right half, as shown. */
  readonly left: Rgb;
  readonly right: Rgb;
  /** How far the means may be off, of 255; default 6. */
  readonly within?: number;
}

export interface Bad {
  readonly file: PictureFile;
  readonly says: RegExp;
}

const red: Rgb = [220, 40, 30];
const blue: Rgb = [30, 60, 200];

/** Red on the left, blue on the right. */
async function halves(width: number, height: number): Promise<Sharp> {
  const fill = ([r, g, b]: Rgb): { r: number; g: number; b: number } => ({ r, g, b });
  const half = sharp({
    create: { width: Math.floor(width / 2), height, channels: 3, background: fill(red) },
  });
  const made = await sharp({ create: { width, height, channels: 3, background: fill(blue) } })
    .composite([{ input: await half.png().toBuffer(), left: 0, top: 0 }])
    .removeAlpha()
    .png({ compressionLevel: 1 })
    .toBuffer();
  return sharp(made);
}

async function file(name: string, made: Sharp): Promise<PictureFile> {
  return { name, mimeType: `image/${name.split('.').at(-1)!}`, buffer: await made.toBuffer() };
}

const svg = (name: string, text: string, encoding: 'utf8' | 'utf16le' = 'utf8'): PictureFile => ({
  name,
  mimeType: 'image/svg+xml',
  buffer: Buffer.from(text, encoding),
});
/** The halves as a drawing. */
const drawnHalves = (attributes: string, after = ''): string =>
  `<svg version="1.1" xmlns="http://www.w3.org/2000/svg" ${attributes}><path fill="rgb(${red.join()})" d="M0 0h1v2H0z"/><path fill="rgb(${blue.join()})" d="M1 0h1v2H1z"/>${after}</svg>`;
/** A picture in a drawing. */
const inDrawing = (png: Buffer): string =>
  `<image width="2" height="2" href="data:image/png;base64,${png.toString('base64')}"/>`;

/** Two frames: the halves, then all white. */
async function animation(): Promise<Sharp> {
  const first = await (await halves(80, 80)).removeAlpha().raw().toBuffer();
  const frames = Buffer.concat([first, Buffer.alloc(first.length, 255)]);
  return sharp(frames, { raw: { width: 80, height: 160, channels: 3, pageHeight: 80 } });
}

export async function goodFiles(): Promise<Good[]> {
  const square = 'The square in its middle is used.';
  const inner = await (await halves(90, 90)).ensureAlpha().png().toBuffer();
  const seeThrough = await sharp(inner)
    .extend({ right: 10, left: 10, top: 10, bottom: 10, background: { r: 0, g: 0, b: 0, alpha: 0 } })
    .png()
    .toBuffer();
  const left = (colour: Rgb, white: number): Rgb =>
    colour.map((value) => value * (1 - white) + 255 * white) as unknown as Rgb;
  // A frame of 10 of 110 pixels around it: of each half's 55 x 110 pixels, 45 x 90 are coloured.
  const margin = 1 - (45 * 90) / (55 * 110);
  const sized = 'width="96px" height="96px" viewBox="0 0 2 2"';
  // As drawing programs write them.
  const drawings = [
    svg(
      'entities.svg',
      `<?xml version="1.0" encoding="utf-8"?>\n<!-- Generator -->\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd" [\n\t<!ENTITY ns_flows "http://ns.example.com/Flows/1.0/">\n]>\n${drawnHalves(`xmlns:f="&ns_flows;" ${sized}`)}`,
    ),
    svg(
      'stylesheet.svg',
      `<?xml version="1.0"?>\n<?xml-stylesheet type="text/css" href="#s"?>\n${drawnHalves(sized)}`,
    ),
    svg('utf16.svg', `\uFEFF<?xml version="1.0" encoding="UTF-16"?>\n${drawnHalves(sized)}`, 'utf16le'),
    svg('inside.svg', drawnHalves(sized, inDrawing(await (await halves(90, 90)).png().toBuffer()))),
  ];
  const turned = (await halves(200, 100)).rotate(90).withMetadata({ orientation: 8 });
  return [
    { file: await file('plain.png', (await halves(200, 200)).png()), says: '', left: red, right: blue },
    {
      file: await file('large.jpeg', (await halves(6000, 4000)).jpeg({ quality: 90 })),
      says: square,
      left: red,
      right: blue,
    },
    {
      file: await file('tiny.png', (await halves(4, 4)).png()),
      says: 'It is tiny, 4 × 4 pixels: enlarged, it looks blurred.',
      left: red,
      right: blue,
      // Between the middle columns the colours run into each other near the middle.
      within: 13,
    },
    {
      file: { name: 'glass.png', mimeType: 'image/png', buffer: seeThrough },
      says: 'Its transparent parts are shown on white.',
      left: left(red, margin),
      right: left(blue, margin),
    },
    {
      file: await file('moving.gif', (await animation()).gif()),
      says: 'It is animated: its first picture is used.',
      left: red,
      right: blue,
    },
    {
      file: await file('moving.webp', (await animation()).webp({ lossless: true })),
      says: 'It is animated: its first picture is used.',
      left: red,
      right: blue,
    },
    // Stored standing on its side; the note about its orientation turns it back.
    { file: await file('phone.jpeg', turned.jpeg({ quality: 95 })), says: square, left: red, right: blue },
    {
      file: svg('drawing.svg', drawnHalves('viewBox="0 0 2 2"')),
      says: '',
      left: red,
      right: blue,
    },
    ...drawings.map((drawing) => ({ file: drawing, says: '', left: red, right: blue })),
    {
      file: svg('wide.svg', drawnHalves('width="2000" height="20" viewBox="-99 0 200 2"')),
      says: `Its transparent parts are shown on white. ${square}`,
      left: red,
      right: blue,
    },
    {
      file: await file('wide.jpeg', (await halves(20_000, 1000)).jpeg({ quality: 90 })),
      says: square,
      left: red,
      right: blue,
    },
    {
      file: await file('modern.avif', (await halves(96, 96)).avif({ quality: 90, effort: 0 })),
      says: '',
      left: red,
      right: blue,
    },
  ];
}

export async function badFiles(): Promise<Bad[]> {
  const noise = Buffer.from(Uint8Array.from({ length: 200 * 200 * 3 }, (_, i) => (i * 89) % 256));
  const raw = { raw: { width: 200, height: 200, channels: 3 as const } };
  const png = await sharp(noise, raw).png().toBuffer();
  const jpeg = await sharp(noise, raw).jpeg().toBuffer();
  // A header that claims a hundred million pixels costs nobody any memory.
  const giant = Buffer.from(png);
  giant.writeUInt32BE(12_000, 16);
  giant.writeUInt32BE(9000, 20);
  // Much before the header that says how large it is: 20,000 × 20,000 pixels.
  const late = Buffer.concat([
    jpeg.subarray(0, 2),
    ...Array.from({ length: 9 }, () =>
      Buffer.from([0xff, 0xe1, 0xff, 0xff, ...Array<number>(65_533).fill(7)]),
    ),
    Buffer.from([0xff, 0xc0, 0, 17, 8, 0x4e, 0x20, 0x4e, 0x20, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1]),
  ]);
  const bitmap = Buffer.alloc(100);
  bitmap.write('BM');
  bitmap.writeUInt32LE(12, 14);
  bitmap.writeUInt32LE(20_000 + 20_000 * 65_536, 18);
  const levels = (each: (n: number) => string): string =>
    Array.from({ length: 6 }, (_, n) => each(n)).join('');
  return [
    {
      file: { name: 'late.jpeg', mimeType: 'image/jpeg', buffer: late },
      says: /^late\.jpeg has 20000 × 20000 pixels/,
    },
    {
      file: { name: 'os2.bmp', mimeType: 'image/bmp', buffer: bitmap },
      says: /^os2\.bmp has 20000 × 20000 pixels/,
    },
    {
      file: svg('comments.svg', `${'<!---->'.repeat(60)}x`),
      says: /^comments\.svg is no picture/,
    },
    {
      file: svg(
        'bomb.svg',
        drawnHalves(
          '',
          `<g id="g0"><rect/></g>${levels((n) => `<g id="g${n + 1}">${`<use href="#g${n}"/>`.repeat(10)}</g>`)}<use href="#g6"/>`,
        ),
      ),
      says: /^bomb\.svg draws too much: up to 10,000 elements are possible here/,
    },
    {
      file: svg(
        'sheet.svg',
        drawnHalves(
          '',
          `<style>@media screen { .a { mask: url(#m) } }</style><mask id="m">${'<rect/>'.repeat(3000)}</mask>${'<rect class="a"/>'.repeat(3000)}`,
        ),
      ),
      says: /^sheet\.svg draws too much/,
    },
    {
      file: svg('carrier.svg', drawnHalves('', inDrawing(giant))),
      says: /^carrier\.svg draws too much/,
    },
    {
      file: svg('self.svg', drawnHalves('', '<g id="a"><use href="#a"/></g>')),
      says: /^self\.svg can't be drawn: a part of it contains itself/,
    },
    {
      file: svg(
        'page.svg',
        drawnHalves(
          'width="96" height="96"',
          '<foreignObject width="9" height="9"><p xmlns="http://www.w3.org/1999/xhtml">x</p></foreignObject>',
        ),
      ),
      says: /^page\.svg can't be used: it has parts of a web page inside/,
    },
    {
      file: { name: 'nothing.png', mimeType: 'image/png', buffer: Buffer.alloc(0) },
      says: /^nothing\.png is empty: it has no bytes/,
    },
    {
      file: { name: 'giant.png', mimeType: 'image/png', buffer: giant },
      says: /^giant\.png has 12000 × 9000 pixels, 108 million\. Up to 64 million are possible here/,
    },
    {
      file: { name: 'letter.txt', mimeType: 'text/plain', buffer: Buffer.from('Dear reader') },
      says: /^letter\.txt is no picture that this browser can open\. Choose a PNG/,
    },
    {
      file: { name: 'torn.png', mimeType: 'image/png', buffer: png.subarray(0, 300) },
      says: /^torn\.png can't be opened: this PNG is damaged/,
    },
    {
      file: { name: 'torn.jpeg', mimeType: 'image/jpeg', buffer: jpeg.subarray(0, 400) },
      says: /^torn\.jpeg can't be opened: this JPEG is damaged/,
    },
    {
      file: svg('torn.svg', '<svg xmlns="http://www.w3.org/2000/svg"><circle'),
      says: /^torn\.svg can't be opened: this SVG is damaged/,
    },
    {
      file: { name: 'long.bin', mimeType: 'image/png', buffer: Buffer.alloc(5e6) },
      says: /^long\.bin is no picture/,
    },
  ];
}
