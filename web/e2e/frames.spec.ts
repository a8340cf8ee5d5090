// Frame n asked for is frame n shown, read from pixels, on every rendition, at chunk seams and anywhere else.

import { expect, test } from '@playwright/test';
import { barcodeClip, shownFrame } from './support/barcode';
import { command } from './support/commands';
import { Instance } from './support/instance';
import { createChannel, newPerson, setUp, upload } from './support/people';

const long = process.env.GENLOCK_LONG === '1';
const frames = 310;

/** Frames to ask for: the ends, both sides of the first segment and chunk seams, and some by a seeded generator. */
function wanted(segment: number, seed: number): number[] {
  const chosen = [0, 1, segment - 1, segment, 3 * segment - 1, 3 * segment, frames - 1];
  let state = seed;
  for (let count = 0; count < (long ? 60 : 6); count += 1) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    chosen.push(state % frames);
  }
  return chosen;
}

for (const [rate, segment] of [['25', 50], ['24000/1001', 48]] as const) {
  test(`every frame asked for is the frame shown, ${rate} frames per second`, async ({ browser }) => {
    test.setTimeout(long ? 900_000 : 240_000);
    const seed = Number(process.env.GENLOCK_SEED ?? Date.now() % 100_000);
    test.info().annotations.push({ type: 'seed', description: String(seed) });
    const instance = await Instance.start(['--no-sample']);
    try {
      const ada = await newPerson(browser);
      await setUp(ada, instance);
      const channel = await createChannel(ada, 'Frames');
      await upload(ada, channel, barcodeClip({ kind: 'h264-default', rate, frames, size: '1920x1080' }));
      await expect(ada.page.getByText(/^Ready/).first()).toBeVisible({ timeout: 180_000 });
      await ada.page.goto(channel);
      await ada.page.getByRole('button', { name: 'Choose a video' }).click();
      await ada.page.getByRole('dialog').getByRole('button', { name: /^Play/ }).first().click();
      await ada.page.getByRole('button', { name: 'Pause' }).click();
      for (const rendition of ['1080p', '720p', '480p', '360p']) {
        await ada.page.getByRole('button', { name: /Quality/ }).click();
        await ada.page.getByRole('menuitemradio', { name: new RegExp(`^${rendition}`) }).click();
        for (const frame of wanted(segment, seed)) {
          await command(ada.page, channel, { t: 'playback.seek', c: { frame } });
          await expect
            .poll(async () => await shownFrame(ada.page), { message: `seed ${String(seed)}, ${rendition}, frame ${String(frame)}`, timeout: 15_000 })
            .toBe(frame);
        }
        const height = await ada.page.evaluate(() => document.querySelector('video')?.videoHeight);
        expect(`${String(height)}p`).toBe(rendition);
      }
    } finally {
      await instance.stop();
    }
  });
}
