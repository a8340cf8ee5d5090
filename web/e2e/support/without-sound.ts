// A page whose films have no sound: the audio group is taken out of the master playlist on its way.

import type { Page } from '@playwright/test';

/** Takes the sound out of what a page plays. */
export async function withoutAudioTrack(page: Page): Promise<void> {
  await page.route('**/master.m3u8', async (route) => {
    const response = await route.fetch();
    const text = (await response.text())
      .split('\n')
      .filter((line) => !line.startsWith('#EXT-X-MEDIA:TYPE=AUDIO'))
      .map((line) => line.replace(/,AUDIO="[^"]*"/, '').replace(/,mp4a\.[0-9.]+/, ''))
      .join('\n');
    await route.fulfill({ response, body: text });
  });
}
