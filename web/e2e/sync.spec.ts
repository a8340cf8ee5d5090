// Three people in three browsers, one with sound, one muted, one whose player has no audio track, each behind a slow
// and unsteady network of its own: how far apart are the frames on their screens? Measured by frame callbacks on one
// clock, over a cold join, a seek and a change of speed. (`--long`: a minute in all; else a quarter of that.)
//
// The one without an audio track is a client for which the audio group is taken out of the master playlist on its way
// to the page: one clip for all, so that frames can be compared, and the element still runs by another clock.

import { chromium, expect, test, type Browser } from '@playwright/test';
import { barcodeClip } from './support/barcode';
import { command } from './support/commands';
import { DelayProxy } from './support/delay-proxy';
import { Instance } from './support/instance';
import { createChannel, inviteLink, joinAsGuest, newPerson, setUp, syncBadge, upload, type Person } from './support/people';
import { withoutAudioTrack } from './support/without-sound';
import { comparePairs, hostBusy, hostLoad, trackAll, watched, type Watched } from './sync/measure';

const long = process.env.GENLOCK_LONG === '1';
const WATCH_MS = long ? 20_000 : 5_000;
/** After a command all are to be together again within this, milliseconds. */
const SETTLE_MS = 1_500;
const LIMIT_MS = 50;
const SEED = Number(process.env.GENLOCK_SEED ?? 11);
const RATE = 25;
const clip = { kind: 'h264-default', rate: '25', frames: long ? 3_500 : 1_500, size: '640x360' } as const;

// Traces take screenshots, which cost more than what is measured here.
test.use({ trace: 'off' });

interface Viewer extends Person {
  browser: Browser;
  proxy: DelayProxy;
}

/** A person in a browser process of their own, behind a proxy of their own. */
async function viewer(instance: Instance, seed: number): Promise<Viewer> {
  const proxy = await DelayProxy.start({ target: instance.base, rttMs: 100, jitterMs: 30, seed });
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--autoplay-policy=no-user-gesture-required', '--mute-audio'],
  });
  return { ...(await newPerson(browser, 960, 640)), browser, proxy };
}

/** The same address through a viewer's own proxy. */
const through = (viewer: Viewer, url: string): string => url.replace(/^https?:\/\/[^/]+/, viewer.proxy.base);

/** Makes this viewer's player believe that it is elsewhere. */
async function shiftedBy(viewer: Viewer, ms: number): Promise<void> {
  await viewer.page.addInitScript((shiftS) => {
    const descriptor = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, 'currentTime')!;
    Object.defineProperty(HTMLMediaElement.prototype, 'currentTime', {
      get(this: HTMLMediaElement) { return (descriptor.get!.call(this) as number) + shiftS; },
      set(this: HTMLMediaElement, value: number) { descriptor.set!.call(this, value - shiftS); },
    });
  }, ms / 1000);
}

async function startWatching(instance: Instance, ada: Viewer): Promise<{ channel: string; link: string }> {
  instance.setupLink = through(ada, instance.setupLink);
  await setUp(ada, instance);
  const channel = await createChannel(ada, 'In step');
  await upload(ada, channel, barcodeClip(clip));
  await expect(ada.page.getByText(/^Ready/).first()).toBeVisible({ timeout: 180_000 });
  await ada.page.goto(channel);
  const link = await inviteLink(ada);
  await ada.page.getByRole('button', { name: 'Choose a video' }).click();
  await ada.page.getByRole('dialog').getByRole('button', { name: /^Play/ }).first().click();
  await expect(ada.page.getByRole('button', { name: 'Pause' })).toBeVisible();
  return { channel, link };
}

const locked = async (people: readonly Viewer[]): Promise<void> => {
  for (const { page } of people) await expect(syncBadge(page)).toHaveText(/^Locked/, { timeout: 20_000 });
};

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function measure(phase: string, clients: readonly Watched[]): Promise<number> {
  const tracks = await trackAll(clients, WATCH_MS);
  const p95 = comparePairs(phase, tracks, 1 / RATE, WATCH_MS, 10);
  for (const { name, page } of clients) {
    const probe = await page.evaluate(() => window.__genlock!.sync!.probe());
    console.log(`${phase}: ${name} (${String(probe.kind)}) ${probe.status} error ${probe.errorMs.toFixed(2)} ms ` +
      `bound ${((probe.boundUs ?? 0) / 1000).toFixed(1)} ms rate ${String(probe.rate)} start ${probe.startMs.toFixed(0)} ` +
      `lag ${probe.seekLagMs.toFixed(0)} ms ${JSON.stringify(probe.counts)}`);
  }
  return p95;
}

/** Attempts in all; a second one only where other work held the machine while the first was measured. */
const ATTEMPTS_MAX = 3;

test(`three unlike players stay within ${LIMIT_MS} ms over cold join, seek and change of speed`, async () => {
  test.setTimeout(360_000 + 3 * ATTEMPTS_MAX * WATCH_MS);
  console.log(`seed ${SEED}`);
  const instance = await Instance.start(['--no-sample']);
  const [ada, bo, cy] = await Promise.all([0, 1, 2].map((at) => viewer(instance, SEED + at))) as [Viewer, Viewer, Viewer];
  try {
    const { channel, link } = await startWatching(instance, ada);
    await withoutAudioTrack(cy.page);
    await Promise.all([joinAsGuest(bo, through(bo, link), 'Bo'), joinAsGuest(cy, through(cy, link), 'Cy')]);
    await bo.page.getByRole('button', { name: 'Mute' }).click();
    await locked([ada, bo, cy]);

    const scenario = async (): Promise<number> => {
      // A cold join: everybody is there, one comes anew.
      await command(ada.page, channel, { t: 'playback.speed', c: { speed: { num: 1, den: 1 } } });
      await command(ada.page, channel, { t: 'playback.seek', c: { frame: 0 } });
      const cameMs = performance.now();
      await cy.page.reload();
      await cy.page.waitForFunction(() => (document.querySelector('video')?.readyState ?? 0) >= 3);
      console.log(`cold join: picture after ${(performance.now() - cameMs).toFixed(0)} ms`);
      await pause(SETTLE_MS);
      const clients = [
        await watched('sound', ada.page),
        await watched('muted', bo.page),
        await watched('no track', cy.page),
      ];
      // Whoever mutes by hand keeps the sound card's clock.
      for (const [at, kind] of ['audio', 'audio', 'silent'].entries()) {
        expect(await clients[at]!.page.evaluate(() => window.__genlock!.sync!.probe().kind)).toBe(kind);
      }
      const join = await measure('cold join', clients);

      await command(ada.page, channel, { t: 'playback.seek', c: { frame: 700 } });
      await pause(SETTLE_MS);
      const seek = await measure('seek', clients);

      await command(bo.page, channel, { t: 'playback.speed', c: { speed: { num: 5, den: 4 } } });
      await pause(SETTLE_MS);
      return Math.max(join, seek, await measure('speed 1.25', clients));
    };

    let worst = Number.POSITIVE_INFINITY;
    for (let attempt = 1; attempt <= ATTEMPTS_MAX && worst > LIMIT_MS; attempt += 1) {
      const busy = hostBusy();
      worst = await scenario();
      console.log(`attempt ${attempt}: worst p95 ${worst.toFixed(1)} ms, ${hostLoad()}`);
      if (!busy && !hostBusy()) break;
    }
    expect(worst).toBeLessThanOrEqual(LIMIT_MS);
  } finally {
    await Promise.all([ada, bo, cy].map(async ({ browser, proxy }) => { await browser.close(); await proxy.stop(); }));
    await instance.stop();
  }
});

test('a player shifted by 100 ms fails the measurement', async () => {
  test.setTimeout(240_000);
  const instance = await Instance.start(['--no-sample']);
  const [ada, bo] = await Promise.all([0, 1].map((at) => viewer(instance, SEED + 10 + at))) as [Viewer, Viewer];
  try {
    const { link } = await startWatching(instance, ada);
    await shiftedBy(bo, 100);
    await joinAsGuest(bo, through(bo, link), 'Bo');
    await locked([ada, bo]);
    const p95 = await measure('shifted', [await watched('sound', ada.page), await watched('shifted', bo.page)]);
    expect(p95).toBeGreaterThan(LIMIT_MS);
  } finally {
    await Promise.all([ada, bo].map(async ({ browser, proxy }) => { await browser.close(); await proxy.stop(); }));
    await instance.stop();
  }
});
