// Two prompts that differ give faces of the right colours: measured in the pixels, by the nearest colour of the palette.
import { backgroundColors, fabricColors, hairColors } from '../../src/datasets/faceAttributes.ts';
import { expect, Figure, test } from './lib/site.ts';

interface Area {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
}
/** Where the drawings show nothing but one thing, as shares of width and height. */
const corner: Area = { x: [0.01, 0.08], y: [0.01, 0.08] };
const chest: Area = { x: [0.4, 0.6], y: [0.93, 0.99] };
const hair: Area = { x: [0.4, 0.6], y: [0.06, 0.16] };

type Picture = Awaited<ReturnType<Figure['pixels']>>;

/** The mean colour of an area. */
function colorOf({ width, height, data }: Picture, { x, y }: Area): number[] {
  const sum = [0, 0, 0];
  let count = 0;
  for (let row = Math.round(y[0] * height); row < y[1] * height; row++) {
    for (let column = Math.round(x[0] * width); column < x[1] * width; column++) {
      for (let c = 0; c < 3; c++) sum[c]! += data[(row * width + column) * 4 + c]!;
      count++;
    }
  }
  return sum.map((value) => value / count);
}

/** The palette's name for a colour. */
function nameOf(color: readonly number[], palette: Readonly<Record<string, string>>): string {
  const distance = (hex: string): number =>
    [0, 2, 4].reduce((sum, at, c) => sum + (parseInt(hex.slice(at, at + 2), 16) - color[c]!) ** 2, 0);
  return Object.entries(palette).sort(([, a], [, b]) => distance(a) - distance(b))[0]![0];
}

const wanted = [
  {
    prompt: 'a person with a pink afro in a red sweater on a blue background',
    background: 'blue',
    clothes: 'red',
    hair: 'pink',
  },
  {
    prompt: 'a person with a black afro in a green sweater on a yellow background',
    background: 'yellow',
    clothes: 'green',
    hair: 'black',
  },
] as const;

test('two prompts give faces of the colours that they name', async ({ page }, testInfo) => {
  const figure = new Figure(page);
  await figure.open('?seed=3');
  for (const { prompt, ...colors } of wanted) {
    await figure.prompt.fill(prompt);
    await figure.draw();
    const found = { background: 0, clothes: 0, hair: 0 };
    for (const i of [1, 2, 3, 4] as const) {
      const picture = await figure.pixels(i);
      if (nameOf(colorOf(picture, corner), backgroundColors) === colors.background) found.background++;
      if (nameOf(colorOf(picture, chest), fabricColors) === colors.clothes) found.clothes++;
      if (nameOf(colorOf(picture, hair), hairColors) === colors.hair) found.hair++;
    }
    testInfo.annotations.push({ type: 'colours', description: `${prompt}: ${JSON.stringify(found)} of 4` });
    expect(found.background, `backgrounds that are ${colors.background}`).toBe(4);
    expect(found.clothes, `clothes that are ${colors.clothes}`).toBeGreaterThanOrEqual(3);
    expect(found.hair, `hair that is ${colors.hair}`).toBeGreaterThanOrEqual(3);
  }
});
