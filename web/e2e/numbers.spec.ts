// Live numbers: how close players are, for whoever runs the instance, on the page and for programs.

import { expect, test } from '@playwright/test';
import { barcodeClip } from './support/barcode';
import { Instance } from './support/instance';
import { createChannel, inviteLink, joinAsGuest, newPerson, setUp, syncBadge, upload } from './support/people';
import { THEMES, inTheme } from './support/theme';

test('who runs the instance sees how close players are; others do not', async ({ browser }) => {
  test.setTimeout(180_000);
  const instance = await Instance.start(['--no-sample']);
  try {
    const ada = await newPerson(browser);
    const { page } = ada;
    await setUp(ada, instance);
    await page.getByRole('button', { name: /^Menu of/ }).click();
    await page.getByRole('menuitem', { name: 'Live numbers' }).click();
    await expect(page.getByRole('heading', { name: 'Nobody has watched in the last minutes' })).toBeVisible();
    await page.goto(instance.base);
    const channel = await createChannel(ada, 'Numbers');
    await upload(ada, channel, barcodeClip({ kind: 'h264-default', rate: '25', frames: 1500, size: '640x360' }));
    await expect(page.getByText(/playable now|Ready/).first()).toBeVisible({ timeout: 60_000 });
    await page.goto(channel);
    await page.getByRole('button', { name: 'Choose a video' }).click();
    await page.getByRole('dialog').getByRole('button', { name: /^Play/ }).first().click();
    await expect(syncBadge(page)).toHaveText(/^Locked/, { timeout: 20_000 });

    const numbers = await ada.context.newPage();
    await numbers.goto(new URL('/numbers', instance.base).href);
    await expect(numbers.getByRole('region', { name: 'Distance from the timeline' })).toBeVisible({ timeout: 20_000 });
    await expect(numbers.getByRole('region', { name: 'How players were' }).getByText('Locked')).toBeVisible();
    await expect(numbers.getByText('Connections').locator('xpath=following-sibling::dd')).toHaveText('1');

    // Programs read the same, with a token of their own.
    expect((await fetch(new URL('/metrics', instance.base))).status).toBe(401);
    await numbers.getByRole('button', { name: 'New token' }).click();
    const command = (await numbers.getByRole('dialog').locator('code').textContent())!;
    await numbers.keyboard.press('Escape');
    const secret = /Bearer (\S+)'/.exec(command)![1]!;
    const answer = await fetch(new URL('/metrics', instance.base), { headers: { authorization: `Bearer ${secret}` } });
    const text = await answer.text();
    expect(Number(/^genlock_sync_error_seconds_count (\d+)$/m.exec(text)![1])).toBeGreaterThan(0);
    expect(text).toContain('genlock_sync_reports_total{status="locked"}');
    expect(text).toContain('genlock_connections 1');

    for (const theme of THEMES) {
      await inTheme(numbers, theme);
      for (const [width, height] of [[1440, 900], [390, 844]] as const) {
        await numbers.setViewportSize({ width, height });
        expect(await numbers.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
        await numbers.screenshot({ path: test.info().outputPath(`numbers-${String(width)}-${theme}.png`), fullPage: true });
      }
    }

    // A guest finds it neither in the menu nor at its address.
    await page.goto(channel);
    const guest = await newPerson(browser);
    guest.allow('a guest may not see the numbers', [/status of 403 .*\/numbers/]);
    await joinAsGuest(guest, await inviteLink(ada), 'Bo');
    await guest.page.getByRole('button', { name: /^Menu of/ }).click();
    await expect(guest.page.getByRole('menuitem', { name: 'Account' })).toBeVisible();
    await expect(guest.page.getByRole('menuitem', { name: 'Live numbers' })).toHaveCount(0);
    await guest.page.goto(new URL('/numbers', instance.base).href);
    await expect(guest.page.getByRole('alert')).toBeVisible();
    expect(ada.complaints).toEqual([]);
  } finally {
    await instance.stop();
  }
});
