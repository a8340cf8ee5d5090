// The network is gone for 20 seconds while a film plays: it goes on from the buffer, and what was typed arrives once and
// in order. A reload in the middle of an upload costs nothing. A stranger gets neither the channel nor its segments.

import { expect, test } from '@playwright/test';
import { appendFileSync, copyFileSync, statSync } from 'node:fs';
import { bytesOf } from '../src/features/upload/part-order';
import type { UploadParts } from '../src/protocol/types';
import { sentBy, type Sent } from './support/sent-parts';
import { barcodeClip, shownFrame } from './support/barcode';
import { networkCut, refused } from './support/complaints';
import { DelayProxy } from './support/delay-proxy';
import { Instance } from './support/instance';
import { createChannel, inviteLink, joinAsGuest, newPerson, say, setUp, syncBadge, upload } from './support/people';

const OUTAGE_MS = 20_000;

test('20 s without a network: the film goes on, messages arrive once and in order', async ({ browser }) => {
  test.setTimeout(180_000);
  const instance = await Instance.start(['--no-sample']);
  const proxy = await DelayProxy.start({ target: instance.base, rttMs: 20, jitterMs: 5, seed: 3 });
  try {
    const ada = await newPerson(browser);
    await setUp(ada, instance);
    const channel = await createChannel(ada, 'Outage');
    await upload(ada, channel, barcodeClip({ kind: 'h264-default', rate: '25', frames: 1500, size: '640x360' }));
    await expect(ada.page.getByText(/^Ready/).first()).toBeVisible({ timeout: 90_000 });
    await ada.page.goto(channel);
    await ada.page.getByRole('button', { name: 'Choose a video' }).click();
    await ada.page.getByRole('dialog').getByRole('button', { name: /^Play/ }).first().click();
    const bo = await newPerson(browser);
    await joinAsGuest(bo, (await inviteLink(ada)).replace(instance.base, proxy.base), 'Bo');
    await expect(syncBadge(bo.page)).toHaveText(/^Locked/, { timeout: 30_000 });
    const ahead = (): Promise<number> => bo.page.evaluate(() => {
      const video = document.querySelector('video');
      return video && video.buffered.length > 0 ? video.buffered.end(video.buffered.length - 1) - video.currentTime : 0;
    });
    await expect.poll(ahead, { timeout: 30_000 }).toBeGreaterThan(OUTAGE_MS / 1_000 + 3);

    bo.allow('his network is gone', networkCut);
    proxy.fail();
    const begun = Date.now();
    const before = await shownFrame(bo.page);
    for (const text of ['first', 'second', 'third']) await say(bo, `said offline: ${text}`);
    await expect(bo.page.getByText(/Reconnecting|You are offline/).first()).toBeVisible({ timeout: 10_000 });
    await expect.poll(() => Date.now() - begun, { timeout: OUTAGE_MS + 5_000 }).toBeGreaterThan(OUTAGE_MS);
    expect((await shownFrame(bo.page)) ?? 0).toBeGreaterThan((before ?? 0) + (OUTAGE_MS / 1_000 - 3) * 25);
    proxy.restore();

    for (const person of [ada, bo]) {
      await expect(person.page.getByText('said offline: third')).toHaveCount(1, { timeout: 40_000 });
      const said = await person.page.getByText(/^said offline: /).allTextContents();
      expect(said).toEqual(['said offline: first', 'said offline: second', 'said offline: third']);
    }
    await expect(syncBadge(bo.page)).toHaveText(/^Locked/, { timeout: 20_000 });

    // A stranger: neither the channel nor a segment of it.
    const master = await ada.page.evaluate(async (id) => {
      const list = (await (await fetch(`/api/v1/channels/${id}/videos`)).json()) as { videos: { versions: { version: string }[] }[] };
      return `/media/${list.videos[0]?.versions[0]?.version ?? ''}/master.m3u8`;
    }, channel.split('/').at(-1) ?? '');
    expect(await ada.page.evaluate(async (path) => (await fetch(path)).status, master)).toBe(200);
    const stranger = await newPerson(browser);
    stranger.allow('what she asks for is refused', [refused(401, '/media/[^/]+/master.m3u8')]);
    await stranger.page.goto(channel);
    await expect(stranger.page.getByRole('button', { name: 'Sign in' }).or(stranger.page.getByText(/not open to you/)).first()).toBeVisible();
    // Nobody is signed in there; whoever is, but is no member, gets 404 (crates/server/tests/media.rs).
    expect(await stranger.page.evaluate(async (path) => (await fetch(path)).status, master)).toBe(401);
    for (const { complaints } of [ada, bo, stranger]) expect(complaints).toEqual([]);
  } finally {
    await proxy.stop();
    await instance.stop();
  }
});

test('a reload in the middle of an upload goes on where it stood', async ({ browser }, info) => {
  test.setTimeout(120_000);
  const instance = await Instance.start(['--no-sample']);
  try {
    const ada = await newPerson(browser);
    await setUp(ada, instance);
    const channel = await createChannel(ada, 'Reload');
    // A film with 24 MiB of free space behind it: large enough to be caught in the middle by a slow line.
    const file = info.outputPath('large.mp4');
    copyFileSync(barcodeClip({ kind: 'h264-default', rate: '25', frames: 100, size: '320x180' }), file);
    const size = 24 * 1024 * 1024;
    const box = Buffer.alloc(size);
    box.writeUInt32BE(size, 0);
    box.write('free', 4, 'latin1');
    appendFileSync(file, box);
    const line = await ada.context.newCDPSession(ada.page);
    await line.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 6 * 1024 * 1024 });
    await upload(ada, channel, file);
    await expect(ada.page.getByText(/Uploading (3[4-9]|[4-9]\d) %/).first()).toBeVisible({ timeout: 30_000 });
    await ada.page.reload();
    const chooser = ada.page.waitForEvent('filechooser');
    await ada.page.getByRole('button', { name: /Choose large.mp4 again to continue/ }).first().click();
    const sent: Sent[] = [];
    ada.page.on('request', (request) => {
      const one = sentBy(request, statSync(file).size);
      if (one) sent.push(one);
    });
    const asked = ada.page.waitForResponse((response) => /\/uploads\/[^/]+\/parts$/.test(new URL(response.url()).pathname));
    await (await chooser).setFiles(file);
    const { there, bytes } = (await (await asked).json()) as UploadParts;
    await expect(ada.page.getByText(/^Ready/).first()).toBeVisible({ timeout: 60_000 });
    // It went on with what the server lacked, not from the start.
    const had = bytesOf(there);
    expect(had).toBeGreaterThan(0);
    expect(bytesOf(sent)).toBe(bytes - had);
    expect(ada.complaints).toEqual([]);
  } finally {
    await instance.stop();
  }
});
