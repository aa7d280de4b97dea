// A model with only what differs: what it lacks comes from the folder that its manifest names, and nothing else does.
import { describe, expect, test } from 'vitest';
import { takesFromBase } from '../../../src/lib/ldm/weights/baseFiles.ts';
import { memorySource, urlSource, type ModelSource } from '../../../src/lib/ldm/weights/source.ts';
import { withBase } from '../../../src/lib/ldm/weights/withBase.ts';
import { readModelFolder, readVae } from '../../../src/lib/ldm/pipeline/modelFolder.ts';
import { nodeFolderSource } from '../../../src/lib/ldm/node/index.ts';

const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
const FIXTURES = 'tests/fixtures';

/** Folders of files in memory, beside one another. */
function folders(all: Readonly<Record<string, Readonly<Record<string, string>>>>, name: string): ModelSource {
  const files = new Map(Object.entries(all[name] ?? {}).map(([path, text]) => [path, utf8(text)]));
  return { ...memorySource(name, files), beside: (other) => folders(all, other) };
}
const manifest = (base: unknown, ...paths: string[]): string =>
  JSON.stringify({ name: 'm', base, files: paths.map((path) => ({ path })) });

describe('which files', () => {
  const fromBase = takesFromBase([
    'unet/diffusion_pytorch_model.int8.safetensors',
    'scheduler/scheduler_config.json',
  ]);
  test.each([
    ['scheduler/scheduler_config.json', false],
    ['unet/diffusion_pytorch_model.int8.safetensors', false],
    ['unet/diffusion_pytorch_model.safetensors', false],
    ['unet/config.json', true],
    ['vae/diffusion_pytorch_model.safetensors', true],
    ['model_index.json', true],
  ])('%s from the base: %s', (path, expected) => expect(fromBase(path)).toBe(expected));
});

describe('reading', () => {
  const all = {
    base: { 'a.json': 'base a', 'b.json': 'base b', 'unet/w.safetensors': 'base w' },
    small: {
      'a.json': 'own a',
      'unet/w.int8.safetensors': 'own w',
      'manifest.json': manifest('base', 'a.json', 'unet/w.int8.safetensors'),
    },
    alone: { 'a.json': 'x', 'manifest.json': manifest(undefined, 'a.json') },
  };
  const text = async (source: ModelSource, path: string): Promise<string | undefined> => {
    const bytes = await source.read(path);
    return bytes && new TextDecoder().decode(bytes);
  };

  test('own files first, then those of the base', async () => {
    const source = await withBase(folders(all, 'small'));
    expect(source.name).toBe('small');
    expect(await text(source, 'a.json')).toBe('own a');
    expect(await text(source, 'b.json')).toBe('base b');
    expect(await text(source, 'unet/w.safetensors')).toBeUndefined();
    expect(await text(source, 'unet/w.int8.safetensors')).toBe('own w');
    expect(await text(source, 'c.json')).toBeUndefined();
  });

  test('without a base, without a manifest, with one that is not ours: the source itself', async () => {
    const damaged = folders({ m: { 'manifest.json': '<html>' } }, 'm');
    const list = folders({ m: { 'manifest.json': '[1]' } }, 'm');
    for (const source of [folders(all, 'alone'), folders(all, 'base'), damaged, list])
      expect(await withBase(source)).toBe(source);
  });

  test.each(['../secret', 'a/b', '', '..', '.hidden', 7, null, 'https://x.test'])(
    'refuses the base %j',
    async (base) => {
      const source = folders({ m: { 'manifest.json': manifest(base) } }, 'm');
      await expect(withBase(source)).rejects.toThrow(
        'm: manifest.json: "base": expected the name of a model folder',
      );
    },
  );

  test('says what to do where the base is out of reach', async () => {
    const source = memorySource('m', new Map([['manifest.json', utf8(manifest('faces'))]]));
    await expect(withBase(source)).rejects.toThrow(/only what differs from the model faces.*unpack\.py/);
  });

  test('stops when aborted', async () => {
    await expect(withBase(folders(all, 'small'), { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});

describe('places', () => {
  test('an address: beside it on the same site', async () => {
    const asked: string[] = [];
    const get: typeof fetch = (url) => {
      asked.push(url as string);
      return Promise.resolve(new Response(manifest('base')));
    };
    for (const url of ['/weights/small', 'https://site.test/w/small/']) {
      const source = await withBase(urlSource(url, { fetch: get }));
      await source.read('a.json');
    }
    expect(asked).toEqual([
      '/weights/small/manifest.json',
      '/weights/base/a.json',
      'https://site.test/w/small/manifest.json',
      'https://site.test/w/base/a.json',
    ]);
  });

  test('a folder on disk: a whole model of two folders, weights in 8 bits among them', async () => {
    const whole = await readModelFolder(nodeFolderSource(`${FIXTURES}/micro`));
    const small = await readModelFolder(nodeFolderSource(`${FIXTURES}/micro-int8`));
    expect(small.vae).toEqual(whole.vae);
    expect(small.unet.config).toEqual(whole.unet.config);
    expect(small.schedulerJson).toEqual(whole.schedulerJson);
    expect([...small.unet.state.values()].some(({ dtype }) => dtype === 'I8')).toBe(true);
    expect([...small.textEncoder.state.values()].some(({ dtype }) => dtype === 'I8')).toBe(true);
    expect(await readVae(nodeFolderSource(`${FIXTURES}/micro-int8`))).toEqual(whole.vae);
  });
});
