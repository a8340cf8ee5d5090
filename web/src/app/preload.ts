// The page and the player of a channel, fetched while somebody still types their name or chooses a channel: entering
// then waits for nothing but the picture. What fails here is fetched again when it is needed.

import { useEffect } from 'react';
import { ChannelPage } from './pages';

/** At the latest then, milliseconds, whatever else the page does. */
const IDLE_MS = 1_000;

/** By the router's own component: one that is there already is drawn at once, without a moment of "loading" that React
 *  would keep for a third of a second. */
function preloadChannel(): void {
  void ChannelPage.preload?.()?.catch(() => undefined);
  void import('hls.js').catch(() => undefined);
}

/** On pages from which people go into a channel. */
export function useChannelPreload(): void {
  useEffect(() => {
    // Safari has no idle callback.
    if (typeof window.requestIdleCallback !== 'function') {
      const timer = setTimeout(preloadChannel, IDLE_MS);
      return () => clearTimeout(timer);
    }
    const idle = window.requestIdleCallback(preloadChannel, { timeout: IDLE_MS });
    return () => window.cancelIdleCallback(idle);
  }, []);
}
