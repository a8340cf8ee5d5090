// The main job, end to end: three people, a film of one's own, the same frame, the plug pulled.

import { expect, test } from '@playwright/test';
import { barcodeClip, expectSameFrame, shownFrame } from './support/barcode';
import { networkCut } from './support/complaints';
import { Instance } from './support/instance';
import { createChannel, inviteLink, joinAsGuest, newPerson, openTab, press, say, setUp, syncBadge, upload } from './support/people';

const clip = { kind: 'h264-default', rate: '25', frames: 1500, size: '640x360' } as const;

test('upload a film, invite two friends, watch it on the same frame, survive the plug being pulled', async ({ browser }) => {
  test.setTimeout(240_000);
  const instance = await Instance.start(['--no-sample']);
  try {
    const ada = await newPerson(browser);
    await setUp(ada, instance);
    const channel = await createChannel(ada, 'Friday films');

    // A film of one's own, by the real page.
    await upload(ada, channel, barcodeClip(clip));
    await expect(ada.page.getByText(/playable now|Ready/).first()).toBeVisible({ timeout: 60_000 });
    await ada.page.goto(channel);
    await ada.page.getByRole('button', { name: 'Choose a video' }).click();
    await ada.page.getByRole('dialog').getByRole('button', { name: /^Play/ }).first().click();
    await expect(ada.page.getByRole('button', { name: 'Pause' })).toBeVisible();

    // Friends by link.
    const link = await inviteLink(ada);
    const [bo, cy] = [await newPerson(browser), await newPerson(browser)];
    await joinAsGuest(bo, link, 'Bo');
    await joinAsGuest(cy, link, 'Cy');
    const people = [ada, bo, cy];
    const pages = people.map(({ page }) => page);
    for (const person of people) {
      await openTab(person.page, 'People');
      for (const name of ['Ada', 'Bo', 'Cy']) await expect(person.page.getByRole('tabpanel').getByText(name, { exact: true })).toBeVisible();
      await expect(syncBadge(person.page)).toHaveText(/^Locked/, { timeout: 20_000 });
    }

    // Pause, seek and play from any side; who did it is told to the others.
    await bo.page.getByRole('button', { name: 'Pause' }).click();
    for (const person of people) await expect(person.page.getByRole('button', { name: 'Play', exact: true })).toBeVisible();
    await expect(ada.page.getByText('Bo paused')).toBeVisible();
    const paused = await expectSameFrame(pages);
    await press(cy, 'ArrowRight');
    await expect(ada.page.getByText(/Cy jumped to/)).toBeVisible();
    // Who jumped is told before the picture has moved.
    await expect.poll(async () => await shownFrame(ada.page)).not.toBe(paused);
    const stopped = await expectSameFrame(pages);
    await press(cy, '.');
    await expect.poll(async () => await shownFrame(ada.page)).toBe(stopped + 1);
    expect(await expectSameFrame(pages)).toBe(stopped + 1);

    // Chat: in order, harmless, with history.
    await say(ada, 'Hello <script>document.title="broken"</script>');
    await say(bo, 'What happens at 00:00:10:00?');
    for (const person of people) {
      await openTab(person.page, 'Chat');
      await expect(person.page.getByText('Hello <script>document.title="broken"</script>')).toBeVisible();
    }
    await cy.page.getByRole('button', { name: /00:00:10:00/ }).first().click();
    await expect.poll(async () => await shownFrame(ada.page)).toBe(250);

    // Hammering from two sides ends in one state.
    await Promise.all([ada, bo].map(async (person, index) => {
      for (let round = 0; round < 8; round += 1) await press(person, round % 2 === index ? 'ArrowRight' : 'k');
    }));
    // What somebody says after it comes after it: then nothing of the hammering is on its way any more.
    for (const person of [ada, bo]) {
      await say(person, `${person === ada ? 'Ada' : 'Bo'} has done`);
    }
    for (const person of people) {
      await openTab(person.page, 'Chat');
      for (const name of ['Ada', 'Bo']) await expect(person.page.getByText(`${name} has done`)).toBeVisible();
    }
    if (await ada.page.getByRole('button', { name: 'Pause' }).isVisible()) await ada.page.getByRole('button', { name: 'Pause' }).click();
    for (const person of people) await expect(person.page.getByRole('button', { name: 'Play', exact: true })).toBeVisible();
    await expectSameFrame(pages);

    // The plug is pulled while a message is on its way; pages come back by themselves, nothing is lost or doubled.
    const before = await expectSameFrame(pages);
    for (const person of people) person.allow('the server is gone', networkCut);
    await instance.killNine();
    await say(bo, 'said into the dark');
    await instance.restart();
    for (const person of people) {
      await openTab(person.page, 'Chat');
      await expect(person.page.getByText('said into the dark')).toHaveCount(1, { timeout: 30_000 });
      await expect(person.page.getByText('What happens at')).toHaveCount(1);
    }
    expect(await expectSameFrame(pages)).toBe(before);

    // Everything is there after a reload too.
    await cy.page.reload();
    await openTab(cy.page, 'Chat');
    await expect(cy.page.getByText('said into the dark')).toHaveCount(1);
    expect(await expectSameFrame(pages)).toBe(before);
    for (const person of people) expect(person.complaints).toEqual([]);
  } finally {
    await instance.stop();
  }
});
