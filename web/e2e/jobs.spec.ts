// The page of jobs: who runs the instance sees what is in work, waits and has failed, stops and tries again; others do
// not; readable by everybody at every width.

import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '@playwright/test';
import { barcodeClip } from './support/barcode';
import { Instance } from './support/instance';
import { createChannel, inviteLink, joinAsGuest, newPerson, setUp, upload } from './support/people';

test('jobs are listed by state, stopped, tried again, and shown to nobody else', async ({ browser }) => {
  test.setTimeout(240_000);
  // No worker: what is uploaded waits, for as long as the test looks at it.
  const instance = await Instance.start(['--no-worker']);
  try {
    const ada = await newPerson(browser);
    await setUp(ada, instance);
    const channel = await createChannel(ada, 'Films');
    const invite = await inviteLink(ada);
    const { page } = ada;

    // By the menu of the person, by keyboard.
    await page.getByRole('button', { name: 'Menu of Ada' }).press('Enter');
    await page.getByRole('menuitem', { name: 'Jobs' }).press('Enter');
    await page.waitForURL(/\/jobs$/);
    await expect(page.getByRole('heading', { name: 'Nothing is in work' })).toBeVisible();

    await page.goto(channel);
    await upload(ada, channel, barcodeClip({ kind: 'h264-default', rate: '25', frames: 100, size: '320x180' }));
    await expect(page.getByText('Checking').first()).toBeVisible({ timeout: 30_000 });
    await page.goto(`${instance.base}/jobs`);
    await page.getByRole('tab', { name: /^Waiting/ }).click();
    await page.waitForURL(/state=waiting/);
    const row = page.getByRole('listitem').filter({ hasText: 'Reading the file' });
    await expect(row).toBeVisible();
    for (const theme of ['dark', 'light']) {
      for (const width of [1440, 390, 320]) {
        await page.setViewportSize({ width, height: 844 });
        await page.evaluate((wish) => { localStorage.setItem('genlock.theme', wish); }, theme);
        await page.reload();
        await expect(row).toBeVisible();
        expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
        const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']).analyze();
        expect(violations.flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.target.join(' ')}`))).toEqual([]);
        if (process.env.GENLOCK_SCREENSHOTS) {
          await page.screenshot({ path: path.join(process.env.GENLOCK_SCREENSHOTS, `jobs-${theme}-${width}.png`) });
        }
      }
    }
    await page.setViewportSize({ width: 1280, height: 800 });

    // Stopped, with a step that confirms.
    await row.getByRole('button', { name: /^Stop preparing/ }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Stop preparing' }).click();
    await expect(row).toBeHidden();
    await page.getByRole('tab', { name: /^Cancelled/ }).click();
    await expect(page.getByRole('listitem').filter({ hasText: 'Reading the file' })).toBeVisible();

    // A token for a worker elsewhere: told once, withdrawn again.
    await page.getByRole('button', { name: 'New token' }).click();
    await expect(page.getByRole('dialog').getByText(/GENLOCK_TOKEN=\S{43} genlock work --server/)).toBeVisible();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Withdraw the token Worker' }).click();
    await expect(page.getByRole('button', { name: 'Withdraw the token Worker' })).toBeHidden();
    expect(ada.complaints).toEqual([]);

    // Others neither see the way nor the page.
    const bo = await newPerson(browser);
    await joinAsGuest(bo, invite, 'Bo');
    await bo.page.getByRole('button', { name: 'Menu of Bo' }).click();
    await expect(bo.page.getByRole('menuitem', { name: 'Account' })).toBeVisible();
    await expect(bo.page.getByRole('menuitem', { name: 'Jobs' })).toHaveCount(0);
    await bo.page.goto(`${instance.base}/jobs`);
    await expect(bo.page.getByText(/\(1003\)/)).toBeVisible();
  } finally {
    await instance.stop();
  }
});

test('a failed job says why and is tried again', async ({ browser }) => {
  test.setTimeout(120_000);
  const instance = await Instance.start(['--no-sample']);
  try {
    const ada = await newPerson(browser);
    await setUp(ada, instance);
    const channel = await createChannel(ada, 'Films');
    const file = path.join(mkdtempSync(path.join(tmpdir(), 'genlock-jobs-')), 'letter.mp4');
    writeFileSync(file, 'This is a letter, not a film.\n'.repeat(100));
    await upload(ada, channel, file);
    const { page } = ada;
    await expect(page.getByText(/\(3002\)/).first()).toBeVisible({ timeout: 30_000 });
    await page.goto(`${instance.base}/jobs?state=dead`);
    const row = page.getByRole('listitem').filter({ hasText: 'letter' });
    await expect(row.getByText(/\(3002\)/)).toBeVisible({ timeout: 30_000 });
    if (process.env.GENLOCK_SCREENSHOTS) {
      for (const [theme, width] of [['dark', 1440], ['light', 390]] as const) {
        await page.setViewportSize({ width, height: 844 });
        await page.evaluate((wish) => { localStorage.setItem('genlock.theme', wish); }, theme);
        await page.reload();
        await expect(row.getByText(/\(3002\)/)).toBeVisible();
        await page.screenshot({ path: path.join(process.env.GENLOCK_SCREENSHOTS, `dead-${theme}-${width}.png`) });
      }
    }
    // It is the same letter: it comes back with the same words.
    const again = page.waitForResponse((response) => response.url().endsWith('/retry'));
    await row.getByRole('button', { name: 'Try again' }).click();
    expect((await again).status()).toBe(204);
    await expect(row.getByText(/\(3002\)/)).toBeVisible({ timeout: 30_000 });
    expect(ada.complaints).toEqual([]);
  } finally {
    await instance.stop();
  }
});
