// Every page: readable by everybody (WCAG 2.2 AA by axe), from 320 px to wide, in both themes, without a complaint of
// the browser (content security policy included); and the library's ways with an upload.

import { mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
import { barcodeClip } from './support/barcode';
import { Complaints } from './support/complaints';
import { Instance } from './support/instance';
import { bytesOf } from '../src/features/upload/part-order';
import type { UploadParts } from '../src/protocol/types';
import { sentBy, type Sent } from './support/sent-parts';
import { createChannel, inviteLink, joinAsGuest, newPerson, setUp, upload, type Person } from './support/people';

let instance: Instance;
let ada: Person;
let channel: string;
let invite: string;

test.describe.configure({ mode: 'serial' });
test.setTimeout(240_000);

test.beforeAll(async ({ browser }) => {
  instance = await Instance.start();
  ada = await newPerson(browser);
  await setUp(ada, instance);
  channel = await createChannel(ada, 'Friday films');
  invite = await inviteLink(ada);
});

test.afterAll(async () => {
  await instance.stop();
});

/** What axe finds, in words that name the place. */
async function violations(page: Page): Promise<string[]> {
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
  const { violations: found } = await new AxeBuilder({ page }).withTags(tags).analyze();
  return found.flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.target.join(' ')}`));
}

const sideways = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);

test('every page is readable by everybody at 1440, 390 and 320 px, dark and light', async ({ browser }) => {
  await upload(ada, channel, barcodeClip({ kind: 'h264-default', rate: '25', frames: 100, size: '320x180' }));
  await expect(ada.page.getByText(/^Ready/).first()).toBeVisible({ timeout: 60_000 });
  const signedIn = await ada.context.storageState();
  const pages: [string, string, RegExp][] = [
    ['/', 'New channel', /^Home/],
    [`${channel}/library`, 'Upload', /^Library of Friday films/],
    [`${channel}/people`, 'Invite', /^People in Friday films/],
    ['/account', 'Sign out', /^Account/],
    ['/jobs', 'New token', /^Jobs/],
    ['/numbers', 'New token', /^Live numbers/],
  ];
  const open: [string, string, RegExp][] = [['/sign-in', 'Sign in', /^Sign in/], [invite, 'Join', /^Join Friday films/]];
  for (const theme of ['dark', 'light']) {
    for (const width of [1440, 390, 320]) {
      for (const state of [signedIn, undefined]) {
        const context = await browser.newContext({ viewport: { width, height: 844 }, ...(state ? { storageState: state } : {}) });
        await context.addInitScript((wish) => { localStorage.setItem('genlock.theme', wish); }, theme);
        const page = await context.newPage();
        const { said: complaints } = new Complaints(page);
        for (const [address, button, title] of state ? pages : open) {
          await page.goto(new URL(address, instance.base).href);
          await expect(page.getByRole('button', { name: button, exact: true }).first()).toBeVisible();
          await expect(page).toHaveTitle(title);
          expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe(theme);
          const where = `${address} ${width} ${theme}`;
          expect(await violations(page), where).toEqual([]);
          expect(await sideways(page), where).toBeLessThanOrEqual(0);
          expect(complaints, where).toEqual([]);
        }
        await context.close();
      }
    }
  }
});

test('dialogs and menus are readable by everybody, hold the focus and give it back', async () => {
  const { page } = ada;
  await page.goto(instance.base);
  const menu = page.getByRole('button', { name: /^Menu of/ });
  await menu.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('menu')).toBeVisible();
  expect(await violations(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await expect(menu).toBeFocused();

  await page.keyboard.press('?');
  const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await expect(sheet).toBeVisible();
  expect(await violations(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await expect(sheet).toBeHidden();

  await page.getByRole('button', { name: 'New channel' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'New channel' });
  await expect(dialog.getByLabel('Name')).toBeFocused();
  await page.keyboard.type('?');
  await expect(dialog.getByLabel('Name')).toHaveValue('?');
  expect(await violations(page)).toEqual([]);
  for (let step = 0; step < 8; step += 1) {
    await page.keyboard.press('Tab');
    expect(await dialog.evaluate((element) => element.contains(document.activeElement))).toBe(true);
  }
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  expect(ada.complaints).toEqual([]);
});

test('an upload goes on after a reload, with the same file only, as one and the same video', async () => {
  const { page, context } = ada;
  const folder = mkdtempSync(path.join(tmpdir(), 'genlock-pages-'));
  // Bytes behind a whole film are passed over by every reader; they only make the file long enough to be cut off.
  const film = path.join(folder, 'long.mkv');
  const clip = barcodeClip({ kind: 'h264-default', rate: '25', frames: 100, size: '320x180' });
  const { readFileSync } = await import('node:fs');
  writeFileSync(film, Buffer.concat([readFileSync(clip), Buffer.alloc(24 * 1024 * 1024)]));
  const other = path.join(folder, 'other.mkv');
  writeFileSync(other, Buffer.concat([readFileSync(clip).reverse(), Buffer.alloc(24 * 1024 * 1024)]));

  const slow = await context.newCDPSession(page);
  await slow.send('Network.enable');
  await page.goto(`${channel}/library`);
  await expect(page.getByRole('button', { name: 'Upload' }).first()).toBeVisible();
  await slow.send('Network.emulateNetworkConditions', { offline: false, latency: 5, downloadThroughput: -1, uploadThroughput: 6_000_000 });
  await page.setInputFiles('input[data-upload]', film);
  // More than the first part is on the server.
  await expect(page.getByText(/^Uploading (3[5-9]|[4-8]\d) %/)).toBeVisible();
  await page.reload();
  await expect(page.getByText('Choose the same file to continue')).toBeVisible();
  expect(await violations(page)).toEqual([]);
  const before = await page.getByRole('article').count();

  await page.setInputFiles('article input[data-resume]', other);
  await expect(page.getByText(/^This is not the file that was being uploaded/)).toBeVisible();

  const sent: Sent[] = [];
  page.on('request', (request) => {
    const one = sentBy(request, statSync(film).size);
    if (one) sent.push(one);
  });
  const asked = page.waitForResponse((response) => /\/uploads\/[^/]+\/parts$/.test(new URL(response.url()).pathname));
  await page.setInputFiles('article input[data-resume]', film);
  const { there, bytes } = (await (await asked).json()) as UploadParts;
  await expect(page.getByText('Choose the same file to continue')).toBeHidden();
  await expect(page.getByText(/^Uploading/)).toBeHidden({ timeout: 60_000 });
  // It goes on where it stood: nothing that the server had is sent again.
  const had = bytesOf(there);
  expect(had).toBeGreaterThan(0);
  expect(bytesOf(sent)).toBe(bytes - had);
  for (const one of sent) expect(there.some((run) => run.from < one.to && one.from < run.to)).toBe(false);
  expect(await page.getByRole('article').count()).toBe(before);
  expect(ada.complaints).toEqual([]);
});

test('a text named .mp4 is refused in words with a code, and a deleted video comes back', async () => {
  const { page } = ada;
  ada.allow('the text is refused', [/status of 422 .* \/api\/v1\/uploads\//]);
  const text = path.join(mkdtempSync(path.join(tmpdir(), 'genlock-pages-')), 'letter.mp4');
  writeFileSync(text, 'Dear Ada, this is no film.\n'.repeat(400));
  await page.goto(`${channel}/library`);
  await expect(page.getByRole('button', { name: 'Upload' }).first()).toBeVisible();
  await page.setInputFiles('input[data-upload]', text);
  const card = page.getByRole('article').filter({ has: page.getByRole('heading', { name: 'letter' }) });
  await expect(card.getByText(/Choose an MP4.*\(3002\)$/)).toBeVisible();
  await expect(card).toHaveCount(1);
  await card.getByRole('button', { name: /^Actions for/ }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await expect(card).toHaveCount(0);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(card).toHaveCount(1);
  expect(ada.complaints).toEqual([]);
});

test('a guest sees what a guest may do', async ({ browser }) => {
  const bo = await newPerson(browser);
  await joinAsGuest(bo, invite, 'Bo');
  await bo.page.goto(`${channel}/people`);
  await expect(bo.page.getByRole('listitem').filter({ hasText: 'Ada' }).first()).toBeVisible();
  await expect(bo.page.getByRole('button', { name: 'Invite' })).toHaveCount(0);
  await expect(bo.page.getByRole('combobox')).toHaveCount(0);
  await bo.page.goto(`${channel}/library`);
  await expect(bo.page.getByRole('article').first()).toBeVisible();
  await expect(bo.page.getByRole('button', { name: 'Upload' })).toHaveCount(0);
  expect(bo.complaints).toEqual([]);
  await bo.context.close();
});
