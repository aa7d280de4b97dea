// npm run parity as it is run: its table, its exit codes, and that nothing wrong slips through.
import { execFile } from 'node:child_process';
import { copyFile, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseSafetensors, serializeSafetensors } from '@noisebook/ldm/numbers';

const root = join(import.meta.dirname, '../..');
const FIXTURES = join(root, 'tests/fixtures');

/** Runs a tool; gives its exit code and everything it printed. */
function run(tool: string, ...args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(root, `tools/${tool}.ts`), ...args],
      { cwd: root },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        resolve({ code, output: stdout + stderr });
      },
    );
  });
}

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'noisebook-parity-'));
});
afterAll(() => rm(scratch, { recursive: true }));

/** A copy of a fixture folder that may be damaged. */
async function copyOf(name: string): Promise<string> {
  const folder = await mkdtemp(join(scratch, `${name}-`));
  await cp(join(FIXTURES, name), folder, { recursive: true });
  return folder;
}

/** Rewrites one tensor of a safetensors file. */
async function changeTensor(path: string, key: string, change: (data: Float32Array) => void): Promise<void> {
  const tensors = parseSafetensors(await readFile(path));
  const tensor = tensors.get(key);
  if (tensor === undefined) throw new Error(`no tensor ${key}`);
  const data = tensor.data.slice();
  change(data);
  await writeFile(path, serializeSafetensors(new Map(tensors).set(key, { ...tensor, data })));
}

describe.each(['diffusers-tiny', 'odd-tiny', 'micro'])('%s', (name) => {
  test('agrees on every tensor, and the tool ends with 0', async () => {
    const { code, output } = await run('parity', join(FIXTURES, name));
    expect(output).not.toContain('MISS');
    for (const tensor of [
      'tokenizer',
      'vae.mean',
      'vae.decoded',
      'text.hidden',
      'unet.out',
      'pipeline.image',
    ]) {
      expect(output).toContain(tensor);
    }
    expect(output).toMatch(/all \d+ agree/);
    expect(code).toBe(0);
  });
});

describe('a miss ends with 1', () => {
  test('one weight off by a little', async () => {
    const folder = await copyOf('micro');
    await changeTensor(
      join(folder, 'unet/diffusion_pytorch_model.safetensors'),
      'conv_norm_out.weight',
      (data) => {
        data[3]! *= 1.01;
      },
    );
    const { code, output } = await run('parity', folder);
    expect(output).toMatch(/unet\.out.*MISS/);
    expect(output).toMatch(/vae\.decoded.*ok/);
    expect(code).toBe(1);
  });

  test('one reference value that is not a number', async () => {
    const folder = await copyOf('micro');
    await changeTensor(join(folder, 'reference.safetensors'), 'vae.mean', (data) => {
      data[0] = Number.NaN;
    });
    const { code, output } = await run('parity', folder);
    expect(output).toMatch(/vae\.mean.*MISS/);
    expect(code).toBe(1);
  });

  test('another token for one text', async () => {
    const folder = await copyOf('micro');
    const path = join(folder, 'tokenizer-reference.json');
    const reference = JSON.parse(await readFile(path, 'utf8')) as { cases: { ids: number[] }[] };
    reference.cases[0]!.ids[1]! += 1;
    await writeFile(path, JSON.stringify(reference));
    const { code, output } = await run('parity', folder);
    expect(output).toMatch(/tokenizer.*MISS/);
    expect(output).toContain('a smiling person');
    expect(code).toBe(1);
  });
});

describe('a broken folder ends with 1 and says what is wrong', () => {
  test('no folder', async () => {
    const { code, output } = await run('parity', join(scratch, 'nothing'));
    expect(output).toContain('the file reference.json is missing');
    expect(code).toBe(1);
  });

  test('an unknown block type', async () => {
    const folder = await copyOf('micro');
    const path = join(folder, 'unet/config.json');
    await writeFile(path, (await readFile(path, 'utf8')).replace('"DownBlock2D"', '"SkipDownBlock2D"'));
    const { code, output } = await run('parity', folder);
    expect(output).toMatch(/unet\/config\.json: "down_block_types": expected .*got "SkipDownBlock2D"/);
    expect(code).toBe(1);
  });

  test('weights cut off', async () => {
    const folder = await copyOf('micro');
    const path = join(folder, 'vae/diffusion_pytorch_model.safetensors');
    await writeFile(path, (await readFile(path)).subarray(0, 20_000));
    const { code, output } = await run('parity', folder);
    expect(output).toContain('it is cut off');
    expect(code).toBe(1);
  });

  test('no arguments', async () => {
    const { code, output } = await run('parity');
    expect(output).toContain('Usage: npm run parity');
    expect(code).toBe(2);
  });
});

test('npm run sample writes a PNG of the grid, the same for the same seed', async () => {
  const [first, second] = [join(scratch, 'first.png'), join(scratch, 'second.png')];
  const args = ['--prompt', 'a person', '--model', join(FIXTURES, 'micro'), '--steps', '2', '--n', '3'];
  const { code, output } = await run('sample', ...args, '--out', first);
  expect(output).toContain('3 pictures of 8 x 8');
  expect(code).toBe(0);
  const png = await readFile(first);
  expect(png.subarray(0, 8)).toEqual(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]));
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([16, 16]); // two rows of two
  await run('sample', ...args, '--out', second);
  expect(await readFile(second)).toEqual(png);
  const wrong = await run('sample', '--prompt', 'x', '--steps', 'many');
  expect(wrong.output).toContain("--steps: expected a number, got 'many'");
  expect(wrong.code).toBe(1);
});

test('npm run sample starts from a picture and a mask, and says what does not go together', async () => {
  const out = join(scratch, 'drawn.png');
  const model = join(FIXTURES, 'micro');
  const args = ['--prompt', 'a person', '--model', model, '--steps', '4', '--n', '1', '--out', out];
  const draw = async (...more: string[]): Promise<Buffer> => {
    const { code, output } = await run('sample', ...args, ...more);
    expect(output).toContain('1 pictures of 8 x 8');
    expect(code).toBe(0);
    return sharp(await readFile(out))
      .raw()
      .toBuffer();
  };
  const [image, mask] = [join(scratch, 'image.png'), join(scratch, 'mask.png')];
  await draw('--seed', '3');
  await copyFile(out, image);
  const kept = await draw('--image', image, '--strength', '0');
  const changed = await draw('--image', image, '--strength', '0.5');
  expect(changed).not.toEqual(kept);
  // A mask of nothing keeps the picture; one of everything paints another.
  const grey = (value: number): Sharp =>
    sharp({ create: { width: 8, height: 8, channels: 3, background: { r: value, g: value, b: value } } });
  await grey(0).png().toFile(mask);
  expect(await draw('--image', image, '--mask', mask)).toEqual(kept);
  await grey(255).png().toFile(mask);
  expect(await draw('--image', image, '--mask', mask)).toEqual(await draw());
  const solver = [
    '--sampler',
    'dpm-solver++',
    '--setting',
    'solverOrder=1',
    '--setting',
    'useKarrasSigmas=true',
  ];
  expect(await draw(...solver)).not.toEqual(await draw('--sampler', 'dpm-solver++'));

  const wrong = async (...more: string[]): Promise<string> => {
    const { code, output } = await run('sample', ...args, ...more);
    expect(code).toBe(1);
    return output;
  };
  expect(await wrong('--mask', mask)).toContain('mask: expected a picture beside it to paint in, got none');
  expect(await wrong('--strength', '0.5')).toContain('strength: expected a picture beside it to change');
  expect(await wrong('--eta', '1', '--sampler', 'euler')).toContain(
    'eta: expected 0 with EulerDiscreteScheduler',
  );
  expect(await wrong('--setting', 'solverOrder=4')).toContain('solverOrder: expected one of 1, 2, 3, got 4');
  expect(await wrong('--setting', 'karras')).toContain("--setting: expected NAME=VALUE, got 'karras'");
});

test('npm run sample says which sampler stands in, and reads tokenizer.json alone', async () => {
  const folder = await copyOf('micro');
  const path = join(folder, 'scheduler/scheduler_config.json');
  const scheduler = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
  const name = async (className: string): Promise<void> =>
    writeFile(path, JSON.stringify({ ...scheduler, _class_name: className }));
  for (const file of ['vocab.json', 'merges.txt']) await rm(join(folder, 'tokenizer', file));
  const args = [
    '--prompt',
    'a',
    '--model',
    folder,
    '--steps',
    '2',
    '--n',
    '1',
    '--out',
    join(scratch, 'a.png'),
  ];
  await name('EulerAncestralDiscreteScheduler');
  const { code, output } = await run('sample', ...args);
  expect(output).toContain(
    'EulerAncestralDiscreteScheduler, is not implemented here: EulerDiscreteScheduler stands in',
  );
  expect(code).toBe(0);
  await name('MagicScheduler');
  expect((await run('sample', ...args)).output).toContain('"_class_name"');
  const asked = await run('sample', ...args, '--sampler', 'ddim');
  expect(asked.output).not.toContain('stands in');
  expect(asked.code).toBe(0);
});
