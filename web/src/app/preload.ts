// The page and the player of a channel, fetched while somebody still types their name or chooses a channel: entering
// then waits for nothing but the picture. What fails here is fetched again when it is needed.

import { useEffect } from 'react';
import { openingChannel } from './opening';

/** At the latest then, milliseconds, whatever else the page does. */
const IDLE_MS = 1_000;

/** What fails is fetched again, and told, where it is needed. */
function preloadChannel(): void {
  void openingChannel().catch(() => undefined);
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
