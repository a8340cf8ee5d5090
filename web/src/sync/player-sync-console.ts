// A player's sync for measurements and the browser's console.

import type { PlayerSync } from './player-sync';

declare global {
  interface Window {
    /** For measurements and the browser's console: the newest player's sync. */
    __genlock?: { sync?: PlayerSync };
  }
}

/** From now on it is the one. */
export function expose(sync: PlayerSync): void {
  window.__genlock = { ...window.__genlock, sync };
}

/** No longer, if it was. */
export function unexpose(sync: PlayerSync): void {
  if (window.__genlock?.sync === sync) delete window.__genlock.sync;
}
