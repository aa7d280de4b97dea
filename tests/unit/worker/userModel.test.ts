// A model that is kept or taken away: its card and manifest, its name made of its content, what comes back believed.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type CheckedModel, checkModel, findModel } from '@noisebook/ldm';
import { writeZip } from '@noisebook/ldm/zip';
import { parseManifest } from '../../../src/engine/worker/download/manifest.ts';
import { readUserManifest, type AboutModel } from '../../../src/engine/worker/userModels/about.ts';
import { modelCard } from '../../../src/engine/worker/userModels/card.ts';
import { finishModel, fitsManifest, slugOf } from '../../../src/engine/worker/userModels/finish.ts';
import { readChosen } from '../../../src/engine/worker/userModels/readChosen.ts';
import { utf8 } from '../../lib/rawZip.ts';

const folder = join(import.meta.dirname, '../../fixtures/micro');
const about: AboutModel = {
  title: 'Faces, 1st try',
  created: '2026-01-02T03:04:05.000Z',
  sampling: { numInferenceSteps: 10, guidanceScale: 2.5 },
  knownWords: ['bob', 'redhair'],
  examples: ['redhair bob'],
  data: { title: 'faces', credit: 'Pablo Stanley' },
  training: {
    runId: 'abcdef012345',
    phase: 'denoiser',
    step: 1400,
    minutes: 4.2,
    losses: { denoiser: 0.1234 },
  },
  recipe: { data: 'faces', seed: 7, minSnrGamma: null },
};

let files: Map<string, Uint8Array<ArrayBuffer>>;
let checked: CheckedModel;
beforeAll(async () => {
  const all = new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [relative(folder, path), new Uint8Array(readFileSync(path))]),
  );
  ({ files } = findModel(all, 'micro'));
  checked = await checkModel(files, 'micro');
});
const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);

describe('finishing', () => {
  test('adds a card and a manifest that lists every file with its checksum; the site’s own reader takes it', async () => {
    const { model, files: all } = await finishModel(files, checked, about, { origin: 'run' });
    const manifest = parseManifest(text(all.get('manifest.json')), 'manifest.json');
    expect(manifest.files.map(({ path }) => path)).toEqual(
      [...all.keys()].filter((p) => p !== 'manifest.json').sort(),
    );
    expect(manifest).toMatchObject({
      name: 'faces-1st-try',
      title: about.title,
      knownWords: about.knownWords,
    });
    expect(model).toMatchObject({ title: about.title, origin: 'run', runId: 'abcdef012345', step: 1400 });
    expect(model.name).toMatch(/^own-[0-9a-f]{12}$/);
    const found = readUserManifest(all.get('manifest.json'))!;
    expect(found.about).toEqual(about);
    expect(await fitsManifest(all, found.sums)).toBe(true);
  });

  test('equal content has an equal name, whatever it is called; other weights have another', async () => {
    const first = await finishModel(files, checked, about, { origin: 'run' });
    const again = await finishModel(files, checked, about, { origin: 'run' });
    expect(writeZip(again.files)).toEqual(writeZip(first.files));
    const renamed = await finishModel(files, checked, { ...about, title: 'Other' }, { origin: 'opened' });
    expect(renamed.model.id).toBe(first.model.id);
    expect(renamed.model.hash).not.toBe(first.model.hash);
    const path = 'vae/diffusion_pytorch_model.safetensors';
    const changed = files.get(path)!.slice();
    changed[changed.length - 1]! ^= 1;
    const other = await finishModel(new Map(files).set(path, changed), checked, about, { origin: 'run' });
    expect(other.model.id).not.toBe(first.model.id);
  });

  test('a manifest that fits is kept as it is; one that lies or is stale does not fit', async () => {
    const { files: all } = await finishModel(files, checked, about, { origin: 'run' });
    const kept = await finishModel(
      all,
      checked,
      { ...about, title: 'Other' },
      { origin: 'opened', keep: true },
    );
    expect(kept.files).toEqual(all);
    const { sums } = readUserManifest(all.get('manifest.json'))!;
    expect(await fitsManifest(new Map(all).set('vae/config.json', utf8('{}')), sums)).toBe(false);
    expect(await fitsManifest(new Map(all).set('LICENSE', utf8('MIT')), sums)).toBe(false);
    const fewer = new Map(all);
    fewer.delete('README.md');
    expect(await fitsManifest(fewer, sums)).toBe(false);
  });

  test('titles become file names', () => {
    expect(slugOf('Ça: faces / digits!!')).toBe('ca-faces-digits');
    expect(slugOf('模型')).toBe('model');
    expect(slugOf('x'.repeat(100))).toHaveLength(48);
  });
});

describe('the card', () => {
  test('says how it was made and how it is opened', () => {
    const card = modelCard(checked, about);
    for (const part of [
      '# Faces, 1st try',
      '1,400 steps, 4.2 minutes',
      'Pablo Stanley',
      '| seed | 7 |',
      '0.1234',
    ])
      expect(card).toContain(part);
    expect(card).toContain(
      'image = pipe("redhair bob", num_inference_steps=10, guidance_scale=2.5).images[0]',
    );
    expect(card.split('```python\n')[1]!.split('\n```')[0]!.split('\n').length).toBeLessThanOrEqual(6);
  });

  test('somebody’s title can’t break out of its line, nor a prompt out of its string', () => {
    const card = modelCard(checked, {
      ...about,
      title: 'x\n# <script>alert(1)</script> | [a](b)',
      examples: ['"); import os; ("'],
    });
    expect(card).not.toContain('<script>');
    expect(card).not.toMatch(/^# <|^# \\</m);
    expect(card).toContain('pipe("\\"); import os; (\\""');
  });
});

describe('a model from elsewhere', () => {
  const { training: _, recipe: __, data: ___, ...unknown } = { ...about, knownWords: [] };

  test('its card claims nothing that nobody here knows', async () => {
    const card = modelCard(checked, unknown);
    expect(card).not.toMatch(/trained from nothing|thousandth|Finished|manifest\.json/);
    for (const part of ['It was opened and checked in a web', '| Opened | 2026-01-02 |'])
      expect(card).toContain(part);
    const standIn = { ...checked, folder: { ...checked.folder, notes: ['DDIMScheduler stands in.'] } };
    expect(modelCard(standIn, unknown)).toContain('| In Noisebook | DDIMScheduler stands in. |');
    const { files: all } = await finishModel(files, checked, unknown, { origin: 'opened' });
    expect(text(all.get('README.md'))).toBe(card);
  });

  test('its own README.md stays, a card of ours is written anew', async () => {
    const theirs = new Map(files).set('README.md', utf8('# My model\nlicence: openrail'));
    const kept = await finishModel(theirs, checked, unknown, { origin: 'opened' });
    expect(text(kept.files.get('README.md'))).toBe('# My model\nlicence: openrail');
    const stale = new Map(files).set('README.md', utf8(modelCard(checked, about)));
    const anew = await finishModel(stale, checked, unknown, { origin: 'opened' });
    expect(text(anew.files.get('README.md'))).toBe(modelCard(checked, unknown));
  });
});

describe('what came with somebody’s model', () => {
  test('its texts are cleaned of what turns or breaks a line; equal prompts count once', () => {
    const manifest = {
      ...about,
      title: '\u202eevil\n\u0000',
      knownWords: ['a\u2066b'],
      examples: ['same', 'same', 'sa\u202eme', 'sa\u2066me'],
      data: { title: 'x\ny', credit: '\u202dz' },
      files: [{ path: 'a', sha256: 'b' }],
    };
    expect(readUserManifest(utf8(JSON.stringify(manifest)))?.about).toMatchObject({
      title: 'evil',
      knownWords: ['a b'],
      examples: ['same', 'sa me'],
      data: { title: 'x y', credit: ' z' },
    });
    expect(readUserManifest(utf8(JSON.stringify({ ...manifest, title: '\u202e\n' })))).toBeUndefined();
  });

  test('is believed only in shape and size', () => {
    const manifest = { ...about, files: [{ path: 'a', sha256: 'b' }] };
    const read = (change: object) => readUserManifest(utf8(JSON.stringify({ ...manifest, ...change })));
    expect(read({})?.about).toEqual(about);
    for (const change of [
      { title: '' },
      { title: 'x'.repeat(300) },
      { created: 'yesterday' },
      { sampling: { numInferenceSteps: 1e6, guidanceScale: 3 } },
      { knownWords: new Array(6000).fill('x') },
      { examples: [{}] },
      { files: 'all' },
      { recipe: { deep: { er: 1 } } },
    ])
      expect(read(change)).toBeUndefined();
    for (const bytes of [undefined, utf8('{'), utf8('[]'), new Uint8Array(3e6)])
      expect(readUserManifest(bytes)).toBeUndefined();
  });

  const choose = (request: Parameters<typeof readChosen>[0]) =>
    readChosen(request, new AbortController().signal, () => undefined).then(
      (read) => [...read.keys()].join(),
      (error: unknown) => String(error),
    );
  const file = new Blob(['{}']);
  test('folders are read file by file, within limits', async () => {
    expect(await choose({ name: 'm', files: [{ path: 'm/a', file }] })).toBe('m/a');
    expect(await choose({ name: 'm', files: [] })).toBe('');
    const twice = [
      { path: 'a', file },
      { path: 'a', file },
    ];
    expect(await choose({ name: 'm', files: twice })).toMatch(/m: expected each file once, got "a" twice/);
    const many = Array.from({ length: 1001 }, (_, i) => ({ path: `${i}`, file }));
    expect(await choose({ name: 'm', files: many })).toMatch(/at most 1000 files, got 1001/);
    const huge = Object.defineProperty(new Blob(['x']), 'size', { value: 600e6 });
    expect(await choose({ name: 'm', files: [{ path: 'a', file: huge }] })).toMatch(
      /at most 500 MB, got 600 MB/,
    );
  });
  test('zips are unpacked, or refused with their reason', async () => {
    const zip = (bytes: Uint8Array<ArrayBuffer>) => new Blob([bytes]);
    expect(await choose({ name: 'm', zip: zip(writeZip(new Map([['a', utf8('x')]]))) })).toBe('a');
    expect(await choose({ name: 'm.zip', zip: zip(utf8('no zip')) })).toMatch(
      /m\.zip: expected a zip file, got/,
    );
  });
});
