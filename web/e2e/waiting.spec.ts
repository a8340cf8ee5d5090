// Waiting: for somebody whose data runs out, briefly; and for a frame that is not encoded yet, until it is.

import { expect, test, type Page, type Route } from '@playwright/test';
import { barcodeClip, expectSameFrame, shownFrame } from './support/barcode';
import { command } from './support/commands';
import { Instance } from './support/instance';
import { createChannel, inviteLink, joinAsGuest, newPerson, setUp, syncBadge, upload, type Person } from './support/people';
import { hostLoad } from './sync/measure';

/** Opens the first film of the channel for everybody. */
async function playFirst(ada: Person, channel: string): Promise<void> {
  await ada.page.goto(channel);
  await ada.page.getByRole('button', { name: 'Choose a video' }).click();
  await ada.page.getByRole('dialog').getByRole('button', { name: /^Play/ }).first().click();
  await expect(ada.page.getByRole('button', { name: 'Pause' })).toBeVisible();
}

/** Notes every word that the badge has shown from now on. */
async function noteBadge(page: Page): Promise<() => Promise<string[]>> {
  await page.evaluate(() => {
    const words: string[] = [];
    Object.assign(window, { badgeWords: words });
    const look = (): void => {
      for (const one of document.querySelectorAll('[role="status"]')) {
        const word = /^(Locked|Adjusting|Buffering|Preparing|Waiting for [^,\d]+)/.exec(one.textContent)?.[0];
        if (word !== undefined && words.at(-1) !== word) words.push(word);
      }
    };
    look();
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
  return () => page.evaluate(() => (window as unknown as { badgeWords: string[] }).badgeWords);
}

test('somebody whose line breaks is waited for, briefly, and comes back to the frame of the others', async ({ browser }) => {
  test.setTimeout(240_000);
  const instance = await Instance.start(['--no-sample']);
  try {
    const ada = await newPerson(browser, 1440, 900);
    await setUp(ada, instance);
    const channel = await createChannel(ada, 'Patience');
    await upload(ada, channel, barcodeClip({ kind: 'h264-default', rate: '25', frames: 3_000, size: '320x180' }));
    await expect(ada.page.getByText(/^Ready/).first()).toBeVisible({ timeout: 120_000 });
    await playFirst(ada, channel);
    const bo = await newPerson(browser);
    await joinAsGuest(bo, await inviteLink(ada), 'Bo');
    for (const { page } of [ada, bo]) await expect(syncBadge(page)).toHaveText(/^Locked/, { timeout: 20_000 });

    // Bo's line breaks, and then somebody jumps to where he has nothing yet. Between two waits the film runs for ten
    // seconds, and its own first load may have been one: then his line is back and it breaks again later.
    const held: Route[] = [];
    let broken = false;
    await bo.page.route(/\/media\/.*\.m4s/, (route) => {
      if (broken) held.push(route);
      else void route.continue();
    });
    const mend = async (): Promise<void> => {
      broken = false;
      await Promise.all(held.splice(0).map((route) => route.continue().catch(() => undefined)));
      await expect(syncBadge(bo.page)).toHaveText(/^Locked/, { timeout: 20_000 });
    };
    const said = await noteBadge(ada.page);
    let began = 0;
    const jumps = [2_000, 0, 1_400, 2_700, 700].values();
    await expect(async () => {
      await mend();
      broken = true;
      await command(ada.page, channel, { t: 'playback.seek', c: { frame: jumps.next().value ?? 2_000 } });
      began = Date.now();
      await expect(syncBadge(ada.page)).toHaveText(/^Waiting for Bo/, { timeout: 4_000 });
    }).toPass({ timeout: 60_000 });
    await expect(syncBadge(bo.page)).toHaveText(/^(Buffering|Waiting)/);
    if (process.env.GENLOCK_SHOTS) await ada.page.screenshot({ path: `${process.env.GENLOCK_SHOTS}/waiting.png` });
    await expect(syncBadge(ada.page)).toHaveText(/^(Locked|Adjusting)/, { timeout: 10_000 });
    console.log(`waited for ${((Date.now() - began) / 1_000).toFixed(1)} s from the jump, badge: ${(await said()).join(', ')}; ${hostLoad()}`);
    // The film runs on without him.
    const from = await shownFrame(ada.page);
    await expect.poll(async () => await shownFrame(ada.page)).toBeGreaterThan((from ?? 0) + 25);

    // His line is back: he is on the frame of the others, and nobody waits again.
    await mend();
    expect((await said()).filter((word) => word.startsWith('Waiting'))).toEqual(['Waiting for Bo']);
    await command(ada.page, channel, { t: 'playback.pause', c: { frame: null } });
    await expectSameFrame([ada.page, bo.page]);
    for (const { complaints } of [ada, bo]) expect(complaints).toEqual([]);
  } finally {
    await instance.stop();
  }
});

test('a film that is still being encoded stands where nothing is ready yet, for everybody, and goes on by itself', async ({ browser }) => {
  test.setTimeout(400_000);
  const instance = await Instance.start(['--no-sample']);
  try {
    const ada = await newPerson(browser);
    await setUp(ada, instance);
    const channel = await createChannel(ada, 'Ahead');
    // Not to be copied as it is: every rendition has to be encoded.
    await upload(ada, channel, barcodeClip({ kind: 'mpeg2-ts', rate: '25', frames: 2_000, size: '1920x1080' }));
    await expect(ada.page.getByText(/playable now/).first()).toBeVisible({ timeout: 120_000 });
    await playFirst(ada, channel);
    const bo = await newPerson(browser);
    await joinAsGuest(bo, await inviteLink(ada), 'Bo');
    const both = [ada, bo].map(({ page }) => page);
    const said = await Promise.all(both.map(noteBadge));
    // From the start, and then to a place far ahead of the encoder.
    await Promise.all(both.map((page) => expect(syncBadge(page)).toHaveText(/^Locked/, { timeout: 60_000 })));
    await command(ada.page, channel, { t: 'playback.seek', c: { frame: 1_700 } });
    const began = Date.now();
    await Promise.all(both.map((page) => expect.poll(async () => (await shownFrame(page)) ?? 0, { timeout: 60_000, intervals: [50] }).toBeGreaterThanOrEqual(1_700)));
    console.log(`on screen ${((Date.now() - began) / 1_000).toFixed(1)} s after a jump ahead of the encoder, ${hostLoad()}`);
    await Promise.all(both.map((page) => expect(syncBadge(page)).toHaveText(/^Locked/, { timeout: 60_000 })));
    // At most what stood still is missing: the film goes on from the frame that was jumped to.
    console.log(`badges: ${(await Promise.all(said.map((words) => words()))).map((words) => words.join(', ')).join(' | ')}`);
    await command(ada.page, channel, { t: 'playback.pause', c: { frame: null } });
    expect(await expectSameFrame(both)).toBeGreaterThanOrEqual(1_700);
    for (const { complaints } of [ada, bo]) expect(complaints).toEqual([]);
  } finally {
    await instance.stop();
  }
});
