// Stand-ins for the browser in tests of the live connection: time that only moves when told, sockets whose other end
// the test holds. Not part of the page.

import type { ClientFrame, Command, ServerFrame } from '../protocol/types';
import { decodeAs, encodeAs } from './codec';
import type { Signal, SocketEnv, SocketLike } from './socket-env';

/** One socket, seen from the server's side. */
export class FakeSocket implements SocketLike {
  binaryType: BinaryType = 'blob';
  readyState = 0;
  bufferedAmount = 0;
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: unknown }) => void) | null = null;
  onclose: ((close: { code: number; reason: string }) => void) | null = null;
  onerror: (() => void) | null = null;
  /** Frames that the page has sent. */
  readonly sent: ClientFrame[] = [];
  closedWith: number | null = null;

  constructor(
    readonly url: string,
    readonly protocol: string,
  ) {}

  send(bytes: Uint8Array): void {
    this.sent.push(decodeAs('ClientFrame', bytes) as ClientFrame);
  }

  close(code?: number): void {
    this.readyState = 3;
    this.closedWith = code ?? 1005;
  }

  /** The server accepts. */
  accept(): void {
    this.readyState = 1;
    this.onopen?.();
  }

  /** The server sends. */
  deliver(...frames: ServerFrame[]): void {
    for (const frame of frames) this.onmessage?.({ data: encodeAs('ServerFrame', frame).buffer });
  }

  /** The connection ends. */
  cut(code = 1006): void {
    this.readyState = 3;
    this.onclose?.({ code, reason: '' });
  }

  /** Commands that the page has sent. */
  commands(): { op: string; command: Command }[] {
    return this.sent.flatMap((frame) => (frame.t === 'command' ? [frame.c] : []));
  }
}

/** A browser whose time stands still. */
export class FakeEnv implements SocketEnv {
  readonly sockets: FakeSocket[] = [];
  ms = 1_000;
  isOnline = true;
  isShown = true;
  nextChance = 0.5;
  private timers = new Map<number, { atMs: number; run: () => void }>();
  private lastTimer = 0;
  private listener: ((signal: Signal) => void) | null = null;

  open = (url: string, protocol: string): SocketLike => {
    const socket = new FakeSocket(url, protocol);
    this.sockets.push(socket);
    return socket;
  };
  nowMs = () => this.ms;
  setTimer = (afterMs: number, run: () => void): number => {
    this.lastTimer += 1;
    this.timers.set(this.lastTimer, { atMs: this.ms + Math.max(0, afterMs), run });
    return this.lastTimer;
  };
  clearTimer = (timer: number) => void this.timers.delete(timer);
  chance = () => this.nextChance;
  online = () => this.isOnline;
  shown = () => this.isShown;
  listen = (listener: (signal: Signal) => void) => {
    this.listener = listener;
    return () => {
      this.listener = null;
    };
  };

  /** The newest socket. */
  get socket(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error('no socket was opened');
    return socket;
  }

  /** Lets time pass, running timers in order. */
  pass(ms: number): void {
    const until = this.ms + ms;
    for (;;) {
      const due = [...this.timers].filter(([, { atMs }]) => atMs <= until).sort((a, b) => a[1].atMs - b[1].atMs)[0];
      if (!due) break;
      this.timers.delete(due[0]);
      this.ms = Math.max(this.ms, due[1].atMs);
      due[1].run();
    }
    this.ms = until;
  }

  /** Lets time pass without a timer running, as when the laptop sleeps. */
  sleep(ms: number): void {
    this.ms += ms;
  }

  signal(signal: Signal): void {
    if (signal === 'online' || signal === 'offline') this.isOnline = signal === 'online';
    else this.isShown = signal === 'shown';
    this.listener?.(signal);
  }
}
