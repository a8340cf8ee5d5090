// A TCP proxy that delays bytes both ways, in order, by seeded chance: HTTP and WebSockets pass through it unchanged.
// For tests of what a slow and unsteady network does to people; never part of the product.

import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';

/** Bytes waiting in one direction above which the sender is paused. */
const WAITING_BYTES_MAX = 4 * 1024 * 1024;

export interface DelayOptions {
  /** `host:port` or a URL of the server. */
  target: string;
  /** Mean round trip, milliseconds. */
  rttMs: number;
  /** The round trip lies evenly within plus or minus this, milliseconds. */
  jitterMs: number;
  seed: number;
  /** Share of the delay on the way to the server; 0.5 is symmetric. */
  forwardShare?: number;
}

/** Evenly from 0 to 1 (mulberry32). */
export function seededChance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export class DelayProxy {
  private readonly sockets = new Set<Socket>();
  private readonly chance: () => number;
  private failed = false;
  /** Realised one-way delays, milliseconds; the last 10,000. */
  readonly delays: number[] = [];

  private constructor(
    private readonly server: Server,
    private readonly options: Required<DelayOptions>,
  ) {
    this.chance = seededChance(options.seed);
  }

  /** Starts on a free port of loopback. */
  static async start(options: DelayOptions): Promise<DelayProxy> {
    const server = createServer();
    const proxy = new DelayProxy(server, { forwardShare: 0.5, ...options });
    server.on('connection', (client) => { proxy.join(client); });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    return proxy;
  }

  /** What a page opens instead of the server's address. */
  get base(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Cuts every connection; new ones are taken. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  /** Cuts every connection and takes no new ones until the network is restored. */
  fail(): void {
    this.failed = true;
    this.cut();
  }

  /** The network is back. */
  restore(): void {
    this.failed = false;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.cut();
    await closed;
  }

  private join(client: Socket): void {
    if (this.failed) {
      client.destroy();
      return;
    }
    const [host, port] = this.options.target.replace(/^\w+:\/\//, '').replace(/\/.*$/, '').split(':');
    const upstream = connect(Number(port), host);
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true);
      this.sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => this.sockets.delete(socket));
    }
    this.carry(client, upstream, this.options.forwardShare);
    this.carry(upstream, client, 1 - this.options.forwardShare);
  }

  /** Carries bytes one way; what was sent later never arrives earlier, whatever order the timers fire in. */
  private carry(from: Socket, to: Socket, share: number): void {
    const line: { atMs: number; bytes: number; run: () => void }[] = [];
    let freeMs = 0;
    let waiting = 0;
    const deliver = (): void => {
      while (line[0] && line[0].atMs <= performance.now()) {
        const { bytes, run } = line.shift()!;
        waiting -= bytes;
        run();
      }
      if (from.isPaused() && waiting <= WAITING_BYTES_MAX) from.resume();
      if (line[0]) setTimeout(deliver, Math.max(1, line[0].atMs - performance.now()));
    };
    const later = (bytes: number, run: () => void): void => {
      const { rttMs, jitterMs } = this.options;
      const nowMs = performance.now();
      freeMs = Math.max(freeMs, nowMs + Math.max(0, share * (rttMs + jitterMs * (2 * this.chance() - 1))));
      this.delays.push(freeMs - nowMs);
      if (this.delays.length > 10_000) this.delays.shift();
      line.push({ atMs: freeMs, bytes, run });
      waiting += bytes;
      if (waiting > WAITING_BYTES_MAX) from.pause();
      if (line.length === 1) setTimeout(deliver, freeMs - nowMs);
    };
    from.on('data', (chunk: Buffer) => later(chunk.length, () => { if (to.writable) to.write(chunk); }));
    from.on('end', () => later(0, () => to.end()));
    from.on('close', () => later(0, () => to.destroy()));
  }
}
