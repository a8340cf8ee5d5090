// Commands sent the way a program would, over REST with the page's own session.

import type { Page } from '@playwright/test';
import type { Command } from '../../src/protocol/types';

/** Sends a command to a channel; fails unless it is taken. */
export async function command(page: Page, channel: string, wish: Command): Promise<void> {
  const id = new URL(channel).pathname.split('/')[2] ?? '';
  const problem = await page.evaluate(
    async ([id, wish]) => {
      // A UUIDv7: the time in milliseconds, then chance.
      const bytes = crypto.getRandomValues(new Uint8Array(16));
      let now = Date.now();
      for (let at = 5; at >= 0; at -= 1) {
        bytes[at] = now % 256;
        now = Math.floor(now / 256);
      }
      bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
      bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
      const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
      const op = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
      const answer = await fetch(`/api/v1/channels/${id}/commands`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ op, command: wish }),
      });
      return answer.ok ? '' : await answer.text();
    },
    [id, wish] as const,
  );
  if (problem) throw new Error(`command refused: ${problem}`);
}
