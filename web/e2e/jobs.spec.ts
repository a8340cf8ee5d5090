// The work behind the videos, as whoever runs the instance sees it: what is in work, what failed and why, what can be
// done about it, and the tokens of workers elsewhere.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import { barcodeClip } from './support/barcode';
import { Instance } from './support/instance';
import { createChannel, inviteLink, joinAsGuest, newPerson, setUp, upload } from './support/people';

/** Keeps a picture of the page where somebody asks for it. */
async function keep(page: Page, name: string): Promise<void> {
  const folder = process.env.GENLOCK_SHOTS;
  if (folder) await page.screenshot({ path: path.join(folder, `${name}.png`) });
}

test('jobs are followed, stopped and tried again, and a token for a worker is told once', async ({ browser }) => {
  test.setTimeout(240_000);
  const folder = mkdtempSync(path.join(tmpdir(), 'genlock-jobs-'));
  const instance = await Instance.start(['--no-sample']);
  try {
    const ada = await newPerson(browser, 1440, 900);
    const { page } = ada;
    await setUp(ada, instance);
    const channel = await createChannel(ada, 'Work');

    // Nothing yet, by the menu.
    await page.getByRole('button', { name: /^Menu of/ }).click();
    await page.getByRole('menuitem', { name: 'Jobs' }).click();
    await expect(page).toHaveTitle(/^Jobs/);
    await expect(page.getByText('Nothing is in work')).toBeVisible();

    // A film that takes a while: its parts are seen in work; stopping them asks first.
    await upload(ada, channel, barcodeClip({ kind: 'mpeg2-ts', rate: '25', frames: 3_000, size: '1920x1080' }));
    await expect(page.getByText(/playable now/).first()).toBeVisible({ timeout: 120_000 });
    await page.goto(`${instance.base}/jobs`);
    const rows = page.getByRole('list', { name: 'Jobs' }).getByRole('listitem');
    await expect(rows.filter({ hasText: /Picture, part \d+/ }).filter({ hasText: 'In work' }).first()).toBeVisible();
    await expect(page.getByRole('progressbar').first()).toBeVisible();
    await keep(page, 'jobs-dark');
    await page.getByRole('button', { name: /^Stop preparing/ }).first().click();
    await page.getByRole('dialog').or(page.getByRole('alertdialog')).getByRole('button', { name: 'Stop preparing' }).click();
    await expect(page.getByText('Nothing is in work')).toBeVisible({ timeout: 20_000 });
    await page.getByRole('tab', { name: /^Cancelled/ }).click();
    await expect(rows.filter({ hasText: 'Cancelled' }).first()).toBeVisible();

    // What breaks off in the middle fails with its reason, and can be tried once more.
    const broken = path.join(folder, 'broken.mp4');
    writeFileSync(broken, readFileSync(barcodeClip({ kind: 'h264-default', rate: '25', frames: 100, size: '320x180' })).subarray(0, 20_000));
    await upload(ada, channel, broken);
    await expect(page.getByText(/\(300\d\)/).first()).toBeVisible({ timeout: 30_000 });
    await page.goto(`${instance.base}/jobs?state=dead`);
    const failed = rows.filter({ hasText: 'broken' });
    await expect(failed).toContainText(/300\d/);
    await keep(page, 'jobs-failed-dark');
    const retried = page.waitForResponse((response) => response.request().method() === 'POST' && response.url().endsWith('/retry'));
    await failed.getByRole('button', { name: 'Try again' }).click();
    expect((await retried).status()).toBe(204);
    // It is no better the second time: it comes back to this list.
    await expect(failed).toContainText(/300\d/, { timeout: 30_000 });

    // A token is shown once and can be withdrawn.
    await page.getByRole('button', { name: 'New token' }).click();
    await expect(page.getByRole('dialog').getByText(/GENLOCK_TOKEN=\S{43} genlock work --server http/)).toBeVisible();
    await keep(page, 'token-dark');
    await page.keyboard.press('Escape');
    await expect(page.getByText(/GENLOCK_TOKEN=/)).toHaveCount(0);
    await page.getByRole('button', { name: 'Withdraw the token Worker' }).click();
    await expect(page.getByText('The token is withdrawn.').first()).toBeVisible();
    await expect(page.getByRole('button', { name: 'Withdraw the token Worker' })).toHaveCount(0);
    await page.evaluate(() => { localStorage.setItem('genlock.theme', 'light'); });
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto(`${instance.base}/jobs?state=all`);
    await expect(rows.first()).toBeVisible();
    await keep(page, 'jobs-phone-light');

    // A guest is told that this is not for them.
    const bo = await newPerson(browser);
    await page.goto(channel);
    await joinAsGuest(bo, await inviteLink(ada), 'Bo');
    bo.allow('a guest may not see the jobs', [/status of 403 .*\/jobs/]);
    await bo.page.goto(`${instance.base}/jobs`);
    await expect(bo.page.getByText(/may not|not allowed|owner/i).first()).toBeVisible();
    await keep(bo.page, 'jobs-guest');
    for (const { complaints } of [ada, bo]) expect(complaints).toEqual([]);
  } finally {
    await instance.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
