// How far apart unlike players in real browsers are, on networks that delay, jitter and lose, beside the two usual designs.
// Truth is one monotonic clock for all processes: see recorder.ts and server-clock.ts. `cargo xtask bench sync`.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test, type Browser } from '@playwright/test';
import { barcodeClip, heavyClip } from '../../e2e/support/barcode';
import { DelayProxy } from '../../e2e/support/delay-proxy';
import { Baseline, DESIGNS } from './baseline';
import { droppedSince, positionDifferences, quantiles, seeksOf, spread } from './closeness';
import { misnamed, NATURES, shifted, type Nature } from './natures';
import { NETWORKS, STEADY, type Network } from './networks';
import { Recorder } from './recorder';
import { add } from './results';
import { FILM, open, Room, type Client } from './room';
import { calm, changes, DROPPED_MAX, joins, pause, settle, steady, takeAll, type Steady } from './scenario';

const number = (name: string, usual: number): number => Number(process.env[name] ?? usual);
const SEED = number('GENLOCK_SEED', 20);
/** Seconds of steady play, and how often each change is made. */
const STEADY_S = number('GENLOCK_BENCH_SECONDS', 60);
const TIMES = number('GENLOCK_BENCH_TIMES', 6);
const JOINS = Math.ceil(TIMES / 2);
const ATTEMPTS_MAX = 3;
const CUT_S = 10;

let room: Room | undefined;
let folder = '';

test.describe.configure({ mode: 'default' });
test.beforeAll(async () => {
  test.setTimeout(15 * 60_000);
  folder = mkdtempSync(path.join(tmpdir(), 'genlock-bench-'));
  room = await Room.start();
});
test.afterEach(async () => { await room?.leave(); });
test.afterAll(async () => {
  await room?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Everybody of these natures watches, settled. */
async function gather(natures: readonly Nature[], network: Network, special: (at: number) => Partial<Network> = () => ({})): Promise<Client[]> {
  await room!.play();
  for (const [at, nature] of natures.entries()) await room!.join(nature, { ...network, ...special(at) }, SEED + at);
  for (const { page } of room!.clients) {
    await page.waitForFunction(() => ['locked', 'gesture'].includes(window.__genlock?.sync?.probe().status ?? ''), null, { timeout: 60_000 });
  }
  for (const { recorder } of room!.clients) await recorder.findClock(); // a page that loads answers late
  await settle(room!);
  return room!.clients;
}

const kind = (client: Client): Promise<string | null> =>
  client.page.evaluate(() => window.__genlock?.sync?.probe().kind ?? null);

/** Steady play, measured anew where a client dropped frames: then it was the machine that was measured. */
async function steadyRun(clients: readonly Client[]): Promise<{ steady: Steady; discarded: number; ownMs: number }> {
  for (let discarded = 0; ; discarded += 1) {
    const { clock, boundMs } = await room!.clock();
    const ownMs = boundMs + Math.max(...clients.map(({ recorder }) => recorder.boundMs));
    const seen = await steady(clients, STEADY_S, clock, ownMs);
    if (seen.dropped <= DROPPED_MAX || discarded === ATTEMPTS_MAX - 1) return { steady: seen, discarded, ownMs };
    await settle(room!);
  }
}

for (const network of NETWORKS) {
  test(`Genlock: ${network.words}`, async () => {
    const busyBefore = await calm();
    const clients = await gather(NATURES, network);
    const kinds = Object.fromEntries(await Promise.all(clients.map(async (client) => [client.nature.name, await kind(client)] as const)));
    const { clock } = await room!.clock();
    const changed = await changes(room!, TIMES, clock);
    console.log(JSON.stringify(changed));
    await settle(room!);
    const { steady: seen, discarded, ownMs } = await steadyRun(clients);
    const { S, D, E, clock: clocks, bound, trims, seeks, dropped } = seen;
    console.log(JSON.stringify({ kinds, ownMs, S, D, E, clocks, bound, trims, seeks, dropped }));
    await settle(room!);
    const joined = await joins(room!, JOINS, clock);
    console.log(JSON.stringify(joined));
    add(SEED, ({ networks }) => {
      networks[network.name] = { ...networks[network.name], ours: { busyBefore, discarded, ownMs, kinds, steady: seen, changes: changed, joins: joined } };
    });
    expect(seen.pixels.wrong, 'pictures that are not the frame that was named').toBe(0);
  });

  for (const design of DESIGNS) {
    test(`${design}: ${network.words}`, async () => {
      await calm();
      const clip = barcodeClip(FILM);
      const silent = path.join(folder, 'silent.mp4');
      execFileSync('ffmpeg', ['-v', 'error', '-y', '-i', clip, '-an', '-c', 'copy', silent]);
      const baseline = await Baseline.start(design, { '/clip.mp4': clip, '/silent.mp4': silent });
      const clients: { nature: Nature; recorder: Recorder; browser: Browser; proxy: DelayProxy }[] = [];
      try {
        for (const [at, nature] of NATURES.entries()) {
          const proxy = await DelayProxy.start({ target: baseline.base, ...network, seed: SEED + at });
          const { browser, page, throttle } = await open(nature);
          const query = [`clip=${nature.withoutSound ? '/silent.mp4' : '/clip.mp4'}`, at === 0 ? 'first' : '', nature.refusesSound ? 'muted' : ''];
          await page.goto(`${proxy.base}/?${query.filter((word) => word !== '').join('&')}`);
          clients.push({ nature, recorder: await Recorder.of(page, throttle), browser, proxy });
        }
        await pause(4_000);
        baseline.press({ playing: true, positionS: 0 });
        await pause(4_000);
        baseline.press({ playing: true, positionS: 60 });
        for (const { recorder } of clients) await recorder.findClock();
        await pause(8_000);
        const before = await takeAll(clients);
        const fromMs = performance.now();
        await pause(STEADY_S * 1_000);
        const tracks = await takeAll(clients);
        const all = [...positionDifferences(tracks, fromMs, performance.now()).values()].flat();
        const seen = { S: spread(all), quantiles: quantiles(all), seeks: seeksOf(tracks), dropped: droppedSince(before, tracks) };
        console.log(JSON.stringify({ ...seen, quantiles: undefined }));
        expect(all.length).toBeGreaterThan(STEADY_S * 10);
        add(SEED, ({ networks }) => { networks[network.name] = { ...networks[network.name], [design]: seen }; });
      } finally {
        await Promise.all(clients.map(async ({ browser, proxy }) => { await browser.close(); await proxy.stop(); }));
        await baseline.stop();
      }
    });
  }
}

test('controls: what is shifted is read as shifted, what is misnamed is noticed', async () => {
  await calm();
  const controls: Record<string, number> = {};
  const shiftOf = async (natures: readonly Nature[]): Promise<Steady & { shift: number }> => {
    const clients = await gather(natures, STEADY);
    const { clock, boundMs } = await room!.clock();
    const before = await takeAll(clients);
    expect(before.length).toBe(2);
    const seen = await steady(clients, 15, clock, boundMs);
    await room!.leave();
    return { ...seen, shift: seen.S.p50 };
  };
  for (const shiftMs of [5, 20, 50]) {
    const { shift, S } = await shiftOf(shifted(shiftMs));
    console.log(JSON.stringify({ shiftMs, S }));
    controls[`shifted by ${String(shiftMs)} ms`] = shift;
    expect.soft(Math.abs(shift - shiftMs), `a shift of ${String(shiftMs)} ms`).toBeLessThanOrEqual(1);
  }
  const { pixels } = await shiftOf(misnamed);
  console.log(JSON.stringify({ pixels }));
  controls['pictures noticed of a client that misnames'] = pixels.wrong;
  expect(pixels.wrong).toBeGreaterThan(0);
  add(SEED, (results) => { results.controls = controls; });
});

test('one way longer than the other, and an own offset that makes up for it', async () => {
  await calm();
  const pair = [NATURES[0]!, NATURES[2]!];
  const clients = await gather(pair, STEADY, (at) => (at === 1 ? { forwardShare: 0.8 } : {}));
  const { clock, boundMs } = await room!.clock();
  const ownMs = boundMs + Math.max(...clients.map(({ recorder }) => recorder.boundMs));
  const seen = await steady(clients, STEADY_S / 2, clock, ownMs);
  // The way to the server is the longer one, so this device is ahead by half of the difference: whoever hears that says so.
  const offsetMs = -Math.round(seen.S.p50 / 5) * 5;
  await clients[1]!.page.evaluate((ms) => localStorage.setItem('genlock.offset', String(ms)), offsetMs);
  await clients[1]!.page.reload();
  clients[1]!.recorder = await Recorder.of(clients[1]!.page, clients[1]!.throttle);
  await pause(12_000);
  const corrected = await steady(clients, STEADY_S / 2, clock, ownMs);
  console.log(JSON.stringify({ S: seen.S, offsetMs, bound: seen.bound, corrected: corrected.S }));
  add(SEED, (results) => {
    results.asymmetry = { differenceMs: STEADY.rttMs * 0.6, S: seen.S, bound: seen.bound, offsetMs, withOffset: corrected.S };
  });
});

test(`live connections cut for ${String(CUT_S)} s`, async () => {
  await calm();
  const clients = await gather(NATURES, NETWORKS[0]!);
  const { clock, boundMs } = await room!.clock();
  const before = await steady(clients, 15, clock, boundMs);
  for (const { proxy } of clients) proxy.failLive();
  await pause((CUT_S - 5) * 1_000);
  const during = await steady(clients, 5, clock, boundMs);
  for (const { proxy } of clients) proxy.restore();
  console.log(JSON.stringify({ before: before.S, during: during.S }));
  add(SEED, (results) => { results.cut = { seconds: CUT_S, before: before.S, during: during.S }; });
});

test('while another film is prepared', async () => {
  await calm();
  const clients = await gather(NATURES, NETWORKS[0]!);
  const { clock, boundMs } = await room!.clock();
  await room!.prepareAnother(heavyClip(barcodeClip({ ...FILM, frames: 3_000, size: '1280x720' }), path.join(folder, 'heavy.mp4'), '8M'));
  const seen = await steady(clients, STEADY_S / 2, clock, boundMs);
  console.log(JSON.stringify({ S: seen.S, E: seen.E, dropped: seen.dropped }));
  add(SEED, (results) => { results.preparing = seen; });
});
