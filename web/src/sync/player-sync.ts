// Keeps one <video> where the timeline is: samples the element, asks the controller, does what it says.
//
// It never makes a command: it has no way to send one. Media events only make it look again; what they mean for the
// room is nothing. Whoever owns the element loads the source (hls.js), draws the controls and turns a person's
// gestures into commands, which come back here as a new timeline like anybody's.

import type { SyncReport, SyncStatus, Timeline } from '../protocol/types';
import {
  DriftController,
  isBuffered,
  keepsPitch,
  MUTED_TICK_MS,
  SAMPLE_MS,
  TICK_MS,
  type Action,
  type Element,
  type Observation,
} from './drift';
import type { LearnedMemory } from './learned-memory';
import { expose, unexpose, type SyncProbe } from './player-sync-console';
import { bufferedRanges, hasData, kindOf, setPitchKept, stalledAt } from './player-sync-element';
import { ShownFrame } from './player-sync-frames';
import { reportOf, type SyncClock } from './player-sync-report';
import { PositionSamples } from './player-sync-samples';
import type { SocketEnv } from './socket-env';
import { courseOf, leadsInto, sameCourse, wantedAt, type Course, type Wanted } from './timeline';

/** Timers come up to this much late, milliseconds: the rest of a wait for a start is spent spinning. */
const SPIN_MS = 3;
/** So much after a turn it is looked at the element, milliseconds: not before it. */
const TURN_MS = 1;
/** Bound of the spinning, whatever the clock says. */
const SPINS_MAX = 200_000;
/** Time between two reports, milliseconds. */
export const REPORT_MS = 1_000;
/** A hidden element without sound is left alone unless it is further off than this, seconds: then what is buffered would
 *  not be what is wanted when the tab is shown. */
const UNSEEN_OFF_S_MAX = 3;
/** Paused by the browser, it is started again, but not more often than this, milliseconds. */
const UNSEEN_START_MS = 1_000;
/** A paused picture that is still another frame than wanted after this, milliseconds, is painted anew ... */
const REPAINT_AFTER_MS = 100;
/** ... at most so often for one place on the timeline. */
const REPAINTS_MAX = 3;
/** A change of state is reported at once, but not more often than this, milliseconds. */
const REPORT_CHANGE_MS = 250;

/** Clock, timers and visibility of the page. */
export type PlayerSyncEnv = Pick<SocketEnv, 'nowMs' | 'setTimer' | 'clearTimer' | 'listen' | 'shown'>;

export type { SyncClock };
export interface PlayerSyncDeps {
  clock: SyncClock;
  env: PlayerSyncEnv;
  /** Where what players take is kept. */
  memory?: LearnedMemory;
  /** Whether the data that is lacking is still being made. */
  beingMade?(): boolean;
  /** About once a second while the timeline moves, and when the status changes: for the badge and for the room. */
  onReport(report: SyncReport): void;
}

const LOOK_EVENTS = [
  'loadedmetadata', 'canplay', 'seeked', 'seeking', 'playing', 'waiting', 'play', 'pause', 'ended', 'volumechange',
] as const;

/** Steers one element at a time. */
export class PlayerSync {
  private readonly controller = new DriftController();
  private video: HTMLVideoElement | null = null;
  private version: string | null = null;
  private frames: ShownFrame | null = null;
  private timeline: Timeline | null = null;
  private course: Course | null = null;
  /** Followed until `course` begins, where nothing jumps in between. */
  private previous: Course | null = null;
  private revisions = 0;
  private mode: 'together' | 'own' = 'together';
  private readonly samples = new PositionSamples();
  private loopTimer: number | null = null;
  private startTimer: number | null = null;
  private turnTimer: number | null = null;
  private lastTickMs = Number.NEGATIVE_INFINITY;
  private lastReportMs = Number.NEGATIVE_INFINITY;
  private lastStatus: SyncStatus | null = null;
  private unseenStartMs = Number.NEGATIVE_INFINITY;
  /** Since when a paused picture is seen to be another frame than wanted, and how often it was painted anew. */
  private wrongSinceMs: number | null = null;
  private repaints = 0;
  /** The browser refused sound without a gesture: muted by us. */
  private silenced = false;
  /** The browser refused even to play muted. */
  private blocked = false;
  /** How far this device runs ahead of the timeline by the person's wish, milliseconds. */
  private offsetMs = 0;
  private counts: Record<Action['do'], number> = { rate: 0, seek: 0, play: 0, pause: 0 };
  private readonly unlisten: () => void;

  constructor(private readonly deps: PlayerSyncDeps) {
    this.unlisten = deps.env.listen((signal) => {
      if (signal === 'shown') this.resync();
    });
    deps.memory?.recall(this.controller.learned);
    expose(this);
  }

  /** Takes over an element into which `version` is being loaded. Its source may be exchanged by attaching again. */
  attach(video: HTMLVideoElement, version: string): void {
    if (this.video !== video) {
      this.detach();
      this.video = video;
      this.frames = new ShownFrame(video);
      for (const event of LOOK_EVENTS) video.addEventListener(event, this.look);
      video.addEventListener('emptied', this.onEmptied);
    }
    if (this.version !== version) {
      this.version = version;
      this.startOver();
    }
    this.tick();
    this.loop();
  }

  /** Lets go of the element as it is. */
  detach(): void {
    const { video } = this;
    if (!video) return;
    for (const event of LOOK_EVENTS) video.removeEventListener(event, this.look);
    video.removeEventListener('emptied', this.onEmptied);
    this.frames?.stop();
    this.frames = null;
    this.video = null;
    this.version = null;
    this.startOver();
    this.clear('turnTimer');
    this.clear('loopTimer');
  }

  /** The end. */
  dispose(): void {
    this.detach();
    this.unlisten();
    unexpose(this);
  }

  /** The timeline to follow: the shared one, or my own while I am on my own. */
  setTimeline(timeline: Timeline | null): void {
    const before = this.timeline;
    this.timeline = timeline;
    if (sameCourse(before, timeline)) return;
    const next = timeline && courseOf(timeline);
    const serverUs = this.timeUs(this.deps.env.nowMs());
    const following = serverUs === null ? this.course : this.courseAt(serverUs);
    const sameVersion = before?.video?.version === timeline?.video?.version;
    this.course = next && { ...next, revision: ++this.revisions };
    this.repaints = 0;
    this.previous = next && following && sameVersion && leadsInto(following, next) ? following : null;
    if (!this.previous) this.samples.clear();
    this.tick();
    this.turn();
    this.loop();
  }

  /** Whether the timeline given is the others' or my own; only told on. */
  setMode(mode: 'together' | 'own'): void {
    if (this.mode === mode) return;
    this.mode = mode;
    this.report(true);
  }

  /** Follows the timeline this far ahead (behind if negative), milliseconds: for a screen or headphones that are late. */
  setOffset(offsetMs: number): void {
    if (this.offsetMs === offsetMs) return;
    this.offsetMs = offsetMs;
    this.samples.clear();
    this.tick();
  }

  /** "Join with sound": to be called within a gesture of the person. */
  unlock(): void {
    const { video } = this;
    this.silenced = false;
    this.blocked = false;
    if (!video) return;
    video.muted = false;
    const wanted = this.wantedNow();
    if (wanted?.playing && wanted.starts_in_ms === 0) this.start(video);
    this.resync();
  }

  /** Be exact now, even at the price of a seek. */
  resync(): void {
    this.controller.resync(this.deps.env.nowMs());
    this.samples.clear();
    this.tick();
  }

  /** Where loading should begin, seconds, so that a joiner does not fetch what it will not show. */
  loadFromS(): number {
    return this.wantedNow()?.position_s ?? 0;
  }

  /** The frame that is on the screen, by the frame callback; none before the first. */
  shownFrame(): number | null {
    const rate = this.timeline?.video?.rate;
    return rate && this.frames && this.ours() ? this.frames.frame(rate) : null;
  }

  /** How it stands. */
  status(): SyncStatus {
    if (!this.course) return 'idle';
    if (this.mode === 'own') return 'own';
    if (this.silenced || this.blocked) return 'gesture';
    const { video, controller } = this;
    if (!this.ours() || !video || video.readyState === 0) return this.lacking();
    // An element without data has none, whatever the controller is doing with it meanwhile; and once it has run out,
    // it is back when there is data, not when a seek was tried.
    const without = this.course.playing && !hasData(video) && (!video.seeking || this.lacked());
    return without || controller.hold === 'buffering' ? this.lacking() : controller.hold;
  }

  private lacking(): SyncStatus {
    return this.deps.beingMade?.() === true ? 'preparing' : 'buffering';
  }

  private lacked(): boolean {
    return this.lastStatus === 'buffering' || this.lastStatus === 'preparing';
  }

  /** For measurements. */
  probe(): SyncProbe {
    const nowMs = this.deps.env.nowMs();
    const { video, deps, controller } = this;
    const kind = video && kindOf(video);
    return {
      nowMs,
      serverUs: deps.clock.serverUs(nowMs),
      boundUs: deps.clock.boundUs(nowMs),
      wanted: this.wantedNow(),
      positionS: video?.currentTime ?? null,
      errorMs: controller.errorMs,
      status: this.status(),
      kind,
      rate: video?.playbackRate ?? null,
      shownFrame: this.shownFrame(),
      startMs: controller.learned.startMs(kind ?? 'audio'),
      seekLagMs: controller.learned.seekLagMs(kind ?? 'audio'),
      counts: { ...this.counts },
    };
  }

  private readonly look = (): void => {
    // Somebody took the sound back on by another way than `unlock`.
    if (this.silenced && this.video?.muted === false) this.silenced = false;
    this.tick();
  };

  private readonly onEmptied = (): void => {
    this.startOver();
  };

  private startOver(): void {
    this.clear('startTimer');
    this.controller.reset();
    this.samples.clear();
    this.frames?.forget();
  }

  /** Whether the element holds what the timeline wants. */
  private ours(): boolean {
    return this.version !== null && this.version === this.timeline?.video?.version;
  }

  private courseAt(serverUs: number): Course | null {
    return this.previous && this.course && serverUs < this.course.anchor_us ? this.previous : this.course;
  }

  /** The server's time by which this device follows: with the person's own offset. */
  private timeUs(nowMs: number): number | null {
    const serverUs = this.deps.clock.serverUs(nowMs);
    return serverUs === null ? null : serverUs + Math.round(this.offsetMs * 1_000);
  }

  private wantedNow(): Wanted | null {
    const serverUs = this.timeUs(this.deps.env.nowMs());
    const course = serverUs === null ? null : this.courseAt(serverUs);
    return course && serverUs !== null ? wantedAt(course, serverUs) : null;
  }

  /** Looks when what is followed turns into another course: a speed taken a tick late is 200 ms of the film. */
  private turn(): void {
    this.clear('turnTimer');
    const serverUs = this.timeUs(this.deps.env.nowMs());
    if (!this.previous || !this.course || serverUs === null) return;
    const afterMs = Math.max(0, (this.course.anchor_us - serverUs) / 1_000 + TURN_MS);
    this.turnTimer = this.deps.env.setTimer(afterMs, () => {
      this.turnTimer = null;
      this.tick();
    });
  }

  /** Samples and ticks for as long as there is something to steer. */
  private loop(): void {
    if (this.loopTimer !== null || !this.video || !this.course) return;
    const everyMs = this.course.playing ? SAMPLE_MS : TICK_MS;
    this.loopTimer = this.deps.env.setTimer(everyMs, () => {
      this.loopTimer = null;
      this.sample();
      const tickMs = this.video && kindOf(this.video) === 'muted' ? MUTED_TICK_MS : TICK_MS;
      if (this.deps.env.nowMs() - this.lastTickMs >= tickMs - SAMPLE_MS / 2) this.tick();
      this.loop();
    });
  }

  private sample(): void {
    const { video } = this;
    if (!video || video.paused || video.seeking || video.readyState < 3) return;
    const atMs = this.deps.env.nowMs();
    if (atMs < this.controller.blindUntilMs) return;
    this.samples.add(atMs, video.currentTime);
  }

  private tick(): void {
    const { video } = this;
    const nowMs = this.deps.env.nowMs();
    const serverUs = this.timeUs(nowMs);
    const course = serverUs === null ? null : this.courseAt(serverUs);
    if (video && course && serverUs !== null && this.ours() && video.readyState > 0) {
      this.lastTickMs = nowMs;
      const wanted = wantedAt(course, serverUs);
      // A container may end a little before or after its last frame's time.
      if (Number.isFinite(video.duration)) wanted.end_s = Math.min(wanted.end_s, video.duration);
      if (this.unseen(video)) {
        this.keepNear(video, wanted);
        this.report(false);
        return;
      }
      const seen: Observation = { now_ms: nowMs, wanted, element: this.observe(video, nowMs, serverUs) };
      setPitchKept(video, keepsPitch(seen));
      for (const action of this.controller.tick(seen)) this.do(action, video, seen);
      this.repaint(video, wanted, nowMs);
    }
    this.report(false);
  }

  /** Whether nobody sees or hears the element. */
  private unseen(video: HTMLVideoElement): boolean {
    return !this.deps.env.shown() && kindOf(video) !== 'audio';
  }

  /**
   * An unseen element runs on without being steered. A hidden tab's timers come up to a second late, and Chromium
   * pauses a muted video there with every seek: each correction would be the cause of the next. Shown again, it is put
   * right at once.
   */
  private keepNear(video: HTMLVideoElement, wanted: Wanted): void {
    this.clear('startTimer');
    if (video.seeking) return;
    if (!wanted.playing && !video.paused) video.pause();
    if (video.playbackRate !== wanted.speed) video.playbackRate = wanted.speed;
    const nowMs = this.deps.env.nowMs();
    if (Math.abs(video.currentTime - wanted.position_s) > UNSEEN_OFF_S_MAX) {
      this.counts.seek += 1;
      video.currentTime = wanted.position_s;
    } else if (wanted.playing && wanted.starts_in_ms === 0 && video.paused && !video.ended && !this.blocked && nowMs - this.unseenStartMs >= UNSEEN_START_MS) {
      this.unseenStartMs = nowMs;
      this.counts.play += 1;
      this.start(video);
    }
  }

  /**
   * Paused late within a frame, Chromium has often painted the next one already: the position is right and the picture
   * is not. A seek to the middle of the frame paints it.
   */
  private repaint(video: HTMLVideoElement, wanted: Wanted, nowMs: number): void {
    const shown = this.shownFrame();
    const right = shown === null || shown === Math.round(wanted.position_s / wanted.frame_s);
    if (right || wanted.playing || !video.paused || video.seeking || !this.deps.env.shown()) {
      this.wrongSinceMs = null;
      return;
    }
    this.wrongSinceMs ??= nowMs;
    if (nowMs - this.wrongSinceMs < REPAINT_AFTER_MS || this.repaints >= REPAINTS_MAX) return;
    this.wrongSinceMs = null;
    this.repaints += 1;
    this.counts.seek += 1;
    video.currentTime = wanted.position_s + wanted.frame_s / 2;
  }

  private observe(video: HTMLVideoElement, nowMs: number, serverUs: number): Element {
    const errorS = this.samples.takeErrorS((atMs) => {
      const thenUs = serverUs - (nowMs - atMs) * 1000;
      const course = this.courseAt(thenUs);
      return course && wantedAt(course, thenUs).position_s;
    });
    return {
      kind: kindOf(video),
      paused: video.paused || video.ended,
      seeking: video.seeking,
      stalled: stalledAt(video),
      position_s: video.currentTime,
      rate: video.playbackRate,
      error_s: errorS,
      buffered: bufferedRanges(video),
    };
  }

  private do(action: Action, video: HTMLVideoElement, seen: Observation): void {
    if (action.do === 'play' && this.blocked) return;
    this.counts[action.do] += 1;
    switch (action.do) {
      case 'rate':
        setPitchKept(video, action.keep_pitch);
        video.playbackRate = action.rate;
        return;
      case 'seek': {
        const buffered = isBuffered(seen.element.buffered, action.to_s);
        const moving = !video.paused;
        this.samples.clear();
        video.currentTime = action.to_s;
        this.controller.sought(seen.now_ms, action.to_s, moving, buffered);
        return;
      }
      case 'play':
        this.startAt(video, seen.now_ms + action.in_ms);
        return;
      case 'pause':
        this.clear('startTimer');
        this.samples.clear();
        video.pause();
        return;
    }
  }

  private startAt(video: HTMLVideoElement, atMs: number): void {
    const { env } = this.deps;
    this.clear('startTimer');
    this.startTimer = env.setTimer(Math.max(0, atMs - SPIN_MS - env.nowMs()), () => {
      this.startTimer = null;
      for (let spins = 0; env.nowMs() < atMs && spins < SPINS_MAX; spins += 1);
      if (this.video === video && video.paused) this.start(video);
    });
  }

  private start(video: HTMLVideoElement): void {
    this.samples.clear();
    const fromS = video.currentTime;
    this.controller.played(this.deps.env.nowMs(), fromS);
    video.play().catch((error: unknown) => {
      if (this.video === video) this.onRefused(video, error);
    });
  }

  private onRefused(video: HTMLVideoElement, error: unknown): void {
    this.controller.playFailed();
    // An interrupted or unsupported play is not about gestures; the next tick tries again.
    if (!(error instanceof DOMException) || error.name !== 'NotAllowedError') return;
    if (video.muted) {
      this.blocked = true;
      this.report(true);
      return;
    }
    this.silenced = true;
    video.muted = true;
    if (this.wantedNow()?.playing) this.start(video);
    this.report(true);
  }

  private report(now: boolean): void {
    const nowMs = this.deps.env.nowMs();
    const status = this.status();
    const sinceMs = nowMs - this.lastReportMs;
    const changed = status !== this.lastStatus && sinceMs >= REPORT_CHANGE_MS;
    const due = sinceMs >= REPORT_MS && this.course?.playing === true;
    if (!now && !changed && !due) return;
    this.lastReportMs = nowMs;
    this.lastStatus = status;
    const { controller, deps, video } = this;
    deps.memory?.keep(controller.learned);
    deps.onReport(reportOf(status, this.ours() ? controller.errorMs : 0, controller.learned, deps.clock, nowMs, video));
  }

  private clear(timer: 'loopTimer' | 'startTimer' | 'turnTimer'): void {
    if (this[timer] !== null) this.deps.env.clearTimer(this[timer]);
    this[timer] = null;
  }
}
