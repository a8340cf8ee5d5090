// Sound taken off and on: whoever hears nothing loads none of it, and everybody stays on the timeline.

import { expect, test, type Page } from '@playwright/test';
import { barcodeClip } from './support/barcode';
import { Instance } from './support/instance';
import { createChannel, newPerson, setUp, syncBadge, upload } from './support/people';

const kind = (page: Page): Promise<string | null> => page.evaluate(() => window.__genlock!.sync!.probe().kind);

test('muted by hand, kept over a reload, taken on again: locked all the way, nothing loaded that nobody hears', async ({ browser }) => {
  test.setTimeout(180_000);
  const instance = await Instance.start(['--no-sample']);
  try {
    const ada = await newPerson(browser);
    const { page } = ada;
    await setUp(ada, instance);
    const channel = await createChannel(ada, 'Quiet please');
    await upload(ada, channel, barcodeClip({ kind: 'h264-default', rate: '25', frames: 1500, size: '640x360' }));
    await expect(page.getByText(/playable now|Ready/).first()).toBeVisible({ timeout: 60_000 });
    await page.goto(channel);
    await page.getByRole('button', { name: 'Choose a video' }).click();
    await page.getByRole('dialog').getByRole('button', { name: /^Play/ }).first().click();
    await expect(syncBadge(page)).toHaveText(/^Locked/, { timeout: 20_000 });
    expect(await kind(page)).toBe('audio');

    // By hand: silent at once, the sound card's clock goes on.
    await page.getByRole('button', { name: 'Mute' }).click();
    await expect(page.getByRole('button', { name: 'Unmute' })).toBeVisible();
    expect(await page.locator('video').evaluate((video: HTMLVideoElement) => video.muted || video.volume < 0.001)).toBe(true);
    expect(await kind(page)).toBe('audio');
    await expect(syncBadge(page)).toHaveText(/^Locked/);

    // Kept over a reload: nothing of the sound is loaded.
    const heard: string[] = [];
    // From the new page on: the old one may still be asking.
    page.once('framenavigated', () => {
      page.on('request', (request) => { if (request.url().includes('/audio/')) heard.push(request.url()); });
    });
    await page.reload();
    await expect(syncBadge(page)).toHaveText(/^Locked/, { timeout: 20_000 });
    await expect(page.getByRole('button', { name: 'Unmute' })).toBeVisible();
    expect(await kind(page)).toBe('silent');
    expect(heard).toEqual([]);

    // On again: the sound is loaded, the picture does not go black meanwhile.
    const black = page.evaluate(() => new Promise<number>((resolve) => {
      const video = document.querySelector('video')!;
      let seen = 0;
      const look = () => {
        if (video.readyState < 2 && video.poster === '') seen += 1;
        if (window.__genlock!.sync!.probe().kind === 'audio' && video.readyState >= 2) resolve(seen);
        else requestAnimationFrame(look);
      };
      look();
    }));
    await page.getByRole('button', { name: 'Unmute' }).click();
    expect(await black).toBe(0);
    await expect.poll(() => heard.length).toBeGreaterThan(0);
    await expect(page.getByRole('button', { name: 'Mute' })).toBeVisible();
    await expect(syncBadge(page)).toHaveText(/^Locked/, { timeout: 20_000 });
    expect(await page.locator('video').evaluate((video: HTMLVideoElement) => !video.muted && video.volume > 0.4)).toBe(true);
    expect(ada.complaints).toEqual([]);
  } finally {
    await instance.stop();
  }
});
