// Files that are not films: each gets a plain sentence with a number, and nothing stays stuck.

import { expect, test } from '@playwright/test';
import { readFileSync, writeFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { barcodeClip } from './support/barcode';
import { Instance } from './support/instance';
import { createChannel, newPerson, setUp } from './support/people';

test('rubbish is refused in words, and a good film still comes through after it', async ({ browser }) => {
  test.setTimeout(180_000);
  const folder = mkdtempSync(path.join(tmpdir(), 'genlock-rubbish-'));
  const good = barcodeClip({ kind: 'h264-default', rate: '25', frames: 100, size: '320x180' });
  const make = (name: string, bytes: string | Buffer): string => {
    writeFileSync(path.join(folder, name), bytes);
    return path.join(folder, name);
  };
  const film = readFileSync(good);
  const rubbish: [string, RegExp][] = [
    [make('text.mp4', 'This is a letter, not a film.\n'.repeat(100)), /\(3002\)/],
    [make('list.mp4', '#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:10,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n'), /\(3002\)/],
    [make('cut.mp4', film.subarray(0, Math.floor(film.length / 3))), /\(300[23]\)/],
    [make('empty.mp4', ''), /\(3001\)/],
  ];
  const instance = await Instance.start(['--no-sample']);
  try {
    const ada = await newPerson(browser);
    ada.allow('what was refused is asked for once more after the reload', [/status of 4\d\d .* \/api\/v1\/uploads\//]);
    await setUp(ada, instance);
    const channel = await createChannel(ada, 'Rubbish');
    await ada.page.goto(`${channel}/library`);
    for (const [file, code] of rubbish) {
      const chooser = ada.page.waitForEvent('filechooser');
      await ada.page.getByRole('button', { name: 'Upload' }).first().click();
      await (await chooser).setFiles(file);
      // A card of its own says it; what is refused before the first byte is said in a notification.
      const name = path.basename(file, '.mp4');
      const card = ada.page.getByRole('article').filter({ hasText: new RegExp(`^${name}`) }).getByText(code);
      const notice = ada.page.getByText(new RegExp(`${name}\\.mp4: .*${code.source}`));
      await expect(card.or(notice).first()).toBeVisible({ timeout: 30_000 });
      // Also when the page is left in that moment, nothing goes on waiting for a file that has arrived.
      await ada.page.reload();
      await expect(ada.page.getByRole('button', { name: 'Upload', exact: true }).first()).toBeVisible();
      await expect(ada.page.getByText('Choose the same file to continue')).toHaveCount(0);
    }
    const chooser = ada.page.waitForEvent('filechooser');
    await ada.page.getByRole('button', { name: 'Upload' }).first().click();
    await (await chooser).setFiles(good);
    await expect(ada.page.getByText(/^Ready/).first()).toBeVisible({ timeout: 60_000 });
    expect(ada.complaints).toEqual([]);
  } finally {
    await instance.stop();
  }
});
