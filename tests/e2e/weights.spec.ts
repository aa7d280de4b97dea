// Weights that are dropped, lost, damaged, too large to keep; and without a network after the first time.
import { cutAfter, damage, hangAfter, lose } from './lib/engineSite.ts';
import { expect, expectFailure, faces, micro, test } from './lib/engineTest.ts';

const UNET = 'unet/diffusion_pytorch_model.safetensors';

test('all bytes are counted, and the second time nothing is downloaded but the manifest', async ({
  engine,
}) => {
  const first = await engine.draw(faces);
  expect(first.lastDownload).toMatchObject({ stored: false });
  expect(first.lastDownload?.loaded).toBe(first.lastDownload?.total);
  expect(first.lastDownload?.total).toBeGreaterThan(5_000_000);
  engine.site.reset();
  await engine.open();
  const second = await engine.draw(faces);
  expect(second.images).toEqual(first.images);
  expect(second.lastDownload).toMatchObject({ stored: true });
  expect(engine.site.requests.map(({ path }) => path)).toEqual(['faces-64/manifest.json']);
});

test('a model in 8 bits that builds on another: its own files are fetched, both models stay in memory', async ({
  engine,
}) => {
  const whole = await engine.draw(micro);
  engine.site.reset();
  const packed = { ...micro, model: 'micro-int8' };
  const drawn = await engine.draw(packed);
  expect(engine.site.requests.map(({ path }) => path).sort()).toEqual([
    'micro-int8/manifest.json',
    'micro-int8/text_encoder/model.int8.safetensors',
    `micro-int8/${UNET.replace('.safetensors', '.int8.safetensors')}`,
    'micro/manifest.json',
  ]);
  expect(drawn.numSteps).toBe(4);
  expect(drawn.images).not.toEqual(whole.images);
  engine.site.reset();
  expect((await engine.draw(micro)).images).toEqual(whole.images);
  expect((await engine.draw(packed)).images).toEqual(drawn.images);
  expect(engine.site.requests).toEqual([]);
});

test('a connection that breaks once goes on where it broke', async ({ engine }) => {
  let cuts = 0;
  const cut = cutAfter(1_000_000);
  engine.site.faults.set(`faces-64/${UNET}`, (...all) => cuts++ === 0 && cut(...all));
  expect((await engine.draw(faces)).numSteps).toBe(2);
  const starts = engine.site.requests.filter(({ path }) => path.endsWith(UNET)).map(({ from }) => from);
  expect(starts).toHaveLength(2);
  expect(starts[0]).toBe(0);
  expect(starts[1]).toBeGreaterThan(0);
});

test('one that stays broken says how far it came; the next try goes on from there', async ({ engine }) => {
  let cuts = 0;
  const [some, none] = [cutAfter(2_000_000), cutAfter(0)];
  engine.site.faults.set(`faces-64/${UNET}`, (...all) => (cuts++ === 0 ? some : none)(...all));
  const dropped = await engine.draw(faces);
  expectFailure(
    dropped,
    'connection-dropped',
    /^The connection dropped after \d+\.\d\sMB of \d+\.\d\sMB\. Try again/,
  );
  engine.site.reset();
  expect((await engine.draw(faces)).numSteps).toBe(2);
  const again = engine.site.requests.filter(({ path }) => !path.endsWith('manifest.json'));
  expect(again.map(({ path }) => path)).toEqual([`faces-64/${UNET}`]);
  // What had not reached the page when the line was cut is gone; what had is kept.
  expect(again[0]?.from).toBeGreaterThan(0);
});

test('a cancelled download keeps what has arrived', async ({ engine }) => {
  engine.site.faults.set(`faces-64/${UNET}`, hangAfter(2_000_000));
  const outcome = await engine.page.evaluate(async (request) => {
    const controller = new AbortController();
    let patience = 0;
    return window.harness.outcome(
      window.harness.engine.call(
        'load',
        { model: request.model },
        {
          signal: controller.signal,
          onEvent: () => {
            clearTimeout(patience);
            patience = window.setTimeout(() => controller.abort(), 2000);
          },
        },
      ),
    );
  }, faces);
  expect(outcome).toMatchObject({ code: 'aborted' });
  engine.site.reset();
  expect((await engine.draw(faces)).numSteps).toBe(2);
  const again = engine.site.requests.filter(({ path }) => !path.endsWith('manifest.json'));
  expect(again.map(({ path }) => path)).toEqual([`faces-64/${UNET}`]);
  expect(again[0]?.from).toBeGreaterThan(1_000_000);
});

for (const [what, fault, code, message] of [
  ['a missing', lose, 'missing-file', /unet\/diffusion_pytorch_model\.safetensors is missing/],
  ['a damaged', damage, 'damaged-file', /unet\/diffusion_pytorch_model\.safetensors has the wrong checksum/],
] as const) {
  test(`${what} file is named; once mended, it loads`, async ({ engine }) => {
    engine.site.faults.set(`micro/${UNET}`, fault);
    expectFailure(await engine.draw(micro), code, message);
    engine.site.reset();
    expect((await engine.draw(micro)).numSteps).toBe(4);
  });
}

test('a missing manifest is named', async ({ engine }) => {
  engine.site.faults.set('micro/manifest.json', lose);
  expectFailure(await engine.draw(micro), 'missing-file', /manifest\.json is missing/);
});

test('a damaged stored copy is fetched again, and said so', async ({ engine }) => {
  const first = await engine.draw(micro);
  await engine.page.evaluate(async () => {
    const cache = await caches.open('noisebook-weights-v1');
    const [key] = (await cache.keys()).filter((request) => request.url.includes('/vae/diffusion'));
    const bytes = new Uint8Array(await (await cache.match(key!))!.arrayBuffer());
    bytes[1000]! ^= 1;
    await cache.put(key!, new Response(bytes));
  });
  engine.site.reset();
  await engine.open();
  expect((await engine.draw(micro)).images).toEqual(first.images);
  expect(engine.site.requests.map(({ path }) => path)).toEqual([
    'micro/manifest.json',
    'micro/vae/diffusion_pytorch_model.safetensors',
  ]);
  expect(await engine.notices()).toEqual([expect.stringMatching(/stored copy of vae.*damaged/)]);
});

test('without room to keep it the model works all the same, and the page says so', async ({
  engine,
  page,
}) => {
  const protocol = await page.context().newCDPSession(page);
  const { origin } = new URL(engine.site.url);
  await protocol.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1_000_000 });
  expect((await engine.draw(faces)).numSteps).toBe(2);
  expect(await engine.notices()).toEqual([expect.stringMatching(/no room to keep the model/)]);
});

test('without a network the stored model serves, and an unstored one says what to do', async ({
  engine,
  page,
}) => {
  await engine.draw(micro);
  await page.context().setOffline(true);
  expectFailure(await engine.draw(faces), 'offline', /You are offline.*Connect/);
  await page.evaluate(() => window.harness.engine.dispose());
  expect((await engine.draw(micro)).numSteps).toBe(4);
  expect(await engine.notices()).toEqual([expect.stringMatching(/using the model kept in this browser/)]);
});
