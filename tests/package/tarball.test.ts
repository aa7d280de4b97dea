// The library as others get it: packed, checked, installed outside of the project, drawing, bundled. Needs no network: what it
// depends on is linked from the project's own node_modules.
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { build, type Rolldown } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { initBackend, loadPipeline } from '../../src/lib/ldm/index.ts';
import { nodeFolderSource } from '../../src/lib/ldm/node/index.ts';

const root = join(import.meta.dirname, '../..');
const weights = join(root, 'public/weights/faces-64');
const { resolve } = createRequire(import.meta.url);
const run = promisify(execFile);
const readme = readFileSync(join(root, 'src/lib/ldm/README.md'), 'utf8');
const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';

const scratch = mkdtempSync(join(tmpdir(), 'ldm-package-'));
/** A copy of the house, as far as packing needs it: the tests beside this one read the original meanwhile. */
const house = join(scratch, 'house');
/** A project of somebody else. */
const consumer = join(scratch, 'consumer');
const installed = join(consumer, 'node_modules/@noisebook/ldm');
let tarball = '';

const link = (target: string, path: string): void => {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path, 'junction');
};
const houseManifest = (): string => readFileSync(join(house, 'src/lib/ldm/package.json'), 'utf8');

beforeAll(async () => {
  cpSync(join(root, 'src/lib/ldm'), join(house, 'src/lib/ldm'), { recursive: true });
  cpSync(join(root, 'tools/packLibrary.ts'), join(house, 'tools/packLibrary.ts'));
  link(join(root, 'node_modules'), join(house, 'node_modules'));
  // The project's own Node, which reads TypeScript.
  const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}` };
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', scratch], {
    cwd: join(house, 'src/lib/ldm'),
    env,
    shell: process.platform === 'win32',
  });
  tarball = join(scratch, /"filename": "([^"]+)"/.exec(stdout)?.[1] ?? '');
  mkdirSync(installed, { recursive: true });
  await run('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1']);
  for (const name of ['@tensorflow', 'fflate', '@types']) {
    link(join(root, 'node_modules', name), join(consumer, 'node_modules', name));
  }
  writeFileSync(join(consumer, 'package.json'), JSON.stringify({ name: 'consumer', type: 'module' }));
  link(weights, join(consumer, 'faces-64'));
});

afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

describe('packing', () => {
  test('leaves the house as it was', () => {
    expect(houseManifest()).toBe(readFileSync(join(root, 'src/lib/ldm/package.json'), 'utf8'));
  });

  test('can be interrupted: the house comes back by itself', async () => {
    const before = houseManifest();
    const script = join(house, 'tools/packLibrary.ts');
    await run(process.execPath, [script, 'prepack']);
    expect(houseManifest()).toContain('./dist/index.js');
    // Never got to postpack; the next one packs what the house had.
    await run(process.execPath, [script, 'prepack']);
    expect(houseManifest()).toContain('./dist/index.js');
    await run(process.execPath, [script, 'postpack']);
    expect(houseManifest()).toBe(before);
  });

  test('takes JavaScript and declarations, a licence, and no sources', async () => {
    const { stdout } = await run('tar', ['-tzf', tarball]);
    const files = stdout.split('\n').filter((file) => file !== '');
    expect(files).toEqual(
      expect.arrayContaining(['package/LICENSE', 'package/README.md', 'package/dist/index.js']),
    );
    expect(files.filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))).toEqual([]);
    const declarations = readFileSync(join(installed, 'dist/index.d.ts'), 'utf8');
    expect(declarations).not.toMatch(/\.ts['"]/);
    expect(readFileSync(join(installed, 'LICENSE'), 'utf8')).toBe(
      readFileSync(join(root, 'LICENSE'), 'utf8'),
    );
  });
});

test('publint has nothing to say', async () => {
  const { messages, pkg } = await publint({ pkgDir: installed, pack: false, strict: true });
  expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
});

test('the types are not wrong', async () => {
  const attw = join(dirname(resolve('@arethetypeswrong/cli/package.json')), 'dist/index.js');
  const options = ['--profile', 'esm-only', '--format', 'json'];
  const { stdout } = await run(process.execPath, [attw, tarball, ...options], { maxBuffer: 1 << 26 });
  const { analysis } = JSON.parse(stdout) as {
    analysis: { entrypoints: object; problems: { kind: string }[] };
  };
  expect(Object.keys(analysis.entrypoints)).toContain('./numbers');
  // Which has no CommonJS, on purpose.
  const problems = analysis.problems.filter(
    ({ kind }) => !['CJSResolvesToESM', 'NoResolution'].includes(kind),
  );
  expect(problems).toEqual([]);
});

describe('in a project of somebody else', () => {
  test('the lines of the README draw the picture that the sources draw', async () => {
    expect(
      example
        .trim()
        .split('\n')
        .filter((line) => line !== '').length,
    ).toBeLessThanOrEqual(10);
    writeFileSync(join(consumer, 'draw.js'), example);
    await run(process.execPath, ['draw.js'], { cwd: consumer });
    const file = readFileSync(join(consumer, 'face.ppm'));
    const header = 'P6 64 64 255\n';
    expect(file.subarray(0, header.length).toString()).toBe(header);
    const drawn = file.subarray(header.length);
    expect(drawn).toHaveLength(64 * 64 * 3);

    await initBackend({ backend: 'wasm' });
    const pipe = await loadPipeline(nodeFolderSource(weights));
    const latents = await pipe.textToImage({
      prompt: 'a person with red hair',
      seed: 7,
      numInferenceSteps: 10,
    });
    const expected = Uint8ClampedArray.from(
      await pipe.decode(latents).data(),
      (value) => (value + 1) * 127.5,
    );
    pipe.dispose();
    let [worst, spread] = [0, 0];
    for (const [i, value] of expected.entries()) {
      worst = Math.max(worst, Math.abs(value - drawn[i]!));
      spread = Math.max(spread, Math.abs(value - expected[0]!));
    }
    expect(worst).toBeLessThanOrEqual(1);
    expect(spread).toBeGreaterThan(100);
  });

  test.each(['nodenext', 'bundler'])('they pass the compiler: %s', async (resolution) => {
    writeFileSync(join(consumer, 'draw.ts'), example);
    const module = resolution === 'nodenext' ? 'nodenext' : 'esnext';
    const options = ['--strict', '--noEmit', '--skipLibCheck', '--target', 'es2022', '--types', 'node'];
    const args = [...options, '--module', module, '--moduleResolution', resolution, 'draw.ts'];
    const { stdout } = await run(
      process.execPath,
      [resolve('typescript/bin/tsc'), '--ignoreConfig', ...args],
      {
        cwd: consumer,
      },
    );
    expect(stdout).toBe('');
  });

  /** Chunks of a page that runs `script`. */
  async function bundle(script: string): Promise<Rolldown.OutputChunk[]> {
    const folder = mkdtempSync(join(consumer, 'page-'));
    writeFileSync(join(folder, 'index.html'), '<script type="module" src="./main.js"></script>');
    writeFileSync(join(folder, 'main.js'), script);
    const warnings: string[] = [];
    const result = await build({
      configFile: false,
      root: folder,
      logLevel: 'silent',
      build: {
        outDir: join(folder, 'dist'),
        write: false,
        rolldownOptions: {
          onLog: (level, { message }) => {
            if (level === 'warn') warnings.push(message);
          },
        },
      },
    });
    // TensorFlow.js's wasm build names modules of Node that it only loads there.
    expect(warnings.filter((message) => !message.includes('tfjs-backend-wasm'))).toEqual([]);
    const { output } = (Array.isArray(result) ? result[0] : result) as Rolldown.RolldownOutput;
    return output.filter((each) => each.type === 'chunk');
  }

  test('Vite builds a page with it; backends are chunks of their own', async () => {
    const chunks = await bundle(
      `import { initBackend, loadPipeline, urlSource } from '@noisebook/ldm';
       await initBackend();
       globalThis.pipe = await loadPipeline(urlSource('/model/'));`,
    );
    const first = chunks.find(({ isEntry }) => isEntry);
    const names = chunks.flatMap(({ moduleIds }) => moduleIds).join('\n');
    expect(names).toMatch(/tfjs-backend-webgpu/);
    expect(first?.moduleIds.join('\n')).not.toMatch(/tfjs-backend|ldm\/dist\/training|fflate/);
  });

  test('a page that takes one function gets one function', async () => {
    const chunks = await bundle(
      `import { psnr } from '@noisebook/ldm';
       document.title = String(psnr(Float32Array.of(1), Float32Array.of(2), 2));`,
    );
    expect(chunks.reduce((sum, { code }) => sum + code.length, 0)).toBeLessThan(2000);
  });
});
