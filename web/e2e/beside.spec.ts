// What a film brings beside its picture: chapters, captions, sound tracks; and what is made of it: waveform, a poster
// of choice. By the real page, over a clip whose frames carry their numbers.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import { barcodeClip, shownFrame } from './support/barcode';
import { command } from './support/commands';
import { Instance } from './support/instance';
import { createChannel, inviteLink, joinAsGuest, newPerson, press, setUp, syncBadge, upload } from './support/people';

const srt = (word: string): string => `1\n00:00:01,000 --> 00:00:03,000\n${word} <i>there</i>\n\n2\n00:00:08,000 --> 00:00:09,000\n${word} again\n`;
const chapters = ';FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=6000\ntitle=Opening\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=6000\nEND=9200\ntitle=The rest\n';

/** Longest that a busy machine takes to prepare a film of nine seconds to its end. */
const PREPARED_MS = 400_000;

/** Longest that a frame takes to be on the screen of a busy machine. */
const SEEN = { timeout: 120_000 };

/** A film with chapters, two sound tracks and subtitles in two languages. */
function film(folder: string): string {
  const picture = barcodeClip({ kind: 'h264-default', rate: '25', frames: 230, size: '426x240' });
  const file = (name: string, text: string): string => {
    const at = path.join(folder, name);
    writeFileSync(at, text);
    return at;
  };
  const output = path.join(folder, 'film.mp4');
  if (!existsSync(output)) {
    execFileSync('ffmpeg', [
      '-v', 'error', '-i', picture, '-f', 'lavfi', '-i', 'sine=frequency=880:sample_rate=48000:duration=9.2', '-i', file('en.srt', srt('Hello')),
      '-i', file('de.srt', srt('Hallo')), '-i', file('marks.txt', chapters), '-map', '0:v', '-map', '0:a', '-map', '1:a', '-map', '2:s', '-map', '3:s',
      '-map_metadata', '4', '-map_chapters', '4', '-c:v', 'copy', '-c:a', 'aac', '-c:s', 'mov_text', '-metadata:s:a:0', 'language=eng',
      '-metadata:s:a:1', 'language=ger', '-metadata:s:s:0', 'language=eng', '-metadata:s:s:1', 'language=ger', output,
    ]);
  }
  return output;
}

/** Opens a menu of the transport and chooses. */
async function choose(page: Page, menu: string, item: string | RegExp): Promise<void> {
  await page.getByRole('button', { name: menu, exact: true }).click();
  await page.getByRole('menu').getByRole('menuitem', { name: item }).or(page.getByRole('menuitemradio', { name: item })).first().click();
  await page.keyboard.press('Escape');
}

/** Keeps a picture of the page where somebody asks for it. */
async function keep(page: Page, name: string): Promise<void> {
  const folder = process.env.GENLOCK_SHOTS;
  if (folder) await page.screenshot({ path: path.join(folder, `${name}.png`) });
}

test('chapters, captions, sound tracks, waveform and a poster of choice', async ({ browser }) => {
  test.setTimeout(1_500_000);
  const folder = mkdtempSync(path.join(tmpdir(), 'genlock-beside-'));
  const instance = await Instance.start(['--no-sample']);
  try {
    const ada = await newPerson(browser, 1440, 900);
    const { page } = ada;
    await setUp(ada, instance);
    const channel = await createChannel(ada, 'Beside');
    await upload(ada, channel, film(folder));
    await expect(page.getByText(/playable now|Ready/).first()).toBeVisible({ timeout: 120_000 });
    await page.goto(channel);
    await page.getByRole('button', { name: 'Choose a video' }).click();
    await page.getByRole('dialog').getByRole('button', { name: /^Play/ }).first().click();
    await page.getByRole('button', { name: 'Pause' }).click();

    // Chapters: a gap on the rail, the name under the pointer, keys and menu.
    await expect(page.locator('[data-chapter]')).toHaveCount(1);
    await command(page, channel, { t: 'playback.seek', c: { frame: 20 } });
    await expect.poll(async () => await shownFrame(page), SEEN).toBe(20);
    await press(ada, ']');
    await expect.poll(async () => await shownFrame(page), SEEN).toBe(150);
    await choose(page, 'Chapters', /Opening/);
    await expect.poll(async () => await shownFrame(page), SEEN).toBe(0);
    const rail = page.getByRole('slider', { name: 'Position' });
    const box = (await rail.boundingBox())!;
    // The menu may still be closing: the pointer arrives once it is gone.
    await rail.hover({ position: { x: box.width * 0.75, y: box.height / 2 } });
    await expect(page.getByText('The rest')).toBeVisible();

    // Captions follow the frame: the first lies on frames 25 to 74.
    await expect(page.getByRole('button', { name: 'Captions', exact: true })).toBeVisible();
    await choose(page, 'Captions', 'German');
    for (const [frame, words] of [[24, null], [25, 'Hallo there'], [74, 'Hallo there'], [75, null], [210, 'Hallo again']] as const) {
      await command(page, channel, { t: 'playback.seek', c: { frame } });
      await expect.poll(async () => await shownFrame(page), SEEN).toBe(frame);
      if (words === null) await expect(page.locator('[data-captions] p')).toHaveCount(0);
      else await expect(page.locator('[data-captions] p')).toHaveText(words);
    }
    await page.mouse.move(10, 10);
    await keep(page, 'captions-dark');

    // Captions of one's own: a wrong file names its line, a right one is there at once and harmless.
    const wrong = path.join(folder, 'wrong.srt');
    writeFileSync(wrong, '1\n00:00:02,000 --> 00:00:01,000\nback\n');
    const right = path.join(folder, 'Film.fr.srt');
    writeFileSync(right, srt('<script>document.title="broken"</script>Bonjour'));
    await page.getByRole('button', { name: 'Captions', exact: true }).click();
    await page.getByRole('menuitem', { name: 'Add captions' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('File').setInputFiles(wrong);
    await dialog.getByRole('button', { name: 'Add captions' }).click();
    await expect(dialog.getByRole('alert')).toContainText('Line 2: it ends before it begins');
    await keep(page, 'caption-dialog');
    await dialog.getByLabel('File').setInputFiles(right);
    await expect(dialog.getByLabel('Language')).toHaveValue('fr');
    await dialog.getByRole('button', { name: 'Add captions' }).click();
    await expect(dialog).toBeHidden();
    await choose(page, 'Captions', 'French');
    await expect(page.locator('[data-captions] p')).toHaveText('document.title="broken"Bonjour again');

    // The other sound track is mine alone; the frame stays.
    const second = page.waitForResponse((response) => response.url().includes('/audio-1/') && response.ok());
    await choose(page, 'Audio track', 'German');
    await second;
    await page.getByRole('button', { name: 'Play', exact: true }).click();
    await expect(syncBadge(page)).toHaveText(/^Locked/, { timeout: 20_000 });
    const bo = await newPerson(browser);
    await joinAsGuest(bo, await inviteLink(ada), 'Bo');
    await page.getByRole('button', { name: /^(Pause|Play)$/ }).first().waitFor();
    await bo.page.getByRole('button', { name: 'Audio track' }).click(SEEN);
    await expect(bo.page.getByRole('menuitemradio', { name: 'English' })).toBeChecked();
    await bo.page.keyboard.press('Escape');
    if (await page.getByRole('button', { name: 'Pause' }).isVisible()) await page.getByRole('button', { name: 'Pause' }).click();

    // Sound: the waveform comes with the last of it, the loudness when all is done; both can be switched off.
    await expect(page.locator('[data-waveform="shown"]')).toBeVisible({ timeout: PREPARED_MS });
    await page.mouse.move(box.x + box.width * 0.75, box.y + box.height / 2);
    await keep(page, 'beside-dark');
    await choose(page, 'Audio track', /Sound|English/); // the louder of the two
    await page.getByRole('button', { name: 'More controls' }).click();
    await expect(page.getByRole('menuitemcheckbox', { name: 'Even loudness' })).toBeChecked();
    const volume = async (): Promise<number> => await page.evaluate(() => document.querySelector('video')!.volume);
    await expect.poll(volume, { timeout: PREPARED_MS }).toBeLessThan(1);
    await page.getByRole('menuitemcheckbox', { name: 'Even loudness' }).click();
    expect(await volume()).toBe(1);
    await page.getByRole('menuitemcheckbox', { name: 'Show waveform' }).click();
    await expect(page.locator('[data-waveform]')).toHaveCount(0);
    await keep(page, 'more-menu');
    await page.getByRole('menuitemcheckbox', { name: 'Show waveform' }).click();

    // The frame that I see becomes the poster, also on the library's card.
    await page.keyboard.press('Escape');
    await command(page, channel, { t: 'playback.seek', c: { frame: 123 } });
    await expect.poll(async () => await shownFrame(page), SEEN).toBe(123);
    await choose(page, 'More controls', 'Use this frame as the poster');
    await expect(page.getByText('This frame is the poster now.').first()).toBeVisible({ timeout: 60_000 });
    await page.goto(`${channel}/library`);
    await expect(page.locator('img[src*="&frame=123"]')).toBeVisible();
    await page.getByRole('button', { name: /^Actions for/ }).click();
    await page.getByRole('menuitem', { name: 'Details' }).click();
    await page.getByRole('button', { name: 'Remove French' }).click();
    await expect(page.getByText('French are removed.').first()).toBeVisible();
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect(page.getByRole('dialog').getByText('French')).toBeVisible();
    await keep(page, 'details-dark');
    await page.emulateMedia({ colorScheme: 'light' });
    await page.evaluate(() => { localStorage.setItem('genlock.theme', 'light'); });
    await page.goto(channel);
    await expect(page.locator('[data-waveform="shown"]')).toBeVisible();
    await keep(page, 'beside-light');
    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByRole('button', { name: 'More controls' }).click();
    await keep(page, 'phone-light');
    // The wrong file's refusal was asked for; the browser tells it too.
    const refused = /status of 422 .*\/captions$/;
    for (const person of [ada, bo]) expect(person.complaints.filter((words) => !refused.test(words))).toEqual([]);
  } finally {
    await instance.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
