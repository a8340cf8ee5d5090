// The ways a film comes in besides the button: dropped, pasted, and taken up again after a reload by the handle that the
// browser's own picker gave, without asking.

import { expect, test, type Page } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { barcodeClip } from './support/barcode';
import { Instance } from './support/instance';
import { createChannel, newPerson, setUp } from './support/people';

const film = (): Buffer => readFileSync(barcodeClip({ kind: 'h264-default', rate: '25', frames: 100, size: '320x180' }));

/**
 * Lays a film into the page as a File under `name`, and hands it in as `how` says. A word behind each film, which readers
 * pass over, makes it another file: the same one would be told to be here already.
 */
async function handIn(page: Page, how: 'drop' | 'paste', name: string): Promise<void> {
  await page.evaluate(({ how, name, base64 }) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], name, { type: 'video/mp4' }));
    if (how === 'paste') {
      document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true, cancelable: true }));
      return;
    }
    for (const kind of ['dragenter', 'dragover', 'drop']) {
      document.body.dispatchEvent(new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }));
    }
  }, { how, name, base64: Buffer.concat([film(), Buffer.from(how)]).toString('base64') });
}

const card = (page: Page, title: string) => page.getByRole('article').filter({ has: page.getByRole('heading', { name: title, exact: true }) });

test('a film dropped, a film pasted, and one that goes on by its handle after a reload', async ({ browser }) => {
  test.setTimeout(180_000);
  const instance = await Instance.start(['--no-sample']);
  try {
    const ada = await newPerson(browser);
    const { page } = ada;
    await setUp(ada, instance);
    const channel = await createChannel(ada, 'By hand');
    await page.goto(`${channel}/library`);
    await expect(page.getByRole('button', { name: 'Upload' }).first()).toBeVisible();
    for (const how of ['drop', 'paste'] as const) {
      await handIn(page, how, `${how}ped.mp4`);
      await expect(card(page, `${how}ped`).getByText(/playable now|Ready/)).toBeVisible({ timeout: 60_000 });
    }

    // A real handle, on a file of the browser's own disk; only the dialog of the picker is answered by the test.
    await ada.context.addInitScript(() => {
      Object.assign(window, {
        showOpenFilePicker: async () => {
          const folder = await navigator.storage.getDirectory();
          return [await folder.getFileHandle('handled.mp4')];
        },
      });
    });
    await page.evaluate(async (base64) => {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      const handle = await (await navigator.storage.getDirectory()).getFileHandle('handled.mp4', { create: true });
      const stream = await handle.createWritable();
      await stream.write(bytes);
      // Bytes behind the film are passed over by every reader; they only make the upload last.
      await stream.write(new Uint8Array(24 * 1024 * 1024));
      await stream.close();
    }, film().toString('base64'));
    await page.reload();
    await expect(page.getByRole('button', { name: 'Upload' }).first()).toBeVisible();
    const slow = await ada.context.newCDPSession(page);
    await slow.send('Network.enable');
    await slow.send('Network.emulateNetworkConditions', { offline: false, latency: 5, downloadThroughput: -1, uploadThroughput: 6_000_000 });
    await page.getByRole('button', { name: 'Upload' }).first().click();
    await expect(page.getByText(/^Uploading (3[5-9]|[4-8]\d) %/)).toBeVisible({ timeout: 30_000 });
    await page.reload();
    // By itself: nobody is asked for the file.
    await expect(card(page, 'handled').getByText(/Uploading|Checking|Preparing|Ready/)).toBeVisible();
    await expect(page.getByText('Choose the same file to continue')).toHaveCount(0);
    await expect(card(page, 'handled').getByText(/playable now|Ready/)).toBeVisible({ timeout: 60_000 });
    await expect(card(page, 'handled')).toHaveCount(1);
    expect(ada.complaints).toEqual([]);
  } finally {
    await instance.stop();
  }
});
