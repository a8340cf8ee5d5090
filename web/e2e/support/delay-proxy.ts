// A TCP proxy that delays bytes both ways, in order, by seeded chance: HTTP and WebSockets pass through it unchanged. What
// is "lost" comes late, and everything behind it waits, as TCP has it. For tests of what a slow and unsteady network does
// to people; never part of the product.

import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';

/** Bytes waiting in one direction above which the sender is paused. */
const WAITING_BYTES_MAX = 4 * 1024 * 1024;

/** Time until what was lost is sent again, milliseconds, beside a round trip: TCP's least. */
const RESEND_MS = 200;
/** Head of a request by which a live connection is told from others. */
const UPGRADE = /^GET [^\r\n]+\r\n[\s\S]*?^upgrade: *websocket/im;

/** What a way through the proxy is like. */
export interface Path {
  /** Mean round trip, milliseconds. */
  rttMs: number;
  /** The round trip lies evenly within plus or minus this, milliseconds. */
  jitterMs: number;
  /** Share of the delay on the way to the server; 0.5 is symmetric. */
  forwardShare?: number;
  /** Share of what is sent that is lost once. */
  loss?: number;
  /** The mean round trip wanders evenly to somewhere between `rttMs` and this every `wanderEveryMs`, milliseconds. */
  rttMaxMs?: number;
  wanderEveryMs?: number;
}

export interface DelayOptions extends Path {
  /** `host:port` or a URL of the server. */
  target: string;
  seed: number;
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
  private readonly live = new Set<Socket>();
  private readonly chance: () => number;
  private failed = false;
  private liveFailed = false;
  private wander = { fromMs: 0, toMs: 0, sinceMs: 0 };
  /** Realised one-way delays, milliseconds; the last 10,000. */
  readonly delays: number[] = [];

  private constructor(
    private readonly server: Server,
    private readonly options: Required<DelayOptions>,
  ) {
    this.chance = seededChance(options.seed);
    this.wander = { fromMs: options.rttMs, toMs: options.rttMs, sinceMs: performance.now() };
  }

  /** Starts on a free port of loopback. */
  static async start(options: DelayOptions): Promise<DelayProxy> {
    const server = createServer();
    const proxy = new DelayProxy(server, {
      forwardShare: 0.5, loss: 0, rttMaxMs: options.rttMs, wanderEveryMs: 10_000, ...options,
    });
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

  /** Cuts live connections (WebSockets) and refuses new ones; media goes on. */
  failLive(): void {
    this.liveFailed = true;
    for (const socket of this.live) socket.destroy();
  }

  /** The network is back. */
  restore(): void {
    this.failed = false;
    this.liveFailed = false;
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
    client.once('data', (head: Buffer) => {
      if (!UPGRADE.test(head.toString('latin1'))) return;
      if (this.liveFailed) client.destroy();
      this.live.add(client);
      client.on('close', () => this.live.delete(client));
    });
    this.carry(client, upstream, this.options.forwardShare);
    this.carry(upstream, client, 1 - this.options.forwardShare);
  }

  /** The mean round trip now, milliseconds. */
  private meanMs(nowMs: number): number {
    const { rttMs, rttMaxMs, wanderEveryMs } = this.options;
    if (rttMaxMs === rttMs) return rttMs;
    const share = (nowMs - this.wander.sinceMs) / wanderEveryMs;
    if (share >= 1) {
      this.wander = { fromMs: this.wander.toMs, toMs: rttMs + this.chance() * (rttMaxMs - rttMs), sinceMs: nowMs };
      return this.wander.fromMs;
    }
    return this.wander.fromMs + share * (this.wander.toMs - this.wander.fromMs);
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
      const { jitterMs, loss } = this.options;
      const nowMs = performance.now();
      const rttMs = this.meanMs(nowMs);
      const lostMs = loss > 0 && this.chance() < loss ? RESEND_MS + rttMs : 0;
      freeMs = Math.max(freeMs, nowMs + lostMs + Math.max(0, share * (rttMs + jitterMs * (2 * this.chance() - 1))));
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
