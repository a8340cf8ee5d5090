// What the channel needs of the server's clock; clock.ts estimates it.

import type { Pong } from '../protocol/types';

/** The server's clock as seen from this page. `nowMs` is the page's monotonic clock throughout. */
export interface ServerClock {
  /** A connection is up: what was known may be old, ping quickly. */
  onConnected(nowMs: number): void;
  /** Milliseconds until the next ping. */
  nextPingMs(nowMs: number): number;
  onPong(pong: Pong, receivedMs: number, playing: boolean): void;
  /** Server time, microseconds; none before the first answer. */
  serverUs(nowMs: number): number | null;
  /** Round trip that most pings keep, microseconds; 0 before the first. */
  rttUs(): number;
}
