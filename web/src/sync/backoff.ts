// When to try the socket again. Pure: time and chance are passed in. Used by socket.ts.

/** First ceiling of the wait, milliseconds; doubles with each failure. */
export const BACKOFF_BASE_MS = 500;
/** Highest ceiling, milliseconds: ten thousand clients then come back over twenty seconds, not at once. */
export const BACKOFF_CAP_MS = 20_000;
/** A connection that held this long, milliseconds, was a good one: the count of failures starts again. */
export const BACKOFF_RESET_MS = 30_000;

/** Close codes after which the same connection would be refused again: signed out, not a member, gone. */
export const FINAL_CLOSE_CODES: ReadonlySet<number> = new Set([4401, 4403, 4410]);

/** What is remembered between tries. */
export interface Backoff {
  /** Tries since the last good connection. */
  readonly failures: number;
}

/** Before the first try. */
export const freshBackoff: Backoff = { failures: 0 };

/** What happened to the connection. */
export interface Closed {
  /** Close code of the WebSocket; 1006 where there was none. */
  code: number;
  /** How long it had been live, milliseconds; 0 if it never was. */
  upMs: number;
  /** From a drain frame, milliseconds: the server said when to come back. */
  drainAfterMs: number | null;
}

/** What to do next. */
export type Next = { retry: false } | { retry: true; afterMs: number; backoff: Backoff };

/**
 * The next try after a connection ended. `chance` is from 0 (included) to 1 (excluded).
 *
 * Full jitter: the wait is drawn evenly from 0 to the ceiling, so that clients cut off together do not come back
 * together. The first try after a connection that was good starts at once, as most cuts are short. A drain spreads
 * its clients itself.
 */
export function afterClose(backoff: Backoff, closed: Closed, chance: number): Next {
  if (FINAL_CLOSE_CODES.has(closed.code)) return { retry: false };
  const failures = closed.upMs >= BACKOFF_RESET_MS ? 0 : backoff.failures;
  if (closed.drainAfterMs !== null) {
    return { retry: true, afterMs: Math.max(0, closed.drainAfterMs), backoff: { failures } };
  }
  // One free try per good connection; a connection that is cut again right away counts as a failure.
  if (failures === 0) return { retry: true, afterMs: 0, backoff: { failures: 1 } };
  const ceiling = Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** Math.min(failures - 1, 16));
  return { retry: true, afterMs: Math.floor(chance * ceiling), backoff: { failures: failures + 1 } };
}
