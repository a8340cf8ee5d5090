// The live connection of one channel: opens, says hello with the place to resume from, notices when it is dead,
// comes back. Knows frames, not their meaning: replica.ts and outbox.ts do the rest. Made by channel-store.ts.

import { PROTOCOL_VERSION } from './version';
import type { ClientFrame, Position, ServerFrame } from '../protocol/types';
import { afterClose, freshBackoff, type Backoff } from './backoff';
import { CodecError, decodeFrame, encodeFrame } from './codec';
import { browserEnv, type Signal, type SocketEnv, type SocketLike } from './socket-env';

/** MessagePack subprotocol. */
export const SUBPROTOCOL = 'genlock.v1';
/** From opening until the welcome, milliseconds. A slow mobile handshake takes 2 to 3 s. */
export const WELCOME_WAIT_MS = 10_000;
/** Beats that may be missed before a connection counts as dead (protocol rule). */
export const BEATS_MISSED_MAX = 3;
/** Answer expected within this time when the page has a reason to doubt the connection, milliseconds. */
export const PROBE_WAIT_MS = 2_000;
/** Unsent bytes above which fleeting values are left out; the next value replaces them anyway. */
export const FLEETING_BUFFER_BYTES_MAX = 64 * 1024;

/** How the connection stands. Times are monotonic milliseconds. */
export type Connection =
  | { readonly status: 'connecting' }
  | { readonly status: 'live'; readonly sinceMs: number }
  | { readonly status: 'reconnecting'; readonly sinceMs: number; readonly nextTryMs: number | null }
  | { readonly status: 'offline'; readonly sinceMs: number; readonly nextTryMs: number | null }
  | { readonly status: 'ended'; readonly code: number };

/** Who uses the socket. */
export interface SocketUser {
  /** Place in the log to resume from; none asks for a snapshot. */
  resume(): Position | null;
  /** A frame, with the monotonic milliseconds at which it arrived. */
  onFrame(frame: ServerFrame, receivedMs: number): void;
  onConnection(connection: Connection): void;
  /** Milliseconds until the next clock ping, asked when live and after each one; none for no pings. */
  nextPingMs(nowMs: number): number | null;
}

/** Close codes of our own for a connection given up by the page. */
const CLOSE_DEAD = 4000;
const CLOSE_NORMAL = 1000;

/** One channel's connection. */
export class LiveSocket {
  private socket: SocketLike | null = null;
  private connection: Connection = { status: 'connecting' };
  private backoff: Backoff = freshBackoff;
  private liveSinceMs: number | null = null;
  private downSinceMs: number | null = null;
  private drainAfterMs: number | null = null;
  private beatMs = 5_000;
  private lastFrameMs = 0;
  private framesHeard = 0;
  private retryTimer: number | null = null;
  private watchTimer: number | null = null;
  private pingTimer: number | null = null;
  private stopListening: (() => void) | null = null;
  private nextTryMs: number | null = null;
  private undecodable = 0;

  constructor(
    private readonly url: string,
    private readonly client: string,
    private readonly user: SocketUser,
    private readonly env: SocketEnv = browserEnv,
  ) {}

  /** Opens the connection and keeps it until {@link stop}. */
  start(): void {
    if (this.stopListening) return;
    this.stopListening = this.env.listen((signal) => this.onSignal(signal));
    this.open();
  }

  /** Leaves for good. */
  stop(): void {
    this.stopListening?.();
    this.stopListening = null;
    this.clear('retryTimer');
    this.drop(CLOSE_NORMAL);
  }

  /** Tries now, whatever the wait; the "Retry now" button. */
  retryNow(): void {
    if (!this.stopListening || this.connection.status === 'live') return;
    if (this.connection.status === 'ended') this.backoff = freshBackoff;
    if (this.socket && this.retryTimer === null) return; // a try is under way
    this.open();
  }

  /** Sends a frame. False if there is no live connection or no room for a fleeting value: keep it or leave it. */
  send(frame: ClientFrame): boolean {
    if (this.connection.status !== 'live' || !this.socket || this.socket.readyState !== 1) return false;
    if (frame.t === 'fleeting' && this.socket.bufferedAmount > FLEETING_BUFFER_BYTES_MAX) return false;
    this.socket.send(encodeFrame(frame));
    return true;
  }

  private open(): void {
    this.clear('retryTimer');
    this.drop(CLOSE_NORMAL);
    this.drainAfterMs = null;
    this.nextTryMs = null;
    const socket = this.env.open(this.url, SUBPROTOCOL);
    socket.binaryType = 'arraybuffer';
    this.socket = socket;
    this.lastFrameMs = this.env.nowMs();
    if (this.downSinceMs === null && this.connection.status === 'connecting') this.downSinceMs = this.lastFrameMs;
    this.show();
    this.watch(WELCOME_WAIT_MS);
    socket.onopen = () => {
      if (this.socket !== socket) return;
      const hello: ClientFrame = {
        t: 'hello',
        c: { protocol: PROTOCOL_VERSION, client: this.client, resume: this.user.resume(), shown: this.env.shown() },
      };
      socket.send(encodeFrame(hello));
    };
    socket.onmessage = ({ data }) => {
      const receivedMs = this.env.nowMs(); // first of all: the clock estimate lives on this
      if (this.socket === socket) this.onMessage(data, receivedMs);
    };
    socket.onclose = ({ code }) => {
      if (this.socket === socket) this.onClosed(code);
    };
    socket.onerror = () => {}; // a close always follows
  }

  private onMessage(data: unknown, receivedMs: number): void {
    this.lastFrameMs = receivedMs;
    this.framesHeard += 1;
    let frame: ServerFrame;
    try {
      if (!(data instanceof ArrayBuffer)) throw new CodecError('a text message');
      frame = decodeFrame(new Uint8Array(data));
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      // Lost durable content shows as a gap and is asked for again; said once, not with each frame.
      this.undecodable += 1;
      if (this.undecodable === 1) console.warn('A frame of the server could not be read:', error.message);
      return;
    }
    if (frame.t === 'welcome') this.onWelcome(frame.c.beat_ms, receivedMs);
    if (frame.t === 'drain') this.drainAfterMs = frame.c.after_ms;
    this.user.onFrame(frame, receivedMs);
  }

  private onWelcome(beatMs: number, nowMs: number): void {
    this.beatMs = Math.max(500, beatMs);
    this.liveSinceMs = nowMs;
    this.downSinceMs = null;
    this.set({ status: 'live', sinceMs: nowMs });
    this.watch(this.beatMs * BEATS_MISSED_MAX);
    this.schedulePing(nowMs);
  }

  private schedulePing(nowMs: number): void {
    this.clear('pingTimer');
    const afterMs = this.user.nextPingMs(nowMs);
    if (afterMs === null) return;
    this.pingTimer = this.env.setTimer(afterMs, () => {
      this.ping();
      this.schedulePing(this.env.nowMs());
    });
  }

  private ping(): void {
    this.send({ t: 'ping', c: { client_us: Math.round(this.env.nowMs() * 1000) } });
  }

  /** Gives the connection `silentMsMax` without a frame, from the last one. */
  private watch(silentMsMax: number): void {
    this.clear('watchTimer');
    const dueMs = this.lastFrameMs + silentMsMax;
    this.watchTimer = this.env.setTimer(dueMs - this.env.nowMs(), () => {
      this.watchTimer = null;
      const nowMs = this.env.nowMs();
      if (this.lastFrameMs + silentMsMax > dueMs) this.watch(silentMsMax);
      // The timer was held back (sleeping laptop, frozen tab): what arrived meanwhile may still wait in line.
      else if (nowMs - dueMs > PROBE_WAIT_MS && this.connection.status === 'live') this.probe();
      else this.onClosed(CLOSE_DEAD);
    });
  }

  /** Asks for a sign of life within a short time. */
  private probe(): void {
    if (this.connection.status !== 'live') return;
    const heard = this.framesHeard;
    this.ping();
    this.clear('watchTimer');
    this.watchTimer = this.env.setTimer(PROBE_WAIT_MS, () => {
      this.watchTimer = null;
      if (this.framesHeard === heard) this.onClosed(CLOSE_DEAD);
      else this.watch(this.beatMs * BEATS_MISSED_MAX);
    });
  }

  private onSignal(signal: Signal): void {
    if (signal === 'shown' || signal === 'hidden') {
      this.send({ t: 'fleeting', c: { value: { t: 'visible', c: { shown: signal === 'shown' } } } });
    }
    if (signal === 'hidden') return;
    if (this.connection.status === 'live') {
      this.probe();
      return;
    }
    if (signal === 'offline') this.show();
    else if (this.retryTimer !== null) this.open(); // back, or looked at again: no reason to wait any longer
    else this.show();
  }

  private onClosed(code: number): void {
    const nowMs = this.env.nowMs();
    const upMs = this.liveSinceMs === null ? 0 : nowMs - this.liveSinceMs;
    this.drop(code === CLOSE_DEAD ? CLOSE_DEAD : CLOSE_NORMAL);
    this.downSinceMs ??= nowMs;
    const next = afterClose(this.backoff, { code, upMs, drainAfterMs: this.drainAfterMs }, this.env.chance());
    if (!next.retry) {
      this.set({ status: 'ended', code });
      return;
    }
    this.backoff = next.backoff;
    this.retryTimer = this.env.setTimer(next.afterMs, () => {
      this.retryTimer = null;
      this.open();
    });
    this.nextTryMs = nowMs + next.afterMs;
    this.show();
  }

  /** Shows a connection that is not live. */
  private show(): void {
    const { nextTryMs } = this;
    const sinceMs = this.downSinceMs ?? this.env.nowMs();
    if (!this.env.online()) this.set({ status: 'offline', sinceMs, nextTryMs });
    else if (this.connection.status === 'connecting' && nextTryMs === null) this.set({ status: 'connecting' });
    else this.set({ status: 'reconnecting', sinceMs, nextTryMs });
  }

  private set(connection: Connection): void {
    this.connection = connection;
    this.user.onConnection(connection);
  }

  /** Lets go of the socket without hearing from it again. */
  private drop(code: number): void {
    this.clear('watchTimer');
    this.clear('pingTimer');
    this.liveSinceMs = null;
    const socket = this.socket;
    this.socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null;
    if (socket.readyState <= 1) socket.close(code);
  }

  private clear(timer: 'retryTimer' | 'watchTimer' | 'pingTimer'): void {
    const handle = this[timer];
    if (handle !== null) this.env.clearTimer(handle);
    this[timer] = null;
  }
}
