// The clock and the player sync in three real browsers, one with sound, one muted, one without an audio track, behind
// a slow and unsteady network, against a timeline that the test moves. Measured frame by frame on one clock.

import { chromium, expect, test, type Browser } from '@playwright/test';
import type { Timeline } from '../../src/protocol/types';
import { wantedAt, courseOf } from '../../src/sync/timeline';
import { DelayProxy } from '../support/delay-proxy';
import { Bench, EPOCH_US, serverUs } from './bench';
import { CLIP_RATE, makeClips, type Clips } from './clip';
import type { Harness } from './harness';
import { comparePairs, lateness, summary, trackAll, watched, type Watched } from './measure';

const CLIP_S = 120;
const VERSION = '018f3a4e-5b6c-7d8e-9f00-112233445566';
const SEED = Number(process.env.GENLOCK_SEED ?? 7);
/** How long each phase is watched once it has settled, milliseconds. */
const WATCH_MS = process.env.GENLOCK_LONG ? 20_000 : 4_000;
/** What a group notices: two who are further apart than this, milliseconds. */
const LIMIT_MS = 50;

interface Client extends Watched {
  browser: Browser;
}

type WithHarness = typeof globalThis & { harness?: Harness };

// Traces take screenshots, which cost more than what is measured here.
test.use({ trace: 'off' });

let clips: Clips;
let bench: Bench;
let proxy: DelayProxy;
let clients: Client[] = [];

const launch = (): Promise<Browser> => chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--autoplay-policy=no-user-gesture-required', '--mute-audio'],
});

async function join(name: string, query: string, skewMs = 0): Promise<Client> {
  const browser = await launch();
  const page = await browser.newPage();
  page.on('pageerror', (error) => { throw error; });
  if (skewMs !== 0) {
    // A client whose player lies about where it is: the measurement must see it.
    await page.addInitScript((skewS) => {
      const descriptor = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, 'currentTime')!;
      Object.defineProperty(HTMLMediaElement.prototype, 'currentTime', {
        get(this: HTMLMediaElement) { return (descriptor.get!.call(this) as number) + skewS; },
        set(this: HTMLMediaElement, value: number) { descriptor.set!.call(this, value - skewS); },
      });
    }, skewMs / 1000);
  }
  await page.goto(`${proxy.base}/?version=${VERSION}&${query}`);
  await page.waitForFunction(() => (globalThis as WithHarness).harness?.sync.probe().serverUs !== null);
  return { browser, ...(await watched(name, page)) };
}

function timeline(change: Partial<Timeline>): Timeline {
  return {
    video: { video: VERSION, version: VERSION, rate: CLIP_RATE, frames: clips.frames },
    frame: 0,
    speed: { num: 1, den: 1 },
    playing: true,
    anchor_us: serverUs() + 250_000,
    revision: 1,
    ...change,
  };
}

async function steer(next: Timeline): Promise<Timeline> {
  await Promise.all(clients.map(({ page }) => page.evaluate((value) => (globalThis as WithHarness).harness!.setTimeline(value), next)));
  return next;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Watches all clients for a while and compares them pair by pair and with the timeline. */
async function watch(name: string, following: Timeline, settleMs: number): Promise<{ pair95: number; late95: number }> {
  await pause(settleMs);
  const tracks = await trackAll(clients, WATCH_MS);
  const course = courseOf(following)!;
  const positionS = (atMs: number) => wantedAt(course, EPOCH_US + atMs * 1000).position_s;
  const speed = following.speed.num / following.speed.den;
  let late95 = 0;
  for (const track of tracks) {
    const late = summary(lateness(track, positionS, speed));
    late95 = Math.max(late95, late.p95);
    expect(late.count, `${name}: ${track.name} shows frames`).toBeGreaterThan((WATCH_MS / 1000) * 15);
    console.log(`${name}: ${track.name} against the timeline p50 ${late.p50.toFixed(1)} p95 ${late.p95.toFixed(1)} max ${late.max.toFixed(1)} ms, ${late.count} frames`);
  }
  const pair95 = comparePairs(name, tracks, CLIP_RATE.den / CLIP_RATE.num, WATCH_MS, 12);
  for (const { name: who, page } of clients) {
    const { status, errorMs, counts, rate, kind, startMs, seekLagMs, boundUs } = await page.evaluate(() => (globalThis as WithHarness).harness!.sync.probe());
    console.log(`${name}: ${who} (${String(kind)}) ${status} error ${errorMs.toFixed(2)} ms bound ${((boundUs ?? 0) / 1000).toFixed(1)} ms rate ${String(rate)} start ${startMs.toFixed(0)} lag ${seekLagMs.toFixed(0)} ms ${JSON.stringify(counts)}`);
  }
  return { pair95, late95 };
}

test.beforeAll(async () => {
  clips = await makeClips(CLIP_S);
  bench = await Bench.start({ '/clip.mp4': clips.withAudio, '/silent.mp4': clips.withoutAudio });
  proxy = await DelayProxy.start({ target: bench.base, rttMs: 100, jitterMs: 30, seed: SEED });
});

test.afterAll(async () => {
  await proxy.stop();
  await bench.stop();
});

test.afterEach(async () => {
  await Promise.all(clients.map(({ browser }) => browser.close()));
  clients = [];
});

test(`three unlike players stay within ${LIMIT_MS} ms over cold join, pause, seek and speed`, async () => {
  test.setTimeout(120_000 + 6 * WATCH_MS);
  console.log(`seed ${SEED}`);
  clients = await Promise.all([
    join('sound', 'clip=/clip.mp4'),
    join('muted', 'clip=/clip.mp4&muted'),
    join('no track', 'clip=/silent.mp4'),
  ]);
  const results: { pair95: number; late95: number }[] = [];
  let now = await steer(timeline({ anchor_us: serverUs() - 5_000_000 }));
  results.push(await watch('cold join', now, 2_000));

  await steer(timeline({ playing: false, frame: 500, anchor_us: serverUs() }));
  for (const { page } of clients) {
    await page.waitForFunction(() => (globalThis as WithHarness).harness!.sync.shownFrame() === 500);
  }
  now = await steer(timeline({ frame: 500 }));
  results.push(await watch('play', now, 1_000));

  now = await steer(timeline({ frame: 1_500 }));
  results.push(await watch('seek', now, 1_500));

  const anchor_us = serverUs() + 250_000;
  const frame = 1_500 + Math.floor(((anchor_us - now.anchor_us) * 25) / 1_000_000);
  now = await steer(timeline({ frame, speed: { num: 5, den: 4 }, anchor_us }));
  results.push(await watch('speed 1.25', now, 2_000));

  for (const { pair95, late95 } of results) {
    expect(pair95).toBeLessThanOrEqual(LIMIT_MS);
    expect(late95).toBeLessThanOrEqual(LIMIT_MS);
  }
});

test('a client shifted by 100 ms is caught by the measurement', async () => {
  clients = [await join('sound', 'clip=/clip.mp4'), await join('shifted', 'clip=/clip.mp4', 100)];
  const now = await steer(timeline({ anchor_us: serverUs() - 5_000_000 }));
  const { pair95, late95 } = await watch('shifted', now, 2_500);
  expect(pair95).toBeGreaterThan(LIMIT_MS);
  expect(Math.abs(pair95 - 100)).toBeLessThan(30);
  expect(late95).toBeGreaterThan(LIMIT_MS);
});

test('autoplay refused: muted and in sync, then with sound by one gesture', async () => {
  const browser = await launch();
  try {
    const page = await browser.newPage();
    // A driven browser counts as touched by a person from the start, so the refusal is made here as browsers make it.
    await page.addInitScript(() => {
      let touched = false;
      document.addEventListener('click', () => { touched = true; }, { capture: true });
      // eslint-disable-next-line @typescript-eslint/unbound-method
      const play = HTMLMediaElement.prototype.play;
      HTMLMediaElement.prototype.play = function (this: HTMLMediaElement) {
        if (touched || this.muted) return play.call(this);
        return Promise.reject(new DOMException('play() failed because the user has not interacted first.', 'NotAllowedError'));
      };
    });
    await page.goto(`${proxy.base}/?version=${VERSION}&clip=/clip.mp4`);
    await page.waitForFunction(() => (globalThis as WithHarness).harness?.sync.probe().serverUs !== null);
    await page.evaluate((value) => (globalThis as WithHarness).harness!.setTimeline(value), timeline({ anchor_us: serverUs() - 5_000_000 }));
    const video = page.locator('video');
    await page.waitForFunction(() => {
      const { status, wanted, positionS } = (globalThis as WithHarness).harness!.sync.probe();
      return status === 'gesture' && wanted !== null && positionS !== null && Math.abs(positionS - wanted.position_s) < 0.05;
    });
    expect(await video.evaluate((element: HTMLVideoElement) => element.muted)).toBe(true);
    await page.mouse.click(100, 100);
    await page.waitForFunction(() => (globalThis as WithHarness).harness!.sync.status() === 'locked');
    expect(await video.evaluate((element: HTMLVideoElement) => !element.muted && !element.paused)).toBe(true);
  } finally {
    await browser.close();
  }
});
