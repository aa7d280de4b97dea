// The rule that holds the one-way imports bites, seen through ESLint itself with the project's own configuration.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { ESLint } from 'eslint';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { roomOf, rooms } from '../../../tools/lint/layers.ts';

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
      'src/lib/ldm/recipe/x.ts',
      "import { d } from '../../../datasets/digits.ts'; d();",
      /recipe may not import datasets/,
    ],
    [
      'src/engine/page/x.ts',
      "import { loadPipeline } from '@noisebook/ldm'; loadPipeline();",
      /engine\/page may not import @noisebook\/ldm/,
    ],
    [
      'src/engine/worker/x.ts',
      "import { loadPipeline } from '../../lib/ldm/index.ts'; loadPipeline();",
      /engine\/worker may not import ldm/,
    ],
    [
      'src/engine/page/x.ts',
      "export * from '../worker/session.ts';",
      /engine\/page may not import engine\/worker/,
    ],
    [
      'src/engine/worker/x.ts',
      "void import('../page/engine.ts');",
      /engine\/worker may not import engine\/page/,
    ],
    [
      'src/storage/x.ts',
      "import type { E } from '../engine/protocol/messages.ts'; export type F = E;",
      /storage may not import engine\/protocol/,
    ],
    [
      'src/components/kit/pictures/x.ts',
      "import { c } from '../../figures/4.3-autoencoder/autoencoder.ts'; c();",
      /kit may not import figures/,
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
    ['src/lib/ldm/nn/x.ts', "import { d } from '../../other/x.ts'; d();", /nn may not import declarations/],
  ])('%s: %s', async (path, code, complaint) => {
    expect(await complaints(path, code)).toEqual([expect.stringMatching(complaint)]);
  });

  it.each([
    ['src/lib/ldm/samplers/x.ts', "import { d } from '../diffusion/prediction.ts'; d();"],
    ['src/lib/ldm/nn/x.ts', "import * as tf from '@tensorflow/tfjs-core'; tf.memory();"],
    ['src/lib/ldm/backend/x.ts', "import '@tensorflow/tfjs-backend-wasm';"],
    [
      'src/engine/protocol/messages.ts',
      "import type { Sampler } from '@noisebook/ldm'; export type E = Sampler;",
    ],
    ['src/engine/page/x.ts', "import { makeBetas } from '@noisebook/ldm/numbers'; makeBetas();"],
    ['tools/x.ts', "import { loadPipeline } from '../src/lib/ldm/index.ts'; loadPipeline();"],
  ])('allows %s: %s', async (path, code) => {
    expect(await complaints(path, code)).toEqual([]);
  });
});

describe('globals and randomness', () => {
  it.each([
    ['src/lib/ldm/nn/x.ts', 'document.title;', /touches it/],
    ['src/engine/worker/x.ts', 'window.name;', /touches it/],
    ['src/lib/ldm/nn/x.ts', 'postMessage(1);', /worker globals/],
    ['src/engine/page/x.ts', 'self.close();', /worker globals/],
    ['src/datasets/x.ts', 'Math.random();', /seeded generator/],
  ])('%s may not say %s', async (path, code, complaint) => {
    expect(await complaints(path, code)).toEqual([expect.stringMatching(complaint)]);
  });

  it('allows them where they belong', async () => {
    expect(await complaints('src/engine/page/x.ts', 'document.title;')).toEqual([]);
    expect(await complaints('src/engine/worker/x.ts', 'self.close(); postMessage(1);')).toEqual([]);
  });

  it('cannot be switched off by a comment', async () => {
    const code = '// eslint-disable-next-line no-restricted-properties\nMath.random();';
    expect(await complaints('src/datasets/x.ts', code)).toEqual(
      expect.arrayContaining([expect.stringMatching(/seeded generator/)]),
    );
  });
});

it('the longest folder names the room', () => {
  expect(roomOf('src/components/kit/frame/Cell.svelte')?.name).toBe('kit');
  expect(roomOf('src/engine/worker/jobs/decode.ts')?.name).toBe('engine/worker');
  expect(roomOf('src/lib/ldm/index.ts')?.name).toBe('ldm');
  expect(roomOf('elsewhere/x.ts')).toBeUndefined();
});

it('every file of the house has a room of its own, and every room has files', () => {
  const files = execFileSync('git', ['ls-files', '--', 'src', 'tools', 'tests', 'bench'], {
    cwd: root,
    encoding: 'utf8',
  })
    .split('\n')
    .filter((path) => /\.(ts|svelte|astro|mdx)$/.test(path));
  const names = new Set(files.map((path) => roomOf(path)?.name));
  expect(files.filter((path) => roomOf(path)?.name === 'root')).toEqual([]);
  expect(
    rooms.map(({ name }) => name).filter((name) => name !== 'root' && name !== 'styles' && !names.has(name)),
  ).toEqual([]);
});
