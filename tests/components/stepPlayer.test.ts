// The player over steps: slider, pictures and views are on one cursor; what is not there yet can't be scrubbed to.
import { expect, it } from 'vitest';
import { cdp, page, userEvent } from 'vitest/browser';
import { latentsOf } from '../../src/components/kit/player/generation.ts';
import { fixed } from '../../src/writing/numbers.ts';
import { Player } from '../../src/components/kit/player/player.svelte.ts';
import StepPlayer from '../../src/components/kit/player/StepPlayer.svelte';
import { generationOf } from '../../tools/gallery/generation.ts';
import { only, pointer, show, violations } from './lib/shown.svelte.ts';

function playing(numImages: number, reach?: number) {
  const player = new Player({ numImages });
  player.show(generationOf(numImages, 10, reach));
  const { host } = show(StepPlayer, { player });
  return { host, player, tiles: only(host, '.tiles'), slider: only(host, 'input[type=range]') };
}
/** The bytes of an image as it is drawn. */
function drawn(host: HTMLElement, index = 0): string {
  const canvas = host.querySelectorAll<HTMLCanvasElement>('.tile canvas')[index]!;
  return canvas.toDataURL();
}

it('shows every image at its last step, and says where it is; axe finds nothing', async () => {
  const { host, slider } = playing(4);
  expect(page.getByRole('img', { name: /^Image \d$/ }).elements()).toHaveLength(4);
  expect(slider.getAttribute('aria-valuetext')).toBe('10 of 10');
  expect(await violations(host)).toEqual([]);
});

it('arrow keys move all images and the words', async () => {
  const { host, player, slider } = playing(2);
  const before = [drawn(host, 0), drawn(host, 1)];
  slider.focus();
  await userEvent.keyboard('{ArrowLeft}{ArrowLeft}');
  expect(player.position).toBe(8);
  expect(slider.getAttribute('aria-valuetext')).toBe('8 of 10, t = 200');
  expect(drawn(host, 0)).not.toBe(before[0]);
  expect(drawn(host, 1)).not.toBe(before[1]);
});

it('dragging sideways on a picture scrubs from where it stands; a tap and a scroll do not', () => {
  const { player, tiles } = playing(2);
  expect(getComputedStyle(tiles).touchAction).toBe('pan-y');
  const picture = tiles.querySelectorAll('canvas')[1]!;
  const drag = (type: 'pointerdown' | 'pointermove' | 'pointerup' | 'pointercancel', part: number) => {
    const box = tiles.getBoundingClientRect();
    const own = picture.getBoundingClientRect();
    pointer(picture, type, [(box.left + part * box.width - own.left) / own.width, 0.5]);
  };
  drag('pointerdown', 0.9);
  drag('pointerup', 0.9);
  expect(player.position).toBe(10);
  drag('pointerdown', 0.9);
  drag('pointermove', 0.6);
  expect(player.position).toBe(7);
  drag('pointermove', 0.3);
  expect(player.position).toBe(4);
  drag('pointerup', 0.3);
  // From there, not from where the finger is.
  drag('pointerdown', 0.1);
  drag('pointermove', 0.2);
  expect(player.position).toBe(5);
  drag('pointerup', 0.2);
  drag('pointerdown', 0.2);
  drag('pointercancel', 0.2);
  drag('pointermove', 0.9);
  expect(player.position).toBe(5);
});

it('goes no further than the drawing is', async () => {
  const { player, slider } = playing(4, 3);
  expect(player.position).toBe(3);
  slider.focus();
  await userEvent.keyboard('{End}');
  expect(player.position).toBe(3);
  expect((slider as HTMLInputElement).value).toBe('3');
});

it('another view is at the same step, and moves nothing', async () => {
  const { host, player, slider } = playing(4);
  slider.focus();
  await userEvent.keyboard('{Home}{ArrowRight}{ArrowRight}');
  const before = only(host, '.tiles').getBoundingClientRect().height;
  const decoded = drawn(host);
  for (const name of ['Latent channels', 'Predicted result']) {
    await userEvent.click(page.getByRole('radio', { name }), { force: true });
    expect(player.position).toBe(2);
    expect(drawn(host)).not.toBe(decoded);
    expect(only(host, '.tiles').getBoundingClientRect().height).toBe(before);
  }
});

it('the pointer reads latents, of one image in a block of channels', async () => {
  const { host, player } = playing(1);
  await userEvent.click(page.getByRole('radio', { name: 'Latent channels' }), { force: true });
  const tile = only(host, '.tile canvas');
  const { width } = tile.getBoundingClientRect();
  // 17 pixels a side: the last one is row 8, column 8 of channel 4.
  await userEvent.hover(tile, { position: { x: (width * 16.5) / 17, y: (width * 16.5) / 17 } });
  const value = fixed(latentsOf(player.run!.frames[10]!)[255]!, 2);
  expect(only(host, '.note').textContent).toContain(`Image 1, channel 4, row 8, column 8: ${value}`);
});

it('plays to the end and stops there', async () => {
  const { player, slider } = playing(1);
  slider.focus();
  await userEvent.keyboard('{ArrowLeft}{ArrowLeft}');
  await userEvent.click(page.getByRole('button', { name: 'Play' }));
  await expect.poll(() => player.position, { timeout: 3000 }).toBe(10);
  await expect.poll(() => page.getByRole('button', { name: 'Play' }).elements().length).toBe(1);
});

/** How many colours an element is painted in. */
async function colorsOf(element: HTMLElement): Promise<number> {
  const base64 = await page.screenshot({ element, save: false });
  const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${base64}`)).blob());
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d')!;
  context.drawImage(bitmap, 0, 0);
  const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
  return new Set(new Uint32Array(data.buffer)).size;
}

it('in forced colours the filmstrip is still seen behind its slider', async () => {
  const { host } = playing(2);
  const emulate = (value: string) =>
    cdp().send('Emulation.setEmulatedMedia', { features: [{ name: 'forced-colors', value }] });
  try {
    await emulate('active');
    expect(matchMedia('(forced-colors: active)').matches).toBe(true);
    expect(await colorsOf(only(host, '.track'))).toBeGreaterThan(100);
  } finally {
    await emulate('none');
  }
});
