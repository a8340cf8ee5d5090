// The player sync around an element that behaves like one, in virtual time. What real browsers do is measured in
// e2e/sync.

import { describe, expect, it } from 'vitest';
import type { SyncReport, Timeline } from '../protocol/types';
import { PlayerSync, type PlayerSyncEnv } from './player-sync';
import type { Signal } from './socket-env';

const VERSION = 'version-1';
const EPOCH_US = 1_790_000_000_000_000;

/** Timers and a clock that move when told to. */
class World {
  nowMs = 1_000;
  /** Whether the tab is; in a hidden one timers come once a second. */
  shown = true;
  private timers: { id: number; atMs: number; run: () => void }[] = [];
  private counter = 0;
  private signal: ((signal: Signal) => void) | null = null;
  readonly elements: FakeVideo[] = [];

  readonly env: PlayerSyncEnv = {
    nowMs: () => {
      this.nowMs += 0.001; // looking at a clock takes time; a spin ends
      return this.nowMs;
    },
    setTimer: (afterMs, run) => {
      const atMs = this.nowMs + afterMs;
      this.timers.push({ id: ++this.counter, atMs: this.shown ? atMs : Math.ceil(atMs / 1_000) * 1_000, run });
      return this.counter;
    },
    clearTimer: (id) => {
      this.timers = this.timers.filter((timer) => timer.id !== id);
    },
    shown: () => this.shown,
    listen: (signal) => {
      this.signal = signal;
      return () => { this.signal = null; };
    },
  };

  readonly clock = {
    serverUs: (nowMs: number): number | null => EPOCH_US + Math.round(nowMs * 1000),
    boundUs: (): number | null => 1_500,
    rttUs: (): number => 3_000,
  };

  tell(signal: Signal): void {
    this.signal?.(signal);
  }

  get listening(): boolean {
    return this.signal !== null;
  }

  get waiting(): number {
    return this.timers.length;
  }

  async run(ms: number): Promise<void> {
    const untilMs = this.nowMs + ms;
    while (this.nowMs < untilMs) {
      const next = this.timers.reduce<number>((soonest, timer) => Math.min(soonest, timer.atMs), untilMs);
      const toMs = Math.max(this.nowMs, Math.min(next, this.nowMs + 5));
      for (const element of this.elements) element.advance(toMs - this.nowMs, toMs);
      this.nowMs = toMs;
      for (const timer of this.timers.filter(({ atMs }) => atMs <= toMs)) {
        this.timers = this.timers.filter(({ id }) => id !== timer.id);
        timer.run();
      }
      for (const element of this.elements) element.tell();
      await Promise.resolve();
      await Promise.resolve();
      if (next === toMs && toMs === untilMs) return;
    }
  }
}

/** A media element: starts late, seeks in a while, plays at its rate. */
class FakeVideo extends EventTarget {
  paused = true;
  ended = false;
  seeking = false;
  readyState = 4;
  muted = false;
  volume = 1;
  duration = 60;
  playbackRate = 1;
  preservesPitch = true;
  refusesSound = false;
  refusesAll = false;
  plays = 0;
  seeks = 0;
  readonly buffered = { length: 1, start: () => 0, end: () => 60 };
  private position = 0;
  private movesAtMs = 0;
  private seekedAtMs: number | null = null;
  private events: string[] = [];

  constructor(private readonly world: World) {
    super();
    world.elements.push(this);
  }

  get currentTime(): number {
    return this.position;
  }

  set currentTime(value: number) {
    this.seeks += 1;
    // Chromium, hidden and muted.
    if (!this.world.shown && this.muted) this.pause();
    this.position = value;
    this.seeking = true;
    this.seekedAtMs = this.world.nowMs + 20;
    this.movesAtMs = this.world.nowMs + 80;
    this.events.push('seeking');
  }

  play(): Promise<void> {
    this.plays += 1;
    if (this.refusesAll || (this.refusesSound && !this.muted)) {
      return Promise.reject(new DOMException('no gesture', 'NotAllowedError'));
    }
    if (this.paused) {
      this.paused = false;
      this.movesAtMs = Math.max(this.movesAtMs, this.world.nowMs + 70);
      this.events.push('play');
    }
    return Promise.resolve();
  }

  pause(): void {
    if (!this.paused) this.events.push('pause');
    this.paused = true;
  }

  advance(ms: number, nowMs: number): void {
    if (this.readyState < 3) this.movesAtMs = nowMs; // has nothing to go on with
    if (this.seekedAtMs !== null && nowMs >= this.seekedAtMs) {
      this.seeking = false;
      this.seekedAtMs = null;
      this.events.push('seeked');
    }
    if (this.paused || this.seeking) return;
    this.position += (Math.min(ms, Math.max(0, nowMs - this.movesAtMs)) / 1000) * this.playbackRate;
  }

  tell(): void {
    for (const event of this.events.splice(0)) this.dispatchEvent(new Event(event));
  }

  slip(seconds: number): void {
    this.position += seconds;
  }
}

/** With a frame callback; paused by somebody, it has the next frame on the screen already. */
class AheadVideo extends FakeVideo {
  private asked: ((nowMs: number, metadata: { mediaTime: number }) => void) | null = null;

  requestVideoFrameCallback(asked: (nowMs: number, metadata: { mediaTime: number }) => void): number {
    this.asked = asked;
    return 1;
  }

  cancelVideoFrameCallback(): void {
    this.asked = null;
  }

  show(frame: number): void {
    const { asked } = this;
    this.asked = null;
    asked?.(0, { mediaTime: frame / 25 });
  }
}

function setup<T extends FakeVideo = FakeVideo>(
  make: (world: World) => T = (world) => new FakeVideo(world) as T,
  beingMade = () => false,
) {
  const world = new World();
  const video = make(world);
  const reports: SyncReport[] = [];
  const sync = new PlayerSync({ clock: world.clock, env: world.env, beingMade, onReport: (report) => reports.push(report) });
  const serverUs = (afterMs = 0) => EPOCH_US + Math.round((world.nowMs + afterMs) * 1000);
  const timeline = (change: Partial<Timeline>): Timeline => ({
    video: { video: 'video-1', version: VERSION, rate: { num: 25, den: 1 }, frames: 1_500 },
    frame: 0,
    speed: { num: 1, den: 1 },
    playing: false,
    anchor_us: serverUs(),
    revision: 1,
    ...change,
  });
  const errorMs = (following: Timeline) =>
    (video.currentTime - (following.frame / 25 + Math.max(0, serverUs() - following.anchor_us) / 1e6)) * 1000;
  const attach = () => sync.attach(video as unknown as HTMLVideoElement, VERSION);
  return { world, video, reports, sync, timeline, serverUs, errorMs, attach };
}

describe('the player sync', () => {
  it('runs ahead by its own offset, from the start on and when it is changed', async () => {
    const { world, video, reports, sync, timeline, serverUs, errorMs, attach } = setup();
    sync.setOffset(120);
    sync.setTimeline(timeline({ frame: 100 }));
    attach();
    await world.run(500);
    expect(Math.floor(video.currentTime * 25)).toBe(100);
    const playing = timeline({ frame: 100, playing: true, anchor_us: serverUs(400), revision: 2 });
    sync.setTimeline(playing);
    await world.run(4_000);
    expect(errorMs(playing)).toBeCloseTo(120, -1);
    sync.setOffset(-60);
    await world.run(12_000);
    expect(errorMs(playing)).toBeCloseTo(-60, -1);
    expect(Math.abs(reports.at(-1)!.error_us)).toBeLessThan(10_000);
    sync.setOffset(0);
    await world.run(12_000);
    expect(errorMs(playing)).toBeCloseTo(0, -1);
  });

  it('starts at the agreed instant and stays there', async () => {
    const { world, video, sync, timeline, serverUs, errorMs, attach } = setup();
    sync.setTimeline(timeline({ frame: 100 }));
    attach();
    await world.run(500);
    expect(video.paused).toBe(true);
    expect(Math.floor(video.currentTime * 25)).toBe(100);
    expect(sync.status()).toBe('locked');
    const playing = timeline({ frame: 100, playing: true, anchor_us: serverUs(250) });
    sync.setTimeline(playing);
    await world.run(200);
    expect(video.plays).toBe(1);
    await world.run(400);
    expect(Math.abs(errorMs(playing))).toBeLessThan(15);
    await world.run(4_000);
    expect(Math.abs(errorMs(playing))).toBeLessThan(2);
    expect(sync.status()).toBe('locked');
    expect(video.preservesPitch).toBe(false);
  });

  it('joins late at the place where the others are', async () => {
    const { world, sync, timeline, serverUs, errorMs, attach } = setup();
    const playing = timeline({ playing: true, anchor_us: serverUs(-20_000) });
    sync.setTimeline(playing);
    attach();
    expect(sync.loadFromS()).toBeGreaterThan(19.9);
    await world.run(1_000);
    expect(Math.abs(errorMs(playing))).toBeLessThan(25);
  });

  it('never turns a remote change into anything but its own element: 1,000 of them', async () => {
    const { world, video, reports, sync, timeline, serverUs, attach } = setup();
    attach();
    const known = ['status', 'error_us', 'bound_us', 'rtt_us', 'buffered_ms', 'start_latency_ms'];
    for (let at = 0; at < 1_000; at += 1) {
      const speed = { num: 3 + (at % 3), den: 4 };
      sync.setTimeline(timeline({ playing: at % 3 !== 0, frame: (at * 37) % 1_400, speed, anchor_us: serverUs(150), revision: at + 2 }));
      await world.run(20 + ((at * 13) % 90));
    }
    // Its only way out is the report.
    expect(reports.length).toBeGreaterThan(20);
    for (const report of reports) expect(Object.keys(report)).toEqual(known);
    expect(reports.length).toBeLessThan(4 * 80); // not more often than every 250 ms in about 65 s
    const last = timeline({ playing: false, frame: 700 });
    sync.setTimeline(last);
    await world.run(1_000);
    expect(video.paused).toBe(true);
    expect(Math.floor(video.currentTime * 25)).toBe(700);
  });

  it('is not led astray by somebody who pauses the element past the page', async () => {
    const { world, video, sync, timeline, serverUs, errorMs, attach } = setup();
    const playing = timeline({ playing: true, anchor_us: serverUs(-5_000) });
    sync.setTimeline(playing);
    attach();
    await world.run(2_000);
    video.pause();
    await world.run(1_500);
    expect(video.paused).toBe(false);
    expect(Math.abs(errorMs(playing))).toBeLessThan(25);
  });

  it('plays muted where sound is refused, says so, and takes the sound on by a gesture', async () => {
    const { world, video, reports, sync, timeline, serverUs, errorMs, attach } = setup();
    video.refusesSound = true;
    const playing = timeline({ playing: true, anchor_us: serverUs(-5_000) });
    sync.setTimeline(playing);
    attach();
    await world.run(2_500);
    expect(video.muted).toBe(true);
    expect(video.paused).toBe(false);
    expect(Math.abs(errorMs(playing))).toBeLessThan(25);
    expect(reports.at(-1)?.status).toBe('gesture');
    video.refusesSound = false;
    sync.unlock();
    await world.run(1_000);
    expect(video.muted).toBe(false);
    expect(sync.status()).toBe('locked');
  });

  it('does not try for ever where even muted play is refused', async () => {
    const { world, video, sync, timeline, serverUs, attach } = setup();
    video.refusesAll = true;
    sync.setTimeline(timeline({ playing: true, anchor_us: serverUs(-5_000) }));
    attach();
    await world.run(10_000);
    expect(video.plays).toBeLessThanOrEqual(2);
    expect(sync.status()).toBe('gesture');
    video.refusesAll = false;
    sync.unlock();
    await world.run(1_500);
    expect(video.paused).toBe(false);
  });

  it('is exact within a second when the tab comes back', async () => {
    const { world, video, sync, timeline, serverUs, errorMs, attach } = setup();
    const playing = timeline({ playing: true, anchor_us: serverUs(-5_000) });
    sync.setTimeline(playing);
    attach();
    await world.run(5_000);
    video.slip(-0.12);
    world.tell('shown');
    await world.run(900);
    expect(Math.abs(errorMs(playing))).toBeLessThan(25);
  });

  it('lets a muted element run on in a hidden tab without a seek, and is exact when it is shown', async () => {
    const { world, video, sync, timeline, serverUs, errorMs, attach } = setup();
    video.muted = true;
    const playing = timeline({ playing: true, anchor_us: serverUs(-2_000) });
    sync.setTimeline(playing);
    attach();
    await world.run(3_000);
    world.shown = false;
    video.pause(); // by the browser
    world.tell('hidden');
    const { plays, seeks } = video;
    for (let second = 0; second < 30; second += 1) {
      await world.run(1_000);
      video.slip(-0.05);
    }
    expect([video.paused, video.plays - plays, video.seeks - seeks]).toEqual([false, 1, 0]);
    expect(errorMs(playing)).toBeLessThan(-1_400);
    // Too far off for what is buffered: fetched there by one seek, and started again.
    video.slip(-3);
    await world.run(10_000);
    expect([video.paused, video.seeks - seeks]).toEqual([false, 1]);
    world.shown = true;
    world.tell('shown');
    await world.run(1_000);
    expect(Math.abs(errorMs(playing))).toBeLessThan(40);
    expect(video.seeks - seeks).toBeLessThanOrEqual(2);
  });

  it('paints a paused picture anew when the next frame is on the screen already', async () => {
    const { world, video, sync, timeline, serverUs, attach } = setup((world) => new AheadVideo(world));
    sync.setTimeline(timeline({ playing: true, anchor_us: serverUs(-2_000) }));
    attach();
    await world.run(3_000);
    const frame = Math.floor(video.currentTime * 25);
    sync.setTimeline(timeline({ frame, revision: 2 }));
    video.show(frame + 1);
    await world.run(100);
    expect(sync.shownFrame()).toBe(frame + 1);
    const { seeks } = video;
    await world.run(500);
    expect(video.seeks - seeks).toBeGreaterThan(0);
    expect(video.currentTime).toBeCloseTo((frame + 0.5) / 25, 3);
    video.show(frame);
    const painted = video.seeks;
    await world.run(2_000);
    expect([sync.shownFrame(), video.seeks - painted]).toEqual([frame, 0]);
    // What a browser never shows is not asked for without end.
    video.show(frame + 1);
    await world.run(10_000);
    expect(video.seeks - seeks).toBeLessThanOrEqual(3);
  });

  it('follows a pause and a jump in a hidden tab', async () => {
    const { world, video, sync, timeline, serverUs, attach } = setup();
    video.muted = true;
    sync.setTimeline(timeline({ playing: true, anchor_us: serverUs(-2_000) }));
    attach();
    await world.run(3_000);
    world.shown = false;
    world.tell('hidden');
    sync.setTimeline(timeline({ frame: 1_000, revision: 2 }));
    await world.run(2_000);
    expect(video.paused).toBe(true);
    expect(video.currentTime).toBeCloseTo(40, 1);
    world.shown = true;
    world.tell('shown');
    await world.run(500);
    expect(Math.floor(video.currentTime * 25)).toBe(1_000);
    expect(sync.status()).toBe('locked');
  });

  it('changes speed without stopping', async () => {
    const { world, video, sync, timeline, serverUs, attach } = setup();
    const playing = timeline({ playing: true, anchor_us: serverUs(-5_000) });
    sync.setTimeline(playing);
    attach();
    await world.run(3_000);
    const { plays, seeks } = video;
    const anchor_us = serverUs(200);
    const frame = Math.floor((anchor_us - playing.anchor_us) / 40_000);
    sync.setTimeline(timeline({ playing: true, frame, anchor_us, speed: { num: 3, den: 2 }, revision: 2 }));
    await world.run(4_000);
    expect(video.plays).toBe(plays);
    expect(video.seeks).toBeLessThanOrEqual(seeks + 1);
    expect(Math.abs(video.playbackRate - 1.5)).toBeLessThan(0.05);
    expect(video.preservesPitch).toBe(true);
  });

  it('takes a speed when it begins, not a tick later', async () => {
    const { world, video, sync, timeline, serverUs, attach } = setup();
    const playing = timeline({ playing: true, anchor_us: serverUs(-5_000) });
    sync.setTimeline(playing);
    attach();
    await world.run(3_000);
    // Whatever the ticks are doing at that moment.
    for (let round = 0; round < 8; round += 1) {
      const aheadMs = 205 + round * 23;
      const num = round % 2 === 0 ? 2 : 1;
      const [from, anchor_us] = [sync.probe().wanted, serverUs(aheadMs)];
      const frame = Math.floor(((from?.position_s ?? 0) + (aheadMs / 1_000) * (from?.speed ?? 1)) * 25);
      sync.setTimeline(timeline({ playing: true, frame, anchor_us, speed: { num, den: 1 }, revision: round + 2 }));
      await world.run(aheadMs + 12);
      expect(Math.abs(video.playbackRate - num)).toBeLessThan(0.2);
      await world.run(2_000);
    }
  });

  it('leaves an element alone that holds another version', async () => {
    const { world, video, sync, timeline, serverUs } = setup();
    sync.attach(video as unknown as HTMLVideoElement, 'version-0');
    sync.setTimeline(timeline({ playing: true, anchor_us: serverUs(-5_000) }));
    await world.run(1_000);
    expect([video.plays, video.seeks]).toEqual([0, 0]);
    expect(sync.status()).toBe('buffering');
  });

  it('says that its data has run out until it is back, also while the others stand for it', async () => {
    for (const made of [false, true]) {
      const { world, video, sync, timeline, serverUs, attach, reports } = setup(undefined, () => made);
      const playing = timeline({ playing: true, anchor_us: serverUs(-5_000) });
      sync.setTimeline(playing);
      attach();
      await world.run(3_000);
      expect(sync.status()).toBe('locked');
      video.readyState = 2;
      await world.run(1_000);
      reports.splice(0);
      // The room lets the timeline stand: the element is put at its frame and goes on lacking data.
      const frame = Math.floor((serverUs(0) - playing.anchor_us) / 40_000);
      sync.setTimeline(timeline({ playing: true, frame, anchor_us: serverUs(2_000), revision: 2 }));
      await world.run(1_500);
      const word = made ? 'preparing' : 'buffering';
      expect(reports.length).toBeGreaterThan(0);
      expect(new Set(reports.map(({ status }) => status))).toEqual(new Set([word]));
      video.readyState = 4;
      await world.run(400);
      expect(reports.at(-1)?.status).toBe('adjusting');
      sync.dispose();
    }
  });

  it('holds the last frame at the end', async () => {
    const { world, video, sync, timeline, serverUs, attach } = setup();
    sync.setTimeline(timeline({ playing: true, anchor_us: serverUs(-58_500) }));
    attach();
    await world.run(3_000);
    expect(video.paused).toBe(true);
    expect(Math.floor(video.currentTime * 25)).toBe(1_499);
  });

  it('leaves nothing behind', async () => {
    const { world, sync, timeline, serverUs, attach } = setup();
    sync.setTimeline(timeline({ playing: true, anchor_us: serverUs(-5_000) }));
    attach();
    await world.run(50);
    sync.dispose();
    expect(world.waiting).toBe(0);
    expect(world.listening).toBe(false);
    expect(window.__genlock?.sync).toBeUndefined();
  });
});
