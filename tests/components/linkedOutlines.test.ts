// Pictures of one thing outline the same place: by pointer, by finger, by the arrow keys of the latents; nothing moves.
import { signed } from '../../src/writing/numbers.ts';
import { expect, it } from 'vitest';
import { userEvent } from 'vitest/browser';
import AutoencoderStations from '../../src/components/kit/latents/AutoencoderStations.svelte';
import { shipped } from '../../src/components/kit/latents/firstStage.ts';

import { gradient, waves } from '../../tools/gallery/pictures.ts';
import { only, pointer, show, violations } from './lib/shown.svelte.ts';

function stations() {
  const { host } = show(AutoencoderStations, {
    model: shipped,
    through: {
      input: gradient(0.2),
      latents: waves(256),
      output: gradient(0.3),
      difference: gradient(0.9),
      psnr: 31.2,
    },
    what: 'Face 4',
    range: 64,
    pending: false,
  });
  const pictures = [...host.querySelectorAll<HTMLElement>('.linked')];
  return { host, pictures, latents: only(host, '[role=slider]') };
}

/** Row and column that each outline stands at, in eighths of what it lies on. */
function outlined(host: HTMLElement): string[] {
  return [...host.querySelectorAll<HTMLElement>('.place-outline')].map((outline) => {
    const box = outline.parentElement!.getBoundingClientRect();
    const own = outline.getBoundingClientRect();
    expect(own.width).toBeCloseTo(box.width / 8, 1);
    return `${Math.round(((own.top - box.top) / box.height) * 8)} ${Math.round(((own.left - box.left) / box.width) * 8)}`;
  });
}

it('pointing at the picture outlines its place in the latents, what comes out and the map; leaving takes it away', async () => {
  const { host, pictures } = stations();
  const [input] = pictures;
  const before = host.getBoundingClientRect().height;
  const { width } = input!.getBoundingClientRect();
  await userEvent.hover(input!, { position: { x: (width * 5.5) / 8, y: (width * 2.5) / 8 } });
  // Three pictures, four channels.
  expect(outlined(host)).toEqual(new Array(7).fill('2 5'));
  // The numbers of the four channels there, from the latents themselves.
  const numbers = [0, 1, 2, 3].map((channel) => signed(waves(256)[(2 * 8 + 5) * 4 + channel]!, 1));
  expect(only(host, '.readout').textContent.trim()).toBe(`row 3, column 6: ${numbers.join(' ')}`);
  expect(host.getBoundingClientRect().height).toBe(before);
  pointer(input!, 'pointerleave', [1, 1], 'mouse');
  expect(outlined(host)).toEqual([]);
  expect(only(host, '.readout').textContent).toMatch(/Touch a square/);
});

it('what a finger tapped stays outlined', () => {
  const { host, pictures } = stations();
  pointer(pictures[2]!, 'pointerdown', [0.01, 0.99]);
  pointer(pictures[2]!, 'pointerleave', [0.01, 0.99]);
  expect(outlined(host)).toEqual(new Array(7).fill('7 0'));
});

it('arrow keys on the latents outline pixels, and read the number itself', async () => {
  const { host, latents } = stations();
  latents.focus();
  await userEvent.keyboard('{ArrowDown}{ArrowRight}{ArrowRight}');
  expect(new Set(outlined(host))).toEqual(new Set(['1 2']));
  expect(latents.getAttribute('aria-valuetext')).toMatch(/^channel 1, row 2, column 3: /);
  expect(only(host, '.readout').textContent).toMatch(/channel 1, row 2, column 3: /);
});

it('axe finds nothing', async () => {
  expect(await violations(stations().host)).toEqual([]);
});
