// @ts-check
// How the site is built: static pages, Svelte islands, one compute worker. SITE_URL, BASE_PATH and DIST come from the environment.
import { satteri } from '@astrojs/markdown-satteri';
import mdx from '@astrojs/mdx';
import svelte from '@astrojs/svelte';
import { defineConfig } from 'astro/config';
import { formulas } from './tools/site/formulas.ts';
import { siteIntegration } from './tools/site/integration.ts';
import { katexStyles } from './tools/site/katexStyles.ts';

const site = process.env['SITE_URL'];
const base = process.env['BASE_PATH'] ?? '/';

export default defineConfig({
  ...(site === undefined ? {} : { site }),
  base,
  output: 'static',
  outDir: process.env['DIST'] ?? './dist',
  trailingSlash: 'always',
  integrations: [svelte(), mdx(), siteIntegration()],
  markdown: { processor: satteri({ features: { math: true }, hastPlugins: [formulas] }) },
  devToolbar: { enabled: false },
  // Files, never data: addresses: the content security policy allows no inline scripts or fonts.
  build: { inlineStylesheets: 'never' },
  server: {
    port: Number(process.env['PORT'] ?? 4321),
    // Threads on wasm need a cross-origin isolated page, in development too.
    headers: {
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Embedder-Policy': 'require-corp',
    },
  },
  vite: {
    plugins: [katexStyles()],
    build: {
      assetsInlineLimit: 0,
      target: 'es2022',
      // TensorFlow.js with its kernels is one lazy chunk of the worker.
      chunkSizeWarningLimit: 2500,
    },
    // Known ahead: else the development server finds them in the worker, and reloads the page in the middle of a run.
    optimizeDeps: {
      include: [
        '@tensorflow/tfjs-core',
        '@tensorflow/tfjs-backend-wasm',
        '@tensorflow/tfjs-backend-webgl',
        '@tensorflow/tfjs-backend-webgpu',
        'fflate',
        'idb',
        'valibot',
      ],
    },
    server: {
      watch: { ignored: ['**/.cache/**', '**/data/**', '**/dist/**', '**/tests/**', '**/training/**'] },
    },
  },
});
