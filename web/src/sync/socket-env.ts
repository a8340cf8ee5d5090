// What the live socket needs from the browser, so that tests can stand in for it.

/** The part of `WebSocket` that is used. */
export interface SocketLike {
  binaryType: BinaryType;
  readonly readyState: number;
  readonly bufferedAmount: number;
  onopen: (() => void) | null;
  onmessage: ((message: { data: unknown }) => void) | null;
  onclose: ((close: { code: number; reason: string }) => void) | null;
  onerror: (() => void) | null;
  send(bytes: Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
}

/** What the page tells the socket. */
export type Signal = 'online' | 'offline' | 'shown' | 'hidden';

/** Sockets, clocks, timers, chance and signals of the page. */
export interface SocketEnv {
  open(url: string, protocol: string): SocketLike;
  /** Monotonic milliseconds with fractions. */
  nowMs(): number;
  setTimer(afterMs: number, run: () => void): number;
  clearTimer(timer: number): void;
  /** Evenly from 0 to 1. */
  chance(): number;
  /** Whether the browser believes that it has a network. It may be wrong in both directions. */
  online(): boolean;
  shown(): boolean;
  /** Calls back on each signal until the returned function is called. */
  listen(signal: (signal: Signal) => void): () => void;
}

/** The real browser. */
export const browserEnv: SocketEnv = {
  open: (url, protocol) => new WebSocket(url, protocol) as unknown as SocketLike,
  nowMs: () => performance.now(),
  setTimer: (afterMs, run) => window.setTimeout(run, afterMs),
  clearTimer: (timer) => window.clearTimeout(timer),
  chance: () => Math.random(),
  online: () => navigator.onLine,
  shown: () => document.visibilityState === 'visible',
  listen(signal) {
    const online = () => signal('online');
    const offline = () => signal('offline');
    const visibility = () => signal(document.visibilityState === 'visible' ? 'shown' : 'hidden');
    // A page out of the back-forward cache has lost its socket without a word.
    const pageShow = (event: PageTransitionEvent) => {
      if (event.persisted) signal('shown');
    };
    window.addEventListener('online', online);
    window.addEventListener('offline', offline);
    window.addEventListener('pageshow', pageShow);
    document.addEventListener('visibilitychange', visibility);
    return () => {
      window.removeEventListener('online', online);
      window.removeEventListener('offline', offline);
      window.removeEventListener('pageshow', pageShow);
      document.removeEventListener('visibilitychange', visibility);
    };
  },
};
