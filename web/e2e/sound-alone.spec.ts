// A podcast: an MP3 is uploaded, its waveform is what is seen, and two browsers are at the same place of it.

import { execFileSync } from 'node:child_process';
import { expect, test, type Page } from '@playwright/test';
import { command } from './support/commands';
import { Instance } from './support/instance';
import { untilOnFrame } from './support/on-frame';
import { createChannel, inviteLink, joinAsGuest, newPerson, setUp, syncBadge, upload } from './support/people';
import { THEMES, inTheme } from './support/theme';

const SECONDS = 40;

/** Words with pauses between them, as far as sines can speak; under a cover if one is asked for. */
function podcast(file: string, cover: string | null): string {
  const voice = `(0.3*sin(2*PI*(140+30*sin(2*PI*0.7*t))*t)+0.15*random(0))*pow(abs(sin(2*PI*2.1*t)*sin(2*PI*0.31*t)),2)`;
  const words = ['-v', 'error', '-y', '-f', 'lavfi', '-i', `aevalsrc='${voice}':s=44100:d=${SECONDS}`];
  if (cover !== null) {
    execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', 'gradients=s=600x600:c0=0x27406b:c1=0xd98b4b:x0=0:y0=0:x1=600:y1=600', '-frames:v', '1', cover]);
    words.push('-i', cover, '-map', '0', '-map', '1', '-c:v', 'copy', '-disposition:v', 'attached_pic');
  }
  execFileSync('ffmpeg', [...words, '-c:a', 'libmp3lame', '-b:a', '96k', file]);
  return file;
}

/** Several portions of an upload, so that the server looks for its index before it is whole. */
function album(file: string): string {
  const noise = "0.4*(random(0)-0.5)|0.4*(random(1)-0.5)";
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', `aevalsrc='${noise}':s=44100:d=${SECONDS}`, '-c:a', 'alac', file]);
  return file;
}

/** Lengths of the bars left and right of the middle of the picture shown. */
const bars = (page: Page): Promise<number[]> => page.evaluate(() => {
  const video = document.querySelector('video')!;
  const canvas = document.createElement('canvas');
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  context.drawImage(video, 0, 0);
  const found: number[] = [];
  for (let bar = -60; bar <= 60; bar += 1) {
    const column = context.getImageData(480 + 6 * bar + 2, 0, 1, canvas.height).data;
    let bright = 0;
    for (let at = 0; at < column.length; at += 4) bright += column[at]! + column[at + 1]! + column[at + 2]! > 240 ? 1 : 0;
    found.push(bright);
  }
  return found;
});

const shownFrame = (page: Page): Promise<number | null> => page.evaluate(() => window.__genlock?.sync?.probe().shownFrame ?? null);

async function seen(page: Page, name: string): Promise<void> {
  const size = page.viewportSize()!;
  for (const theme of THEMES) {
    await inTheme(page, theme);
    for (const width of [1440, 390]) {
      await page.setViewportSize({ width, height: width === 1440 ? 900 : 844 });
      await page.screenshot({ path: test.info().outputPath(`${name}-${String(width)}-${theme}.png`) });
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
    }
  }
  await page.setViewportSize(size);
}

test('an MP3 is uploaded, plays for two people at the same place, and looks like what it is', async ({ browser }) => {
  test.setTimeout(240_000);
  const instance = await Instance.start(['--no-sample']);
  try {
    const ada = await newPerson(browser);
    const bo = await newPerson(browser);
    const { page } = ada;
    await setUp(ada, instance);
    const channel = await createChannel(ada, 'Listening');
    const folder = test.info().outputPath('sounds');
    execFileSync('mkdir', ['-p', folder]);
    const card = (title: string) => page.getByRole('article').filter({ has: page.getByRole('heading', { name: title, exact: true }) });
    for (const [title, file] of [
      ['Album', album(`${folder}/Album.m4a`)],
      ['With a cover', podcast(`${folder}/With a cover.mp3`, `${folder}/cover.png`)],
      ['Episode 12', podcast(`${folder}/Episode 12.mp3`, null)],
    ] as const) {
      await upload(ada, channel, file);
      await expect(card(title).getByText('Ready, sound only')).toBeVisible({ timeout: 120_000 });
      await expect(card(title).getByRole('img', { includeHidden: true }).first()).toBeVisible();
    }
    await seen(page, 'library');

    // What it is, without a word of pictures.
    await card('Episode 12').getByRole('button', { name: /^Actions for/ }).click();
    await page.getByRole('menuitem', { name: 'Details' }).click();
    const details = page.getByRole('dialog');
    await expect(details.getByText('MPEG audio')).toBeVisible();
    await expect(details.getByText('MP3, 1 channel')).toBeVisible();
    await expect(details.getByText('Picture', { exact: true })).toHaveCount(0);
    await expect(details.getByText('Qualities', { exact: true })).toHaveCount(0);
    await page.keyboard.press('Escape');

    await card('Episode 12').getByRole('button', { name: /^Watch Episode 12/ }).click();
    await page.waitForURL((url) => url.pathname === new URL(channel).pathname);
    const link = await inviteLink(ada);
    await joinAsGuest(bo, link, 'Bo');
    for (const one of [page, bo.page]) await expect(syncBadge(one)).toHaveText(/^Locked/, { timeout: 20_000 });
    // By the frame callback of each player: both are on the frame of the room.
    for (const one of [page, bo.page]) await untilOnFrame(one);
    expect(await page.evaluate(() => window.__genlock!.sync!.probe().kind)).toBe('audio');

    // Paused anywhere, both see the same frame: the same bars around the same middle.
    await command(page, channel, { t: 'playback.pause', c: { frame: null } });
    for (const frame of [0, 49, 50, 333, 700, SECONDS * 25 - 1]) {
      await command(page, channel, { t: 'playback.seek', c: { frame } });
      for (const one of [page, bo.page]) await expect.poll(() => shownFrame(one), { timeout: 15_000 }).toBe(frame);
      const [here, there] = await Promise.all([bars(page), bars(bo.page)]);
      expect(here).toEqual(there);
      expect(Math.max(...here), `frame ${String(frame)}`).toBeGreaterThan(20);
    }
    // A frame on is a bar on.
    await command(page, channel, { t: 'playback.seek', c: { frame: 333 } });
    await expect.poll(() => shownFrame(page)).toBe(333);
    const before = await bars(page);
    await page.getByRole('button', { name: 'One frame forward' }).click();
    await expect.poll(() => shownFrame(page)).toBe(334);
    const after = await bars(page);
    for (const at of before.keys()) {
      if (at > 0 && Math.abs(at - 60) > 2) expect(Math.abs(after[at - 1]! - before[at]!), `bar ${String(at - 60)}`).toBeLessThanOrEqual(4);
    }
    await command(page, channel, { t: 'playback.seek', c: { frame: 420 } });
    await expect.poll(() => shownFrame(page)).toBe(420);
    await seen(page, 'stage');
    await page.goto(`${channel}/library`);
    await card('With a cover').getByRole('button', { name: /^Watch With a cover/ }).click();
    await expect(syncBadge(page)).toHaveText(/^Locked/, { timeout: 20_000 });
    await seen(page, 'stage-cover');
    expect(ada.complaints).toEqual([]);
    expect(bo.complaints).toEqual([]);
  } finally {
    await instance.stop();
  }
});
