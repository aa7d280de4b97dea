// Nothing of a training run is lost: pauses, reloads, closed tabs, dead workers, two tabs, a full disk.
import type { Page } from '@playwright/test';
import { expect, test } from './lib/labTest.ts';

test('paused, reloaded, and on again: the curve of an unbroken run', async ({ lab, whole }) => {
  const id = await lab.create();
  // A quick machine is a few steps ahead of the page that pauses it.
  const begun = await lab.train(id, { pauseAfter: 2 });
  expect(begun).toMatchObject({ outcome: 'paused', resumed: ['autoencoder 0'] });
  expect(begun.msToPause).toBeLessThan(4000);
  const stored = await lab.find(id);
  expect(stored).toMatchObject({ shown: 'paused', phase: 'autoencoder', state: 'paused' });
  expect(begun.checkpoints).toEqual([`autoencoder ${stored!.step}`]);

  await lab.page.reload();
  await lab.open();
  const second = await lab.train(id, { pauseAfter: 12 - stored!.step + 2 });
  expect(second).toMatchObject({ outcome: 'paused', resumed: [`autoencoder ${stored!.step}`] });
  expect(second.types).toContain('encoded');
  // Still in the worker's memory: nothing is read.
  const third = await lab.train(id);
  expect(third).toMatchObject({ outcome: 'finished' });
  expect(third.types.slice(0, 2)).toEqual(['resumed', 'step']);
  expect({ ...begun.losses, ...second.losses, ...third.losses }).toEqual(whole);
  expect(await lab.curve(id)).toEqual(whole);
  expect(await lab.find(id)).toMatchObject({ shown: 'finished', phase: 'denoiser', step: 24 });
  // Nothing more to do.
  expect(await lab.train(id)).toMatchObject({ outcome: 'finished', losses: {} });
});

test('a tab that is closed, and a worker that dies: on from the last checkpoint', async ({
  lab,
  tab,
  whole,
}) => {
  const id = await lab.create();
  await lab.train(id, { pauseAfter: 2 });
  const paused = (await lab.find(id))!.step;
  expect((await lab.train(id, { leaveAfter: 2 })).outcome).toBe('left');
  await lab.page.close();

  const next = await tab();
  await expect.poll(async () => (await next.find(id))?.shown).toBe('interrupted');
  const saved = (await next.find(id))!;
  expect(saved).toMatchObject({ state: 'training', phase: 'autoencoder' });
  expect(saved.step).toBeGreaterThanOrEqual(paused);
  expect(Object.keys(await next.curve(id))).toHaveLength(saved.step);
  const again = await next.train(id, { leaveAfter: 3 });
  expect(again.resumed).toEqual([`autoencoder ${saved.step}`]);
  await next.page.evaluate(() => window.harness.engine.dispose());
  await expect.poll(() => next.page.evaluate(() => window.harness.lab.lab.training)).toBeUndefined();
  const left = (await next.find(id))!;

  const rest = await next.train(id);
  expect(rest).toMatchObject({ outcome: 'finished', resumed: [`${left.phase} ${left.step}`] });
  expect(await next.curve(id)).toEqual(whole);
});

test('two tabs: one trains, the other is told; then the other way round', async ({ lab, tab, whole }) => {
  const id = await lab.create();
  const other = await tab();
  await lab.train(id, { pauseAfter: 1 });
  const running = lab.page.evaluate((run) => {
    const { lab: lab_ } = window.harness.lab;
    const controller = new AbortController();
    Object.assign(window, { pauseIt: () => controller.abort() });
    return lab_.train(run, 'slow', { signal: controller.signal });
  }, id);
  await expect.poll(async () => (await other.find(id))?.trainedBy).toBe('elsewhere');
  expect(await lab.find(id)).toMatchObject({ trainedBy: 'here', shown: 'training' });
  expect(await other.train(id)).toMatchObject({ outcome: 'busy', message: /Another tab/, losses: {} });
  for (const call of ['remove', 'reset'] as const) {
    expect(await other.refusal(call, id)).toMatch(/Another tab is training "Squares"/);
    expect(await lab.refusal(call, id)).toMatch(/being trained/);
  }
  await other.page.evaluate((run) => window.harness.lab.lab.rename(run, 'Ours'), id);
  await lab.page.evaluate(() => (window as unknown as { pauseIt: () => void }).pauseIt());
  const { ended, phase, step } = await running;
  expect(ended).toBe('paused');

  const there = await other.train(id, { pauseAfter: 2 });
  expect(there).toMatchObject({ outcome: 'paused', resumed: [`${phase} ${step}`] });
  // What the first tab has in memory is old now.
  const stored = await lab.find(id);
  const here = await lab.train(id);
  expect(here).toMatchObject({ outcome: 'finished', resumed: [`${stored!.phase} ${stored!.step}`] });
  expect(await lab.curve(id)).toEqual(whole);
  expect(await other.find(id)).toMatchObject({ name: 'Ours', shown: 'finished', trainedBy: undefined });
  expect(await other.refusal('remove', id)).toBe('');
  expect(await lab.find(id)).toBeUndefined();
});

test('a full disk stops the run, keeps what is stored, and loses nothing once there is room', async ({
  lab,
  whole,
}) => {
  const setQuota = await quotaOf(lab.page);
  // Room for one checkpoint and a half. From the beginning: Chromium remembers how much there was.
  await setQuota(4_000_000);
  const id = await lab.create();
  expect(await lab.train(id, { pauseAfter: 2 })).toMatchObject({ outcome: 'paused' });
  const before = await lab.find(id);
  const stopped = await lab.train(id, { pauseAfter: 2 });
  expect(stopped.outcome).toBe('stopped');
  expect(stopped.message).toMatch(/no room left/);
  expect(stopped.message).toContain(`stored up to step ${before!.step} of the autoencoder`);
  expect(await lab.find(id)).toMatchObject({ step: before!.step, revision: before!.revision });
  expect(Object.keys(await lab.curve(id))).toHaveLength(before!.step);

  await setQuota(undefined);
  const rest = await lab.train(id);
  expect(rest.outcome).toBe('finished');
  // It went on from memory.
  expect(rest.resumed).not.toEqual([`autoencoder ${before!.step}`]);
  expect(await lab.curve(id)).toEqual(whole);
});

test('single steps show their moves; a snapshot draws, and the run can be taken away', async ({ lab }) => {
  const id = await lab.create({ autoencoderSteps: 2, denoiserSteps: 4 });
  const first = await lab.train(id, { mode: 'step' });
  expect(first).toMatchObject({ outcome: 'paused', checkpoints: ['autoencoder 1'] });
  await lab.train(id, { mode: 'step' });
  const denoised = await lab.train(id, { mode: 'step' });
  expect(denoised.types).toEqual(
    expect.arrayContaining(['encoded', 'update-trace', 'step', 'guess', 'checkpoint']),
  );
  expect(Object.keys(denoised.losses)).toEqual(['denoiser 1']);
  expect((await lab.train(id)).outcome).toBe('finished');
  const taken = await lab.page.evaluate(async (run) => {
    const { engine, lab: harness } = window.harness;
    const { snapshots } = await harness.lab.open(run);
    const last = snapshots.at(-1)!;
    const drawn = await engine.call('generate', {
      model: harness.lab.modelOf(run, last.index),
      prompt: 'left',
      seed: 1,
      guidanceScale: 2,
      numInferenceSteps: 2,
      numImages: 1,
    });
    return {
      step: last.step,
      sizes: drawn.sizes,
      colours: new Set(drawn.images).size,
      now: await harness.paths(run),
      then: await harness.paths(run, last.index),
    };
  }, id);
  expect(taken).toMatchObject({ step: 4, sizes: { imageWidth: 32, latentWidth: 4 } });
  expect(taken.colours).toBeGreaterThan(2);
  expect(taken.now).toContain('unet/diffusion_pytorch_model.safetensors');
  expect(taken.then).toEqual(taken.now);
});

test('before the start: what it takes; the reader is told how much room there is', async ({ lab }) => {
  const { probed, room } = await lab.page.evaluate(async () => {
    const { lab: page } = window.harness.lab;
    const id = await window.harness.lab.create();
    const { recipe } = (await page.open(id)).run;
    return { probed: await page.probe({ recipe }), room: await page.room() };
  });
  expect(probed.msPerAutoencoderStep).toBeGreaterThan(0);
  expect(probed.msPerDenoiserStep).toBeGreaterThan(0);
  expect(probed.msEncodeAll).toBeGreaterThan(0);
  expect(probed.parameters.unet).toBeGreaterThan(1000);
  expect(room.free).toBeGreaterThan(probed.storageBytes);
});

test('where nothing can be stored it trains all the same, and says that nothing lasts', async ({
  context,
  tab,
}) => {
  // Scripts that run before a page's own do not reach its workers: theirs is changed on its way.
  const without = `Object.defineProperty(globalThis, 'indexedDB', { value: undefined });`;
  await context.addInitScript(without);
  await context.route(/_worker\/main[^/]*\.js/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `${without}\n${await response.text()}` });
  });
  const lab = await tab();
  expect(await lab.page.evaluate(() => window.harness.lab.lab.lasting)).toBe(false);
  const id = await lab.create({ autoencoderSteps: 2, denoiserSteps: 2 });
  await lab.train(id, { pauseAfter: 1 });
  expect((await lab.train(id)).outcome).toBe('finished');
  expect(await lab.find(id)).toMatchObject({ shown: 'finished', step: 2 });
  expect(Object.keys(await lab.curve(id))).toHaveLength(4);
  expect(await lab.refusal('remove', id)).toBe('');
  expect(await lab.find(id)).toBeUndefined();
});

/** Sets how many bytes this site may store; undefined for as many as before. */
async function quotaOf(page: Page): Promise<(bytes: number | undefined) => Promise<void>> {
  // It holds as long as the session does.
  const session = await page.context().newCDPSession(page);
  const { origin } = new URL(page.url());
  return async (bytes) => {
    const quota = bytes === undefined ? {} : { quotaSize: bytes };
    await session.send('Storage.overrideQuotaForOrigin', { origin, ...quota });
  };
}
