// End-to-end tests: the built site, behind the project's own server, in headless Chromium.
import { defineConfig } from '@playwright/test';
import { launchArgs, requireBrowser, webgpuArgs } from './tools/lib/browser.ts';

const port = Number(process.env['E2E_PORT'] ?? 4391);
const executablePath = requireBrowser();
const reportFile = process.env['PLAYWRIGHT_JSON_OUTPUT_FILE'];

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
      name: 'chromium',
      testIgnore: /(webgpu.*|pages)\.spec\.ts$/,
      // One figure computes on two threads, and some tests time it: no other test beside it.
      workers: 1,
      use: { launchOptions: { executablePath, args: [...launchArgs] } },
    },
    {
      // WebGPU on SwiftShader, a GPU in software: for what must be seen to run there, slowly.
      name: 'webgpu',
      testMatch: /webgpu.*\.spec\.ts$/,
      workers: 1,
      dependencies: ['chromium'],
      use: { launchOptions: { executablePath, args: [...webgpuArgs] } },
    },
    {
      // Every page by the same rules: nothing computes, so two at a time, after all that does.
      name: 'pages',
      testMatch: /pages\.spec\.ts$/,
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
