// What a page needs before it can be drawn, fetched at once when it is opened: its code, and who is asking. Drawn before its
// code is there it would first be nothing, which React keeps for a third of a second.

import { sessionQuery } from '@/api/queries';
import { queryClient } from '@/api/query-client';
import { ChannelPage } from './pages';

/** A page that is fetched when it is first opened. */
interface Fetched {
  preload?: () => Promise<unknown> | undefined;
}

/** Opens a page: settles when its code is there, or when drawing it will say what is wrong. */
export async function opening(page: Fetched): Promise<void> {
  void queryClient.query(sessionQuery).catch(() => undefined);
  await page.preload?.();
}

/** Opens a channel; its player is there by the time it knows what to play. */
export async function openingChannel(): Promise<void> {
  void import('hls.js').catch(() => undefined);
  await opening(ChannelPage);
}
