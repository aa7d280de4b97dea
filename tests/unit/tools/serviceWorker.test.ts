// Which built files the service worker keeps for reading offline.
import { expect, it } from 'vitest';
import { filesToKeep } from '../../../tools/site/buildServiceWorker.ts';

it('keeps pages and their code first, fonts later, and what computes not ahead', () => {
  const kept = filesToKeep([
    'index.html',
    'model/index.html',
    '404.html',
    'favicon.svg',
    '_headers',
    'sw.js',
    '_astro/a.js',
    '_astro/a.css',
    '_worker/main.js',
    '_worker/webgpu.js',
    '_astro/inter-latin-wght-normal.woff2',
    '_astro/inter-latin-ext-wght-normal.woff2',
    '_astro/inter-cyrillic-wght-normal.woff2',
    '_astro/threads.wasm',
    'recorded/home.webp',
    'pictures/faces-64.webp',
    'pictures/full/cat.webp',
    'references.bib',
    'weights/faces-64/unet/diffusion_pytorch_model.safetensors',
    'weights/faces-64/manifest.json',
  ]);
  expect(kept.first).toEqual([
    'index.html',
    'model/index.html',
    'favicon.svg',
    '_astro/a.js',
    '_astro/a.css',
  ]);
  expect(kept.later).toEqual([
    '_astro/inter-latin-wght-normal.woff2',
    'recorded/home.webp',
    'pictures/faces-64.webp',
  ]);
  expect(kept.onUse).toEqual(['pictures/full/cat.webp', 'references.bib']);
});
