// The rule that holds the one-way imports bites, seen through ESLint itself with the project's own configuration.
import { join } from 'node:path';
import { ESLint } from 'eslint';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { layerOf } from '../../../tools/lint/layers.ts';

const root = join(import.meta.dirname, '../../..');
let eslint: ESLint;
// The first text waits for ESLint and its parsers to load.
vi.setConfig({ testTimeout: 60_000 });

beforeAll(() => {
  // Rules that need types would want the linted text to be a file of the project.
  eslint = new ESLint({
    cwd: root,
    overrideConfig: [{ languageOptions: { parserOptions: { projectService: false, project: false } } }],
    ruleFilter: ({ ruleId }) =>
      ['noisebook/imports', 'no-restricted-globals', 'no-restricted-properties'].includes(ruleId),
  });
});

async function complaints(path: string, code: string): Promise<string[]> {
  const [result] = await eslint.lintText(code, { filePath: join(root, path) });
  if (result === undefined) throw new Error(`ESLint ignores ${path}`);
  return result.messages.map((message) => message.message);
}

describe('imports go one way', () => {
  it.each([
    ['src/lib/ldm/nn/x.ts', "import { d } from '../samplers/ddim.ts'; d();", /nn may not import samplers/],
    [
      'src/lib/ldm/schedules/x.ts',
      "import * as tf from '@tensorflow/tfjs-core'; tf.memory();",
      /schedules may not import/,
    ],
    ['src/lib/ldm/nn/x.ts', "import '@tensorflow/tfjs-backend-wasm';", /only backend may/],
    ['src/compute/main.ts', "import '@tensorflow/tfjs-backend-webgpu';", /only backend may/],
    [
      'src/lib/ldm/nn/x.ts',
      "import * as tf from '@tensorflow/tfjs'; tf.memory();",
      /use @tensorflow\/tfjs-core/,
    ],
    [
      'src/client/x.ts',
      "import { loadPipeline } from '../lib/ldm/index.ts'; loadPipeline();",
      /client may not import library/,
    ],
    ['src/client/x.ts', "export * from '../worker/main.ts';", /client may not import worker/],
    ['src/worker/x.ts', "void import('../client/engine.ts');", /worker may not import client/],
    [
      'src/components/figures/x.ts',
      "import { c } from '../cells/Cell.svelte'; c();",
      /figures may not import cells/,
    ],
    [
      'src/lib/ldm/models/x.ts',
      "import { readFileSync } from 'node:fs'; readFileSync('');",
      /models may not import node:fs/,
    ],
    [
      'src/lib/ldm/nn/x.ts',
      "import type { S } from '../samplers/types.ts'; export type T = S;",
      /nn may not import samplers/,
    ],
    [
      'src/engine/protocol/messages.ts',
      "import { d } from './lib/ldm/samplers/ddim.ts'; d();",
      /types of samplers are allowed/,
    ],
    ['src/lib/other/x.ts', "import { d } from '../ldm/rng.ts'; d();", /belongs to no layer/],
  ])('%s: %s', async (path, code, complaint) => {
    expect(await complaints(path, code)).toEqual([expect.stringMatching(complaint)]);
  });

  it.each([
    ['src/lib/ldm/samplers/x.ts', "import { d } from '../diffusion/prediction.ts'; d();"],
    ['src/lib/ldm/nn/x.ts', "import * as tf from '@tensorflow/tfjs-core'; tf.memory();"],
    ['src/lib/ldm/backend/x.ts', "import '@tensorflow/tfjs-backend-wasm';"],
    [
      'src/engine/protocol/messages.ts',
      "import type { D } from './lib/ldm/samplers/ddim.ts'; export type E = D;",
    ],
    ['src/client/x.ts', "import { schedule } from '../lib/ldm/schedules/betas.ts'; schedule();"],
    ['tools/x.ts', "import { loadPipeline } from '../src/lib/ldm/index.ts'; loadPipeline();"],
  ])('allows %s: %s', async (path, code) => {
    expect(await complaints(path, code)).toEqual([]);
  });
});

describe('globals and randomness', () => {
  it.each([
    ['src/lib/ldm/nn/x.ts', 'document.title;', /touch the page/],
    ['src/worker/x.ts', 'window.name;', /touch the page/],
    ['src/lib/ldm/nn/x.ts', 'postMessage(1);', /worker globals/],
    ['src/client/x.ts', 'self.close();', /worker globals/],
    ['src/datasets/x.ts', 'Math.random();', /seeded generator/],
  ])('%s may not say %s', async (path, code, complaint) => {
    expect(await complaints(path, code)).toEqual([expect.stringMatching(complaint)]);
  });

  it('allows them where they belong', async () => {
    expect(await complaints('src/client/x.ts', 'document.title;')).toEqual([]);
    expect(await complaints('src/worker/x.ts', 'self.close(); postMessage(1);')).toEqual([]);
  });

  it('cannot be switched off by a comment', async () => {
    const code = '// eslint-disable-next-line no-restricted-properties\nMath.random();';
    expect(await complaints('src/datasets/x.ts', code)).toEqual(
      expect.arrayContaining([expect.stringMatching(/seeded generator/)]),
    );
  });
});

it('the more special pattern comes first', () => {
  expect(layerOf('src/components/cells/Cell.svelte')?.name).toBe('cells');
  expect(layerOf('src/components/Header.astro')?.name).toBe('components');
});
