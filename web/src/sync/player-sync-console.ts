// A player's sync for measurements and the browser's console.

import type { SyncStatus } from '../protocol/types';
import type { Action, Element } from './drift';
import type { PlayerSync } from './player-sync';
import type { Wanted } from './timeline';

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

/** What a measurement sees. */
export interface SyncProbe {
  nowMs: number;
  serverUs: number | null;
  boundUs: number | null;
  wanted: Wanted | null;
  positionS: number | null;
  errorMs: number;
  status: SyncStatus;
  kind: Element['kind'] | null;
  rate: number | null;
  shownFrame: number | null;
  startMs: number;
  seekLagMs: number;
  counts: Readonly<Record<Action['do'], number>>;
}
