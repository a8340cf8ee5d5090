// The time code of a film as it carries it: a MOV at 29.97 that begins at 01:00:00;00, drop-frame. By the real page, over a
// clip whose frames carry their numbers.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test, type Locator, type Page } from '@playwright/test';
import { barcodeClip, shownFrame } from './support/barcode';
import { command } from './support/commands';
import { Instance } from './support/instance';
import { createChannel, inviteLink, joinAsGuest, newPerson, openTab, press, say, setUp, upload } from './support/people';
import { THEMES, inTheme } from './support/theme';

/** Longest that a busy machine takes to show a frame of a film of a minute. */
const SEEN = { timeout: 120_000 };
/** The first frame of the second minute, whose numbers 00 and 01 are left out. */
const SECOND_MINUTE = 1_800;

/** A film of 1,830 frames. */
function film(folder: string): string {
  const picture = barcodeClip({ kind: 'h264-noaudio', rate: '30000/1001', frames: 1_830, size: '320x180' });
  const output = path.join(folder, 'film.mov');
  execFileSync('ffmpeg', ['-v', 'error', '-i', picture, '-c', 'copy', '-timecode', '01:00:00;00', output]);
  return output;
}

const time = (page: Page): Locator => page.getByTitle('Show time as');

/** Chooses by keys alone how time is shown. */
async function showTimeAs(page: Page, style: 'Time code' | 'Frames' | 'Clock'): Promise<void> {
  await time(page).focus();
  await page.keyboard.press('Enter');
  const item = page.getByRole('menuitemradio', { name: style });
  await expect(item).toBeVisible();
  for (let at = 0; at < 3 && !(await item.evaluate((one) => one === document.activeElement)); at += 1) await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(item).toBeHidden();
}

/** Keeps pictures of the page where somebody asks for them. */
async function keep(page: Page, name: string): Promise<void> {
  const folder = process.env.GENLOCK_SHOTS;
  if (!folder) return;
  for (const theme of THEMES) {
    await inTheme(page, theme);
    await page.screenshot({ path: path.join(folder, `${name}-${theme}.png`) });
  }
}

test('the time code is that of the film, and time is shown as each person likes it', async ({ browser }) => {
  test.setTimeout(600_000);
  const folder = mkdtempSync(path.join(tmpdir(), 'genlock-timecode-'));
  const instance = await Instance.start(['--no-sample']);
  try {
    const ada = await newPerson(browser, 1440, 900);
    const { page } = ada;
    await setUp(ada, instance);
    const channel = await createChannel(ada, 'Dailies');
    await upload(ada, channel, film(folder));
    await expect(page.getByText(/playable now|Ready/).first()).toBeVisible(SEEN);
    await page.goto(channel);
    await page.getByRole('button', { name: 'Choose a video' }).click();
    await page.getByRole('dialog').getByRole('button', { name: /^Play/ }).first().click(SEEN);
    await command(page, channel, { t: 'playback.pause', c: { frame: null } });
    await command(page, channel, { t: 'playback.seek', c: { frame: 0 } });
    await expect(time(page)).toHaveText('01:00:00;00/00:01:01;02', SEEN);

    await test.step('the label and the picture are of one frame, over the numbers that are left out', async () => {
      await command(page, channel, { t: 'playback.seek', c: { frame: SECOND_MINUTE } });
      await expect.poll(() => shownFrame(page), SEEN).toBe(SECOND_MINUTE);
      await expect(time(page)).toHaveText('01:01:00;02/00:01:01;02');
      await press(ada, ',');
      await expect(time(page)).toHaveText('01:00:59;29/00:01:01;02');
      await expect.poll(() => shownFrame(page), SEEN).toBe(SECOND_MINUTE - 1);
    });

    await test.step('a label in the chat jumps there, one of another numbering names no frame', async () => {
      await say(ada, 'Look at 01:01:00;02, not at 01:01:00:02, 01:01:00;00 or 00:00:10;00');
      const pills = page.getByRole('log').getByRole('button', { name: /^Jump to/ });
      await expect(pills).toHaveCount(1);
      await pills.click();
      await expect.poll(() => shownFrame(page), SEEN).toBe(SECOND_MINUTE);
      await page.getByRole('button', { name: 'Attach this frame' }).click();
      await expect(page.getByText('At 01:01:00;02', { exact: true })).toBeVisible();
      await keep(page, 'timecode-1440');
    });

    await test.step('frames or clock, by keys, kept over a reload', async () => {
      await showTimeAs(page, 'Frames');
      await expect(time(page)).toHaveText('1800/1830');
      await expect(page.getByText('At 1800', { exact: true })).toBeVisible();
      await page.reload();
      await expect(time(page)).toHaveText('1800/1830', SEEN);
      await keep(page, 'frames-1440');
      await showTimeAs(page, 'Clock');
      await expect(time(page)).toHaveText('1:00/1:01');
      await time(page).click();
      await expect(page.getByRole('menuitemradio', { name: 'Clock' })).toBeChecked();
      await keep(page, 'clock-menu-1440');
      await page.keyboard.press('Escape');
    });

    await test.step('on a phone', async () => {
      const bo = await newPerson(browser, 390, 844);
      await joinAsGuest(bo, await inviteLink(ada), 'Bo');
      await expect(time(bo.page)).toHaveText('1:00/1:01', SEEN);
      await showTimeAs(bo.page, 'Time code');
      await expect(time(bo.page)).toHaveText('01:01:00;02');
      await openTab(bo.page, 'Chat');
      await keep(bo.page, 'timecode-390');
      await time(bo.page).click();
      await keep(bo.page, 'menu-390');
      await bo.page.keyboard.press('Escape');
      await bo.page.setViewportSize({ width: 320, height: 700 });
      const wider = await bo.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(wider, 'nothing stands out at 320 px').toBeLessThanOrEqual(0);
      await keep(bo.page, 'timecode-320');
      // Ada's choice is hers.
      await expect(time(page)).toHaveText('1:00/1:01');
      expect(bo.complaints).toEqual([]);
      await bo.context.close();
    });

    await page.goto(`${channel}/library`);
    await page.getByRole('button', { name: /^Actions for/ }).first().click();
    await page.getByRole('menuitem', { name: 'Details' }).click();
    await expect(page.getByRole('dialog').getByText('01:00:00;00, drop-frame')).toBeVisible();
    expect(ada.complaints).toEqual([]);
  } finally {
    await instance.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
