// The server's clock as seen from beside it: pings over loopback from a page without a proxy and without a video.

import { randomUUID } from 'node:crypto';
import type { Page } from '@playwright/test';
import { mapClock } from '../../e2e/sync/measure';
import type { ServerClock } from './closeness';

/** Pings, and the time between two, milliseconds: well below the server's limit of frames. */
const PINGS = 60;
const EVERY_MS = 45;

/** The clock, and the most that it can be wrong, milliseconds. */
export interface Measured {
  clock: ServerClock;
  boundMs: number;
}

/** Measures it from a signed-in page of the instance. */
export async function serverClock(page: Page, channel: string): Promise<Measured> {
  const id = new URL(channel).pathname.split('/')[2] ?? '';
  const map = await mapClock(page, 100);
  const { offsetUs, boundUs } = await page.evaluate(
    async ([id, client, PINGS, EVERY_MS]) => {
      const address = `${location.origin.replace('http', 'ws')}/api/v1/channels/${id}/live`;
      const socket = new WebSocket(address, 'genlock.v1.json');
      const say = (t: string, c: object): void => { socket.send(JSON.stringify({ t, c })); };
      let [highUs, lowUs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      await new Promise<void>((resolve, reject) => {
        let left = PINGS;
        const ping = (): void => say('ping', { client_us: Math.round(performance.now() * 1_000) });
        socket.onopen = () => say('hello', { protocol: 1, client, resume: null, shown: false });
        socket.onclose = () => { reject(new Error('the server closed the connection')); };
        socket.onmessage = ({ data }) => {
          const nowUs = performance.now() * 1_000;
          const frame = JSON.parse(String(data)) as { t: string; c: { client_us: number; received_us: number; sent_us: number } };
          if (frame.t === 'welcome') ping();
          if (frame.t !== 'pong') return;
          highUs = Math.min(highUs, frame.c.received_us - frame.c.client_us);
          lowUs = Math.max(lowUs, frame.c.sent_us - nowUs);
          left -= 1;
          if (left > 0) setTimeout(ping, EVERY_MS);
          else resolve();
        };
      });
      socket.onclose = null;
      socket.close();
      return { offsetUs: (highUs + lowUs) / 2, boundUs: (highUs - lowUs) / 2 };
    },
    [id, randomUUID(), PINGS, EVERY_MS] as const,
  );
  return {
    clock: (atMs) => (atMs - map.offsetMs) * 1_000 + offsetUs,
    boundMs: map.boundMs + boundUs / 1_000,
  };
}
