// An upload as the page shows it.

import type { SameFilm } from '@/protocol/types';

/**
 * Where an upload stands. `waiting`: others go first · `comparing` with what is in the channel · `duplicate`: the same
 * film is there, a person decides · `sending` · `stalled`: no connection, goes on by itself ·
 * `paused` by a person · `needsFile`: reloaded, the browser wants the file (or a press) again · `failed` with a reason ·
 * `sent`: every byte is on the server.
 */
export type UploadState = 'waiting' | 'comparing' | 'duplicate' | 'sending' | 'stalled' | 'paused' | 'needsFile' | 'failed' | 'sent';

/** One upload. */
export interface UploadItem {
  id: string;
  channel: string;
  filename: string;
  bytes: number;
  /** Bytes the server has. */
  sent: number;
  /** Bytes per second; null while unknown. */
  rate: number | null;
  state: UploadState;
  /** Why it failed, or waits. */
  reason: string | null;
  /** Whether trying again may help: not where the file itself is at fault. */
  canRetry: boolean;
  /** The server's id of it, once it has begun; versions in a library name it. */
  uploadId: string | null;
  /** Small picture as a data URL. */
  poster: string | null;
  /** A stored handle: one press is enough to go on after a reload. */
  hasHandle: boolean;
  /** The same film, that was in the channel before. */
  same: SameFilm | null;
}

/** Seconds left at the present rate; null while unknown. */
export function secondsLeft(item: UploadItem): number | null {
  return item.rate === null || item.rate <= 0 ? null : (item.bytes - item.sent) / item.rate;
}

/** Whether it still has bytes to send. */
export const isUnsent = (item: UploadItem): boolean => item.state !== 'sent' && item.state !== 'failed';
