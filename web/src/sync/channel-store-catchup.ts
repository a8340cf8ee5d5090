// Asking for what is missing in the log: once per gap, and again when nothing has come for a while.

import type { Position } from '../protocol/types';

/** A catch-up that has brought nothing is asked again after this time, milliseconds. */
export const CATCHUP_WAIT_MS = 2_000;

/** The question of one open channel. `send` answers whether there was a connection. */
export class Catchup {
  private askedMs: number | null = null;
  private from: Position | null = null;

  constructor(
    private readonly nowMs: () => number,
    private readonly send: (from: Position) => boolean,
  ) {}

  /** The replica has a gap after `from`. */
  ask(from: Position): void {
    const nowMs = this.nowMs();
    const asked = this.askedMs !== null && this.from?.seq === from.seq && nowMs - this.askedMs < CATCHUP_WAIT_MS;
    if (asked) return;
    if (!this.send(from)) return; // the next hello asks
    this.askedMs = nowMs;
    this.from = from;
  }

  /** Something has come. */
  answered(): void {
    this.askedMs = null;
  }
}
