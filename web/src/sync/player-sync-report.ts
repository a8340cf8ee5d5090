// What a player tells the room of itself, as its badge shows it too.

import type { SyncReport, SyncStatus } from '../protocol/types';
import type { Learned } from './drift';
import { bufferedRanges, kindOf } from './player-sync-element';

/** The server's clock, as far as it is needed here. */
export interface SyncClock {
  serverUs(nowMs: number): number | null;
  boundUs(nowMs: number): number | null;
  rttUs(): number;
}

/** A report of a player that stands so and is off by so much. */
export function reportOf(
  status: SyncStatus,
  errorMs: number,
  learned: Learned,
  clock: SyncClock,
  nowMs: number,
  video: HTMLVideoElement | null,
): SyncReport {
  const positionS = video?.currentTime ?? 0;
  const ranges = video ? bufferedRanges(video) : [];
  const range = ranges.find(([fromS, toS]) => fromS <= positionS + 0.05 && positionS <= toS);
  return {
    status,
    error_us: Math.round(errorMs * 1000),
    bound_us: Math.round(clock.boundUs(nowMs) ?? 0),
    rtt_us: Math.round(clock.rttUs()),
    buffered_ms: range ? Math.max(0, Math.round((range[1] - positionS) * 1000)) : 0,
    start_latency_ms: Math.round(learned.startMs(video ? kindOf(video) : 'audio')),
  };
}
