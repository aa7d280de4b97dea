// End-to-end tests: the built site, behind the project's own server, in headless Chromium.
import { defineConfig } from '@playwright/test';
import { launchArgs, requireBrowser, webgpuArgs } from './tools/lib/browser.ts';

const port = Number(process.env['E2E_PORT'] ?? 4391);
const executablePath = requireBrowser();
const reportFile = process.env['PLAYWRIGHT_JSON_OUTPUT_FILE'];
const alone =
  /\/(1\.1-add-noise|1\.3-one-jump|datasets|engine|first-stage|home|lab|lab-persistence|resilience|speed|typing)\.spec\.ts$/;
const webgpu = /\/webgpu-[a-z]+\.spec\.ts$/;

export default defineConfig({
  testDir: 'tests/e2e',
  outputDir: 'test-results',
  workers: 2,
  retries: 1,
  timeout: 180_000,
  expect: { timeout: 20_000 },
  forbidOnly: true,
  reporter: [['list'], ...(reportFile === undefined ? [] : [['json', { outputFile: reportFile }] as const])],
  use: {
    baseURL: `http://127.0.0.1:${port}/`,
    viewport: { width: 1280, height: 900 },
    trace: 'off',
    video: 'off',
    screenshot: 'off',
  },
  projects: [
    {
      // One figure computes on two threads, and these time it or must see it wait: no other test beside them.
      name: 'alone',
      testMatch: alone,
      workers: 1,
      use: { launchOptions: { executablePath, args: [...launchArgs] } },
    },
    {
      // WebGPU on SwiftShader, a GPU in software: for what must be seen to run there, slowly.
      name: 'webgpu',
      testMatch: webgpu,
      workers: 1,
      dependencies: ['alone'],
      use: { launchOptions: { executablePath, args: [...webgpuArgs] } },
    },
    {
      // What no clock decides: two at a time, after all that does.
      name: 'together',
      testIgnore: [alone, webgpu],
      fullyParallel: true,
      dependencies: ['webgpu'],
      use: { launchOptions: { executablePath, args: [...launchArgs] } },
    },
  ],
  webServer: {
    command: `node tools/serve.ts --strict --port ${port}`,
    url: `http://127.0.0.1:${port}/`,
    reuseExistingServer: false,
    stdout: 'ignore',
    stderr: 'pipe',
    timeout: 30_000,
  },
});
