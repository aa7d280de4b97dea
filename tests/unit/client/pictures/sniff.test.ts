// What the first bytes of a file say: real files, made by sharp or by hand.
import sharp, { type Sharp } from 'sharp';
import { describe, expect, test } from 'vitest';
import { sniff } from '../../../../src/userContent/pictures/sniff.ts';

const image = (width: number, height: number): Sharp =>
  sharp({ create: { width, height, channels: 4, background: { r: 200, g: 30, b: 30, alpha: 0.5 } } });
const bytesOf = async (made: Sharp): Promise<Uint8Array> => new Uint8Array(await made.toBuffer());
const text = (content: string): Uint8Array => new TextEncoder().encode(content);

test.each([
  ['PNG', (made: Sharp) => made.png()],
  ['JPEG', (made: Sharp) => made.jpeg()],
  [
    'JPEG',
    (made: Sharp) => made.jpeg({ progressive: true }).withExif({ IFD0: { Artist: 'x'.repeat(20_000) } }),
  ],
  ['GIF', (made: Sharp) => made.gif()],
  ['WebP', (made: Sharp) => made.webp()],
  ['WebP', (made: Sharp) => made.webp({ lossless: true })],
  ['WebP', (made: Sharp) => made.removeAlpha().webp({ quality: 50 })],
  ['AVIF', (made: Sharp) => made.avif({ effort: 0 })],
] as const)('%s %#: kind and size', async (kind, encode) => {
  expect(sniff(await bytesOf(encode(image(123, 45))))).toEqual({
    kind,
    width: 123,
    height: 45,
    animated: false,
  });
});

describe('animations', () => {
  const frames = async (format: 'gif' | 'webp'): Promise<Uint8Array> => {
    const noise = Buffer.from(Uint8Array.from({ length: 8 * 24 * 3 }, (_, i) => (i * 89) % 256));
    const made = sharp(noise, { raw: { width: 8, height: 24, channels: 3, pageHeight: 8 } });
    return bytesOf(format === 'gif' ? made.gif() : made.webp());
  };
  test.each(['gif', 'webp'] as const)('%s', async (format) => {
    expect(sniff(await frames(format))).toMatchObject({ width: 8, height: 8, animated: true });
  });

  test('PNG with an acTL chunk', async () => {
    const png = await bytesOf(image(4, 4).png());
    const chunk = Uint8Array.of(0, 0, 0, 8, 0x61, 0x63, 0x54, 0x4c, 0, 0, 0, 2, 0, 0, 0, 0, 1, 2, 3, 4);
    const animated = new Uint8Array([...png.subarray(0, 33), ...chunk, ...png.subarray(33)]);
    expect(sniff(animated)).toEqual({ kind: 'PNG', width: 4, height: 4, animated: true });
  });

  test('an AVIF sequence by its brand', () => {
    const head = text('\0\0\0\x1cftypavis\0\0\0\0');
    expect(sniff(head)).toMatchObject({ kind: 'AVIF', animated: true });
  });
});

test('a bitmap stored from the top', () => {
  const head = new Uint8Array(64);
  head.set(text('BM'));
  const view = new DataView(head.buffer);
  view.setUint32(14, 40, true);
  view.setUint32(18, 640, true);
  view.setInt32(22, -480, true);
  expect(sniff(head)).toEqual({ kind: 'BMP', width: 640, height: 480, animated: false });
});

test('a bitmap of OS/2, whose header has 12 bytes', () => {
  const head = new Uint8Array(64);
  head.set(text('BM'));
  const view = new DataView(head.buffer);
  view.setUint32(14, 12, true);
  view.setUint16(18, 20_000, true);
  view.setUint16(20, 30_000, true);
  expect(sniff(head)).toMatchObject({ kind: 'BMP', width: 20_000, height: 30_000 });
});

test('a first picture that is larger than the screen of its GIF', async () => {
  const gif = await bytesOf(image(40, 30).gif());
  new DataView(gif.buffer).setUint16(6, 1, true);
  new DataView(gif.buffer).setUint16(8, 1, true);
  expect(sniff(gif)).toMatchObject({ kind: 'GIF', width: 40, height: 30 });
});

describe('sizes that come late: unknown from the first bytes, known from all', () => {
  test('a JPEG with much before its frame header, and stray bytes', async () => {
    const jpeg = await bytesOf(image(123, 45).jpeg());
    const app1 = new Uint8Array(65_537).fill(7);
    app1.set([0xff, 0xe1, 0xff, 0xff]);
    const late = new Uint8Array([
      ...jpeg.subarray(0, 2),
      ...Array.from({ length: 9 }, () => [...app1]).flat(),
      1,
      2,
      ...jpeg.subarray(2),
    ]);
    expect(sniff(late.subarray(0, 2 ** 19))).toMatchObject({ kind: 'JPEG', width: undefined });
    expect(sniff(late)).toMatchObject({ kind: 'JPEG', width: 123, height: 45 });
  });

  test('an AVIF whose sizes lie behind its data, with a decoy before them', async () => {
    const avif = await bytesOf(image(123, 45).avif({ effort: 0 }));
    const box = (type: string, content: Uint8Array): Uint8Array => {
      const made = new Uint8Array(8 + content.length);
      new DataView(made.buffer).setUint32(0, made.length);
      made.set(text(type), 4);
      made.set(content, 8);
      return made;
    };
    const decoy = box('ispe', Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1));
    const free = box('free', new Uint8Array([...decoy, ...new Uint8Array(100_000)]));
    const begin = new DataView(avif.buffer).getUint32(0);
    const late = new Uint8Array([...avif.subarray(0, begin), ...free, ...avif.subarray(begin)]);
    expect(sniff(late.subarray(0, 65_536))).toMatchObject({ kind: 'AVIF', width: undefined });
    expect(sniff(late)).toMatchObject({ kind: 'AVIF', width: 123, height: 45 });
  });
});

/** What drawing programs write: a document type with entities, a stylesheet, two bytes a letter, a prefix. */
const entities =
  '<?xml version="1.0" encoding="utf-8"?>\n<!-- Generator: a drawing program -->\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "svg11.dtd" [\n\t<!ENTITY ns_flows "http://ns.example.com/Flows/1.0/">\n]>\n<svg/>';
const utf16 = (content: string, little: boolean): Uint8Array => {
  const bytes = new Uint8Array(2 * content.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < content.length; i++) view.setUint16(2 * i, content.charCodeAt(i), little);
  return bytes;
};
test.each([
  ['entities', text(entities)],
  ['a stylesheet', text('<?xml version="1.0"?>\n<?xml-stylesheet href="#s"?>\n<svg/>')],
  ['UTF-16', utf16('\uFEFF<?xml version="1.0" encoding="UTF-16"?>\n<svg/>', true)],
  ['UTF-16, the other way round', utf16('\uFEFF<svg/>', false)],
  ['UTF-16 without a mark', utf16('<?xml version="1.0" encoding="UTF-16"?><svg/>', true)],
  ['an encoding in one byte', text('<?xml version="1.0" encoding="windows-1252"?><svg/>')],
  ['an encoding that nobody knows', text('<?xml version="1.0" encoding="x-none"?><svg/>')],
  ['a prefix', text('<s:svg xmlns:s="http://www.w3.org/2000/svg"/>')],
  ['a document type of another name', text('<!DOCTYPE drawing [<!ENTITY a "b">]><svg/>')],
  ['comments on both sides', text('<!-- a --><!-- b --><!DOCTYPE svg><!-- c --><svg/>')],
  ['a long beginning', text(`<!-- ${'x'.repeat(100_000)} --><svg/>`)],
])('SVG with %s', (_name, bytes) => {
  expect(sniff(bytes).kind).toBe('SVG');
});

test.each(['<!---->', '<?a?>', '<!DOCTYPE a>', '<!DOCTYPE a [', ' ', '<!--', '<svg', '\uFEFF'])(
  'many times %j take no time',
  (part) => {
    const begin = performance.now();
    sniff(text(`${part.repeat(60)}x`));
    sniff(text(`${part.repeat(2 ** 19 / part.length)}x`));
    expect(performance.now() - begin).toBeLessThan(1000);
  },
);

test.each([
  '<svg xmlns="http://www.w3.org/2000/svg"/>',
  '\uFEFF  <?xml version="1.0"?>\n<!-- made by hand -->\n<svg viewBox="0 0 1 1"></svg>',
  '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "svg11.dtd"><svg></svg>',
])('SVG %#', (document) => {
  expect(sniff(text(document)).kind).toBe('SVG');
});

test.each([
  '',
  'hello',
  '<html><svg></svg></html>',
  '<!DOCTYPE html><html><svg></svg></html>',
  '<?xml version="1.0"?><!-- a plan --><plan/>',
  'GIF90a',
  'BM is how this letter begins',
  'RIFF....WAVE',
  '{"svg": 1}',
])('%j is no picture', (content) => {
  expect(sniff(text(content))).toEqual({
    kind: undefined,
    width: undefined,
    height: undefined,
    animated: false,
  });
});

test('a size in the header is believed before anything is decoded', () => {
  const head = new Uint8Array(33);
  head.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]);
  new DataView(head.buffer).setUint32(16, 100_000);
  new DataView(head.buffer).setUint32(20, 90_000);
  expect(sniff(head)).toMatchObject({ kind: 'PNG', width: 100_000, height: 90_000 });
});

test('cut off anywhere, or damaged, nothing throws and nothing hangs', async () => {
  for (const made of [image(40, 30).png(), image(40, 30).jpeg(), image(40, 30).gif(), image(40, 30).webp()]) {
    const whole = await bytesOf(made);
    for (let length = 0; length < Math.min(whole.length, 200); length++) sniff(whole.subarray(0, length));
    for (let i = 0; i < Math.min(whole.length, 200); i++) {
      const damaged = whole.slice();
      damaged[i] = 255 - damaged[i]!;
      sniff(damaged);
    }
  }
});
