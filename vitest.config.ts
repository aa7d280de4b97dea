// The test projects. The files in tests/device run twice: on wasm in Node, and on WebGPU in a Chromium without a GPU;
// those in its folders wasm/ and webgpu/ are about one of the two. The project 'components' shows pieces of the kit in a
// Chromium, without a page around them; the project 'browsers' opens the built site elsewhere.
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { launchArgs, requireBrowser, webgpuArgs } from './tools/lib/browser.ts';

const MINUTE = 60_000;

/** Only these two need a browser; the others must not ask for it. */
const inBrowser = ['device-webgpu', 'components'];
const asksForBrowser =
  inBrowser.some((name) => process.argv.includes(name)) || !process.argv.includes('--project');
const executablePath = asksForBrowser ? requireBrowser() : undefined;

/** A Chromium without a window, started with `args`. */
const chromium = (args: readonly string[]) => ({
  enabled: true,
  headless: true,
  screenshotFailures: false,
  provider: playwright({
    launchOptions: { args: [...args], ...(executablePath === undefined ? {} : { executablePath }) },
  }),
  instances: [{ browser: 'chromium' as const }],
});

export default defineConfig({
  test: {
    // Two cores: one worker leaves the other to the browser and to the compiler.
    maxWorkers: 2,
    projects: [
      {
        // Compiles the runes of .svelte.ts files.
        plugins: [svelte({ configFile: false })],
        test: {
          name: 'unit',
          include: ['tests/unit/**/*.test.ts'],
          environment: 'node',
          testTimeout: MINUTE / 2,
        },
      },
      {
        test: {
          name: 'device-wasm',
          include: ['tests/device/*.test.ts', 'tests/device/wasm/*.test.ts'],
          environment: 'node',
          provide: { backend: 'wasm' },
          testTimeout: MINUTE,
          hookTimeout: MINUTE,
        },
      },
      {
        optimizeDeps: {
          include: [
            '@tensorflow/tfjs-core',
            '@tensorflow/tfjs-core/dist/register_all_gradients.js',
            '@tensorflow/tfjs-backend-wasm',
            '@tensorflow/tfjs-backend-webgl',
            '@tensorflow/tfjs-backend-webgpu',
          ],
        },
        test: {
          name: 'device-webgpu',
          include: ['tests/device/*.test.ts', 'tests/device/webgpu/*.test.ts'],
          provide: { backend: 'webgpu' },
          // a graphics card in software is slow when other programs run
          testTimeout: 5 * MINUTE,
          hookTimeout: MINUTE,
          fileParallelism: false,
          browser: chromium(webgpuArgs),
        },
      },
      {
        plugins: [svelte({ configFile: false })],
        // Known ahead, so that no test is loaded again in its middle.
        optimizeDeps: { include: ['axe-core', 'svelte', '@observablehq/plot', 'valibot'] },
        test: {
          name: 'components',
          include: ['tests/components/*.test.ts'],
          testTimeout: MINUTE / 2,
          // One page for all: they are small, and a core is busy with the browser.
          fileParallelism: false,
          browser: chromium(launchArgs),
        },
      },
      {
        test: {
          name: 'browsers',
          include: ['tests/browsers/*.test.ts'],
          environment: 'node',
          testTimeout: MINUTE,
          hookTimeout: 3 * MINUTE,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'package',
          include: ['tests/package/*.test.ts'],
          environment: 'node',
          testTimeout: MINUTE,
          hookTimeout: MINUTE,
        },
      },
      {
        test: {
          name: 'parity',
          include: ['tests/parity/**/*.test.ts'],
          environment: 'node',
          testTimeout: 2 * MINUTE,
        },
      },
    ],
  },
});
