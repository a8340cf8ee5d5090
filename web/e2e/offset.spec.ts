// My own offset: a person with late headphones runs ahead of the others by as much, and still counts as locked.

import { expect, test, type Page } from '@playwright/test';
import { barcodeClip } from './support/barcode';
import { Instance } from './support/instance';
import { createChannel, newPerson, setUp, syncBadge, upload } from './support/people';
import { THEMES, inTheme } from './support/theme';

/** The film in the test is always played from its start at speed 1, so two readings tell how far ahead the player aims. */
const aheadMs = (page: Page): Promise<number> => page.evaluate(() => {
  const { serverUs, wanted } = window.__genlock!.sync!.probe();
  const begun = (window as unknown as { begunUs?: number }).begunUs;
  const startUs = serverUs! - wanted!.position_s * 1e6;
  if (begun === undefined) (window as unknown as { begunUs: number }).begunUs = startUs;
  return ((begun ?? startUs) - startUs) / 1_000;
});

test('the own offset is set by keys, held, and kept over a reload', async ({ browser }) => {
  test.setTimeout(180_000);
  const instance = await Instance.start(['--no-sample']);
  try {
    const ada = await newPerson(browser);
    const { page } = ada;
    await setUp(ada, instance);
    const channel = await createChannel(ada, 'Late headphones');
    await upload(ada, channel, barcodeClip({ kind: 'h264-default', rate: '25', frames: 3_000, size: '320x180' }));
    await expect(page.getByText(/playable now|Ready/).first()).toBeVisible({ timeout: 60_000 });
    await page.goto(channel);
    await page.getByRole('button', { name: 'Choose a video' }).click();
    await page.getByRole('dialog').getByRole('button', { name: /^Play/ }).first().click();
    await expect(syncBadge(page)).toHaveText(/^Locked/, { timeout: 20_000 });
    await aheadMs(page);

    await syncBadge(page).click();
    const slider = page.getByRole('slider', { name: 'My own offset' });
    await slider.focus();
    for (let press = 0; press < 8; press += 1) await page.keyboard.press('ArrowRight');
    await expect(slider).toHaveAttribute('aria-valuetext', '40 ms ahead');
    // The page's own clock moves by less than this meanwhile.
    await expect.poll(() => aheadMs(page)).toBeGreaterThan(35);
    expect(await aheadMs(page)).toBeLessThan(45);
    await expect(syncBadge(page)).toHaveText(/^Locked/, { timeout: 20_000 });
    for (const theme of THEMES) {
      await inTheme(page, theme);
      for (const [width, height] of [[1440, 900], [390, 844]] as const) {
        await page.setViewportSize({ width, height });
        if (!(await slider.isVisible())) await syncBadge(page).click();
        await expect(slider).toBeVisible();
        await page.screenshot({ path: test.info().outputPath(`offset-${String(width)}-${theme}.png`) });
      }
    }

    await page.setViewportSize({ width: 1280, height: 800 });
    await page.reload();
    await expect(syncBadge(page)).toHaveText(/^Locked/, { timeout: 20_000 });
    await syncBadge(page).click();
    await expect(slider).toHaveAttribute('aria-valuetext', '40 ms ahead');
    await page.getByRole('button', { name: 'No offset' }).click();
    await expect(slider).toHaveAttribute('aria-valuetext', 'none');
    expect(ada.complaints).toEqual([]);
  } finally {
    await instance.stop();
  }
});
