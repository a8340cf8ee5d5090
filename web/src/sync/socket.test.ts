import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Position, ServerFrame } from '../protocol/types';
import { LiveSocket, type Connection } from './socket';
import { FakeEnv } from './socket-fake';

const id = (last: number) => `0197c000-0000-7000-8000-${last.toString(16).padStart(12, '0')}`;
const welcome: ServerFrame = {
  t: 'welcome',
  c: { session: id(1), person: id(2), role: 'member', head: { epoch: 7, seq: 3 }, server_us: 0, beat_ms: 5_000, resumed: false, server_version: '1' },
};
const beat: ServerFrame = { t: 'beat', c: { head: { epoch: 7, seq: 3 }, revision: 0, server_us: 0 } };

let env: FakeEnv;
let shown: Connection[];
let frames: ServerFrame[];
let position: Position | null;
let socket: LiveSocket;

beforeEach(() => {
  env = new FakeEnv();
  shown = [];
  frames = [];
  position = null;
  socket = new LiveSocket(
    'ws://here/live',
    id(9),
    {
      resume: () => position,
      onFrame: (frame) => frames.push(frame),
      onConnection: (connection) => shown.push(connection),
      nextPingMs: () => 1_000,
    },
    env,
  );
});

const now = () => shown.at(-1)!;
function goLive() {
  socket.start();
  env.socket.accept();
  env.socket.deliver(welcome);
}
/** Beats for a while, as a healthy server. */
function beats(seconds: number) {
  for (let passed = 0; passed < seconds; passed += 5) {
    env.pass(5_000);
    env.socket.deliver(beat);
  }
}

describe('live socket', () => {
  it('says hello first, and is live with the welcome', () => {
    socket.start();
    expect(now()).toEqual({ status: 'connecting' });
    expect(env.socket.protocol).toBe('genlock.v1');
    env.socket.accept();
    expect(env.socket.sent).toEqual([{ t: 'hello', c: { protocol: 1, client: id(9), resume: null, shown: true } }]);
    expect(socket.send({ t: 'ping', c: { client_us: 1 } })).toBe(false);
    env.socket.deliver(welcome);
    expect(now()).toEqual({ status: 'live', sinceMs: 1_000 });
  });

  it('comes back by itself and resumes where it stood', () => {
    goLive();
    beats(40);
    position = { epoch: 7, seq: 12 };
    env.socket.cut();
    expect(now()).toMatchObject({ status: 'reconnecting' });
    env.pass(0);
    expect(env.sockets).toHaveLength(2);
    env.socket.accept();
    expect(env.socket.sent[0]).toMatchObject({ c: { resume: { epoch: 7, seq: 12 } } });
    env.socket.deliver(welcome);
    expect(now().status).toBe('live');
  });

  it('keeps saying since when it has been away while tries fail', () => {
    goLive();
    beats(40);
    env.socket.cut();
    const since = env.ms;
    for (let tries = 0; tries < 6; tries += 1) {
      env.pass(20_000);
      env.socket.cut();
      expect(now()).toMatchObject({ status: 'reconnecting', sinceMs: since });
    }
    expect(env.sockets.length).toBeGreaterThanOrEqual(7);
  });

  it('is dead after three beats missed, not after two', () => {
    goLive();
    env.pass(14_999);
    expect(now().status).toBe('live');
    env.pass(2);
    expect(now().status).not.toBe('live');
    expect(env.sockets[0]!.closedWith).not.toBeNull();
  });

  it('gives a handshake ten seconds', () => {
    socket.start();
    env.pass(10_001);
    expect(now().status).toBe('reconnecting');
  });

  it('tries at once on "Retry now", when the network returns and when the page is looked at', () => {
    goLive();
    beats(40);
    env.nextChance = 0.99;
    for (const wake of [() => socket.retryNow(), () => env.signal('online'), () => env.signal('shown')]) {
      env.socket.cut();
      env.pass(0);
      env.socket.cut(); // the free try failed as well: now it waits
      const tries = env.sockets.length;
      env.pass(1);
      expect(env.sockets).toHaveLength(tries);
      wake();
      expect(env.sockets).toHaveLength(tries + 1);
    }
  });

  it('does not start a second try beside one under way', () => {
    socket.start();
    socket.retryNow();
    env.signal('online');
    expect(env.sockets).toHaveLength(1);
  });

  it('tells offline from reconnecting, and keeps trying: the browser may be wrong', () => {
    goLive();
    env.signal('offline');
    expect(now().status).toBe('live'); // the socket has not noticed anything: asked for a sign of life
    expect(env.socket.sent.at(-1)?.t).toBe('ping');
    env.pass(2_001);
    expect(now().status).toBe('offline');
    env.pass(0);
    expect(env.sockets.length).toBeGreaterThan(1);
  });

  it('finds out within two seconds whether a connection survived the sleep of the laptop', () => {
    goLive();
    env.sleep(600_000);
    env.signal('shown');
    expect(env.socket.sent.map(({ t }) => t)).toContain('ping');
    env.socket.deliver({ t: 'pong', c: { client_us: 0, received_us: 0, sent_us: 0 } });
    env.pass(2_001);
    expect(now().status).toBe('live');
    env.sleep(600_000);
    env.signal('shown');
    env.pass(2_001);
    expect(now().status).not.toBe('live');
  });

  it('does not call a frozen page dead before it has read what waited in line', () => {
    goLive();
    env.sleep(60_000);
    env.pass(0); // the watch timer runs first, a minute late
    expect(now().status).toBe('live');
    env.socket.deliver(beat);
    env.pass(2_001);
    expect(now().status).toBe('live');
  });

  it.each([4401, 4403, 4410])('ends for good with %i', (code) => {
    goLive();
    env.socket.cut(code);
    expect(now()).toEqual({ status: 'ended', code });
    env.pass(120_000);
    expect(env.sockets).toHaveLength(1);
  });

  it('comes back when a drain says so', () => {
    goLive();
    env.socket.deliver({ t: 'drain', c: { after_ms: 3_000 } });
    env.socket.cut(1012);
    env.pass(2_999);
    expect(env.sockets).toHaveLength(1);
    env.pass(1);
    expect(env.sockets).toHaveLength(2);
  });

  it('pings by the schedule while live only', () => {
    goLive();
    env.pass(3_000);
    expect(env.socket.sent.filter(({ t }) => t === 'ping')).toHaveLength(3);
    const first = env.socket;
    first.cut(4403);
    env.pass(10_000);
    expect(first.sent.filter(({ t }) => t === 'ping')).toHaveLength(3);
  });

  it('tells the others when the page is hidden', () => {
    goLive();
    env.signal('hidden');
    expect(env.socket.sent.at(-1)).toEqual({ t: 'fleeting', c: { value: { t: 'visible', c: { shown: false } } } });
  });

  it('leaves fleeting values out when the line is full, never commands', () => {
    goLive();
    env.socket.bufferedAmount = 1_000_000;
    expect(socket.send({ t: 'fleeting', c: { value: { t: 'typing', c: { on: true } } } })).toBe(false);
    expect(socket.send({ t: 'command', c: { op: id(4), command: { t: 'playback.play', c: { frame: null } } } })).toBe(true);
  });

  it('outlives bytes that it cannot read', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    goLive();
    env.socket.onmessage?.({ data: new Uint8Array([0xc1]).buffer });
    env.socket.onmessage?.({ data: 'text' });
    env.socket.deliver(beat);
    expect(now().status).toBe('live');
    expect(frames.at(-1)).toEqual(beat);
    expect(warn).toHaveBeenCalledTimes(1);
    warn.mockRestore();
  });

  it('says nothing any more once it has been left', () => {
    goLive();
    const first = env.socket;
    const late = first.onmessage;
    socket.stop();
    const count = shown.length;
    late?.({ data: new ArrayBuffer(0) });
    env.signal('online');
    env.pass(60_000);
    expect(shown).toHaveLength(count);
    expect(env.sockets).toHaveLength(1);
    expect(first.closedWith).toBe(1000);
  });
});
