// How a film is sent: the part with the index first, two requests at most, and what a server that is killed costs.

import { expect, test, type Page } from '@playwright/test';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { barcodeClip, heavyClip, shownFrame } from './support/barcode';
import { command } from './support/commands';
import { networkCut } from './support/complaints';
import { Instance } from './support/instance';
import { createChannel, inviteLink, joinAsGuest, newPerson, setUp, type Person } from './support/people';
import { countUploads, uploadCounts } from './support/sent-parts';
import { inTheme } from './support/theme';

const MIB = 1024 * 1024;
let instance: Instance;
let ada: Person;
let channel: string;
let folder: string;

test.beforeEach(async ({ browser }) => {
  folder = mkdtempSync(path.join(tmpdir(), 'genlock-uploads-'));
  instance = await Instance.start(['--no-sample']);
  ada = await newPerson(browser);
  await setUp(ada, instance);
  channel = await createChannel(ada, 'Sending');
  await countUploads(ada.page);
  await ada.page.goto(`${channel}/library`);
  await expect(ada.page.getByRole('button', { name: 'Upload' }).first()).toBeVisible();
});

test.afterEach(async () => {
  await ada.context.close();
  await instance.stop();
  rmSync(folder, { recursive: true, force: true });
});

/**
 * A film of about `mebibytes` whose index stands at its end: a box of filling between its head and its index. The
 * places of its samples come before the filling and stay true.
 */
function indexAtEnd(name: string, mebibytes: number, mark: number): string {
  const clip = readFileSync(barcodeClip({ kind: 'h264-default', rate: '25', frames: 100, size: '320x180' }));
  const boxes: { kind: string; bytes: Buffer }[] = [];
  for (let at = 0; at < clip.length;) {
    const size = clip.readUInt32BE(at);
    boxes.push({ kind: clip.toString('latin1', at + 4, at + 8), bytes: clip.subarray(at, at + size) });
    at += size;
  }
  // The clip is written with its index behind; else places would have to be moved here.
  expect(boxes.at(-1)?.kind).toBe('moov');
  const filling = Buffer.alloc(mebibytes * MIB, mark);
  filling.writeUInt32BE(filling.length, 0);
  filling.write('free', 4, 'latin1');
  const file = path.join(folder, name);
  writeFileSync(file, Buffer.concat([...boxes.slice(0, -1).map((box) => box.bytes), filling, boxes.at(-1)!.bytes]));
  return file;
}

async function slow(page: Page, uploadThroughput: number): Promise<void> {
  const network = await page.context().newCDPSession(page);
  await network.send('Network.enable');
  await network.send('Network.emulateNetworkConditions', { offline: false, latency: 5, downloadThroughput: -1, uploadThroughput });
}

const card = (page: Page, title: string) => page.getByRole('article').filter({ has: page.getByRole('heading', { name: title, exact: true }) });
const arrived = async (page: Page, title: string) => await expect(card(page, title).getByText(/playable now|Ready/)).toBeVisible({ timeout: 90_000 });

test('the index at the end goes first, and several uploads share two requests', async () => {
  test.setTimeout(180_000);
  const { page } = ada;
  await slow(page, 12_000_000);
  const files = [indexAtEnd('long.mp4', 28, 1), indexAtEnd('short.mp4', 9, 2), indexAtEnd('other.mp4', 10, 3)];
  await page.setInputFiles('input[data-upload]', files);
  await expect(card(page, 'long').getByText(/^Uploading/)).toBeVisible();
  // Whoever sends it need not wait for it: it plays from the file here meanwhile.
  const here = card(page, 'long').getByRole('button', { name: 'Play long.mp4 from this computer' });
  await here.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'long.mp4' });
  await expect.poll(() => dialog.locator('video').evaluate((video: HTMLVideoElement) => video.currentTime)).toBeGreaterThan(0.2);
  // What lies behind a dialog has no role for now.
  await expect(page.locator('article').filter({ has: page.locator('h2', { hasText: /^long$/ }) }).getByText(/^Uploading/)).toHaveCount(1);
  await page.screenshot({ path: test.info().outputPath('local-1440.png') });
  await page.setViewportSize({ width: 390, height: 844 });
  await page.screenshot({ path: test.info().outputPath('local-390.png') });
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  await expect(here).toBeFocused();
  for (const title of ['long', 'short', 'other']) await arrived(page, title);
  const counts = await uploadCounts(page);
  expect(counts.atOnce).toBe(2);
  expect(counts.bytes).toBe(files.reduce((sum, file) => sum + statSync(file).size, 0));
  // 28 MiB and a little lie in parts 0 to 3; the others end in part 1.
  expect(counts.parts.indexOf(3)).toBeLessThan(counts.parts.indexOf(2));
  expect(counts.parts.filter((part) => part !== 0)[0]).not.toBe(2);
  expect(counts.parts[0]).not.toBe(0);
  expect(ada.complaints).toEqual([]);
});

test('others watch a film while it is still on its way', async ({ browser }) => {
  test.setTimeout(240_000);
  const { page } = ada;
  // 24 s of about 8 Mbit/s, with reordered pictures, its index at the end.
  const film = heavyClip(barcodeClip({ kind: 'h264-default', rate: '25', frames: 600, size: '960x540' }), path.join(folder, 'early.mp4'), '8M');
  const bo = await newPerson(browser);
  await page.goto(channel);
  await joinAsGuest(bo, await inviteLink(ada), 'Bo');
  await page.goto(`${channel}/library`);
  await slow(page, 1_200_000);
  const began = Date.now();
  await page.setInputFiles('input[data-upload]', film);
  await bo.page.goto(`${channel}/library`);
  await expect(card(bo.page, 'early').getByText(/^Uploading \d+ %, plays to/)).toBeVisible({ timeout: 60_000 });
  const words = await card(bo.page, 'early').getByText(/^Uploading/).textContent();
  console.log(`playable after ${((Date.now() - began) / 1_000).toFixed(1)} s: ${words ?? ''}`);
  for (const [width, theme] of [[390, 'dark'], [1440, 'light']] as const) {
    for (const [name, one] of [['sender', page], ['other', bo.page]] as const) {
      await one.setViewportSize({ width, height: 900 });
      await inTheme(one, theme);
      await one.screenshot({ path: test.info().outputPath(`on-its-way-${name}-${String(width)}.png`) });
    }
  }
  await card(bo.page, 'early').getByRole('button', { name: 'Watch', exact: true }).click();
  await expect.poll(() => shownFrame(bo.page)).toBeGreaterThan(10);
  await expect(bo.page.getByText(/^Uploading \d+ %/).first()).toBeVisible();
  await bo.page.screenshot({ path: test.info().outputPath('on-its-way-watched.png') });
  // It plays on over what comes, and gets its better qualities when the whole of it is here.
  await expect(card(page, 'early').getByText(/^Ready/)).toBeVisible({ timeout: 120_000 });
  await command(bo.page, channel, { t: 'playback.pause', c: { frame: null } });
  await command(bo.page, channel, { t: 'playback.seek', c: { frame: 500 } });
  await expect.poll(() => shownFrame(bo.page), { timeout: 20_000 }).toBe(500);
  await bo.page.getByRole('button', { name: /Quality/ }).click();
  await bo.page.getByRole('menuitemradio', { name: '540p', exact: true }).click();
  await expect.poll(() => bo.page.evaluate(() => document.querySelector('video')?.videoHeight)).toBe(540);
  await expect.poll(() => shownFrame(bo.page)).toBe(500);
  await bo.context.close();
  expect(ada.complaints).toEqual([]);
  expect(bo.complaints).toEqual([]);
});

test('a server killed in mid-upload costs no more than one part', async () => {
  test.setTimeout(180_000);
  const { page } = ada;
  await slow(page, 6_000_000);
  const file = indexAtEnd('survivor.mp4', 40, 4);
  await page.setInputFiles('input[data-upload]', file);
  await expect(page.getByText(/^Uploading (3[0-9]|[4-6]\d) %/)).toBeVisible({ timeout: 60_000 });
  ada.allow('the server is killed', [...networkCut]);
  await instance.killNine();
  await expect(card(page, 'survivor').getByText(/waiting for the connection/)).toBeVisible({ timeout: 30_000 });
  await instance.restart();
  await arrived(page, 'survivor');
  const { size } = statSync(file);
  const counts = await uploadCounts(page);
  expect(counts.bytes).toBeGreaterThanOrEqual(size);
  expect(counts.bytes - size).toBeLessThanOrEqual(8 * MIB);
  expect(ada.complaints).toEqual([]);
});

test('a film that is here already is told before it is sent', async () => {
  test.setTimeout(180_000);
  const { page } = ada;
  const film = indexAtEnd('twin.mp4', 9, 5);
  await page.setInputFiles('input[data-upload]', film);
  await arrived(page, 'twin');
  // The same bytes under another name; and other bytes of the same size, which are no duplicate.
  const again = path.join(folder, 'again.mp4');
  writeFileSync(again, readFileSync(film));
  const before = (await uploadCounts(page)).parts.length;
  await page.setInputFiles('input[data-upload]', again);
  const twin = page.getByRole('article').filter({ has: page.getByRole('heading', { name: 'again.mp4', exact: true }) });
  await expect(twin.getByText('This file is already here as “twin”.')).toBeVisible({ timeout: 30_000 });
  expect((await uploadCounts(page)).parts.length).toBe(before);
  for (const [width, theme] of [[390, 'dark'], [1440, 'light']] as const) {
    await page.setViewportSize({ width, height: 900 });
    await inTheme(page, theme);
    await expect(twin.getByRole('button', { name: 'Upload again.mp4 anyway' })).toBeInViewport();
    await page.screenshot({ path: test.info().outputPath(`duplicate-${String(width)}.png`) });
  }
  await page.setInputFiles('input[data-upload]', indexAtEnd('other.mp4', 9, 6));
  await arrived(page, 'other');
  // By keyboard: look at it, then upload it anyway.
  await twin.getByRole('link', { name: 'Show “twin” in the library' }).press('Enter');
  await expect(page).toHaveURL(/#video-/);
  await expect(card(page, 'twin')).toBeInViewport();
  await twin.getByRole('button', { name: 'Upload again.mp4 anyway' }).press('Enter');
  await arrived(page, 'again');
  await expect(card(page, 'twin')).toHaveCount(1);
  expect(ada.complaints).toEqual([]);
});
