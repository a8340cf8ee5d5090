// The local network: plain HTTP on a host name that is not loopback, where browsers take half their functions away.

import { chromium, expect, test } from '@playwright/test';
import { barcodeClip } from './support/barcode';
import { Instance } from './support/instance';
import { createChannel, inviteLink, joinAsGuest, newPerson, say, setUp, syncBadge, upload } from './support/people';

test('in LAN mode everything works without TLS, and the page says that it is not private', async () => {
  test.setTimeout(180_000);
  const instance = await Instance.start(['--lan', '--no-sample', '--hosts', 'genlock.test']);
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--autoplay-policy=no-user-gesture-required', '--host-resolver-rules=MAP genlock.test 127.0.0.1'],
  });
  try {
    const port = new URL(instance.base).port;
    instance.setupLink = instance.setupLink.replace(/^http:\/\/[^/]+/, `http://genlock.test:${port}`);
    const ada = await newPerson(browser);
    await setUp(ada, instance);
    expect(await ada.page.evaluate(() => [window.isSecureContext, typeof crypto.randomUUID])).toEqual([false, 'undefined']);
    await expect(ada.page.getByText(/Not private|plain HTTP/).first()).toBeVisible();
    const cookies = await ada.context.cookies();
    expect(cookies.map((cookie) => [cookie.name, cookie.httpOnly, cookie.sameSite])).toEqual([['genlock_lan', true, 'Lax']]);
    const channel = await createChannel(ada, 'Living room');
    await upload(ada, channel, barcodeClip({ kind: 'h264-default', rate: '25', frames: 250, size: '320x180' }));
    await expect(ada.page.getByText(/^Ready/).first()).toBeVisible({ timeout: 60_000 });
    await ada.page.goto(channel);
    await ada.page.getByRole('button', { name: 'Choose a video' }).click();
    await ada.page.getByRole('dialog').getByRole('button', { name: /^Play/ }).first().click();
    const bo = await newPerson(browser);
    await joinAsGuest(bo, await inviteLink(ada), 'Bo');
    await expect(syncBadge(bo.page)).toHaveText(/^(Locked|Paused)/, { timeout: 20_000 });
    await say(bo, 'hello from the sofa');
    await expect(ada.page.getByText('hello from the sofa')).toBeVisible();
    expect([...ada.complaints, ...bo.complaints]).toEqual([]);
  } finally {
    await browser.close();
    await instance.stop();
  }
});
