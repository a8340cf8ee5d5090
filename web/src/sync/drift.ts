// Steers one media element to where the timeline is: the port of crates/sync/src/drift.rs and learned.rs (reasons are
// there; drift.test.ts replays the same golden traces). It asks for nothing but the element's own state: no action can
// become a command to the room, so a remote play, pause, seek or speed never echoes.

import type { Wanted } from './timeline';

export const DEAD_ZONE_MS = 1;
export const SETTLE_ZONE_MS = 0.2;
export const MUTED_DEAD_ZONE_MS = 6;
export const MUTED_SETTLE_ZONE_MS = 1.5;
export const TRIM_KEPT = 0.6;
export const BOOST_ABOVE_MS = 40;
export const SEEK_ABOVE_MS = 150;
export const RESYNC_ABOVE_MS = 30;
export const URGENT_FOR_MS = 600;
export const TRIM_MAX = 0.005;
export const BOOST_MAX = 0.03;
export const LANDING_FOR_MS = 6_000;
export const LANDING_HORIZON_MS = 400;
export const INAUDIBLE_MAX = 0.2;
export const BOOST_FOR_MS = 6_000;
export const TRIM_QUANTUM = 0.000_25;
export const HORIZON_MS = 800;
export const INAUDIBLE_HORIZON_MS = 250;
/** Time between two ticks, milliseconds. */
export const TICK_MS = 200;
/** Time between two ticks of a muted element, milliseconds: its clock steps. */
export const MUTED_TICK_MS = 120;
/** Time between two samples of the position, milliseconds. */
export const SAMPLE_MS = 40;
export const GENTLE_BELOW_MS = 4;
export const DRAG_GAIN = 1.5;
export const DRAG_MAX = 0.04;
export const BLIND_MS = 200;
export const SEEKS_MAX = 4;
export const GUARD_WINDOW_MS = 10_000;
export const LATE_START_MS = 25;
export const REARM_ABOVE_MS = 100;
export const CUE_AHEAD_MAX_MS = 4_000;
export const CUE_FOUND_MAX_MS = 300;
export const CUE_PATIENCE_MS = 8_000;
export const SOONER_ABOVE_MS = 400;
export const CUE_MARGIN_MS = 60;
export const START_PATIENCE_MS = 1_000;
export const LOCKED_MS = 20;
/** Measurements kept per figure. */
export const KEPT_MAX = 5;

/** How an element's clock is driven. */
export type ElementKind = 'audio' | 'muted' | 'silent';

/** What the element is doing. */
export interface Element {
  kind: ElementKind;
  paused: boolean;
  seeking: boolean;
  /** Has no data to go on with. */
  stalled: boolean;
  position_s: number;
  rate: number;
  /** Median of position minus timeline over the samples since the last tick, seconds; none without samples. */
  error_s: number | null;
  /** Buffered ranges, seconds. */
  buffered: readonly (readonly [number, number])[];
}

/** One look at the element and at what is wanted of it. */
export interface Observation {
  /** The page's monotonic clock, milliseconds. */
  now_ms: number;
  wanted: Wanted;
  element: Element;
}

/** What to do to the element. */
export type Action =
  | { do: 'rate'; rate: number; keep_pitch: boolean }
  | { do: 'seek'; to_s: number }
  | { do: 'play'; in_ms: number }
  | { do: 'pause' };

/** How the element stands to the timeline. */
export type Hold = 'locked' | 'adjusting' | 'buffering';

/** The middle of `values`, or the mean of the two middle ones; 0 of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  if (sorted.length === 0) return 0;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Whether there is data at a position and a little after. */
export function isBuffered(ranges: Element['buffered'], positionS: number): boolean {
  return ranges.some(([fromS, toS]) => fromS <= positionS + 0.05 && positionS + 0.25 <= toS);
}

/** Everything learned of one element, milliseconds of real time. Begins with medians measured in Chromium. */
export class Learned {
  private readonly start: Record<ElementKind, number[]> = { audio: [75], muted: [41], silent: [1] };
  private readonly seekLag: Record<ElementKind, number[]> = { audio: [84], muted: [60], silent: [30] };
  private readonly cueBuffered: number[] = [40];
  private readonly cueUnbuffered: number[] = [300];

  /** From `play()` until the position moves. */
  startMs(kind: ElementKind): number {
    return median(this.start[kind]);
  }

  /** How far a seek while playing leaves the element behind. */
  seekLagMs(kind: ElementKind): number {
    return median(this.seekLag[kind]);
  }

  /** From a seek of a paused element until it could play. */
  cueMs(buffered: boolean): number {
    return median(buffered ? this.cueBuffered : this.cueUnbuffered);
  }

  sawStart(kind: ElementKind, ms: number): void {
    keep(this.start[kind], ms, 400);
  }

  sawSeekLag(kind: ElementKind, ms: number): void {
    keep(this.seekLag[kind], ms, 600);
  }

  sawCue(buffered: boolean, ms: number): void {
    keep(buffered ? this.cueBuffered : this.cueUnbuffered, ms, 5_000);
  }
}

function keep(kept: number[], ms: number, most: number): void {
  if (kept.length === KEPT_MAX) kept.shift();
  kept.push(Math.min(Math.max(ms, 0), most));
}

/** The controller of one element. */
export class DriftController {
  readonly learned = new Learned();
  private revision: number | null = null;
  private revisedMs = 0;
  private attempts = 0;
  private corrections: number[] = [];
  private armedAtMs: number | null = null;
  private start: { atMs: number; fromS: number } | null = null;
  private seek: { atMs: number; toS: number; moving: boolean; buffered: boolean } | null = null;
  private cueAtMs = 0;
  private blindUntil = 0;
  private boostSinceMs: number | null = null;
  private trimming = false;
  private trimmedMs = 0;
  /** Share of the speed that an element without sound was seen to lose steadily. */
  private drag = 0;
  private urgentUntilMs = 0;
  private lastTickMs: number | null = null;
  private lastHold: Hold | null = null;
  private lastErrorMs = 0;

  /** How the element stood at the last tick. */
  get hold(): Hold {
    return this.lastHold ?? 'adjusting';
  }

  /** Error at the last tick, milliseconds; positive is ahead. */
  get errorMs(): number {
    return this.lastErrorMs;
  }

  /** Samples of the position taken before this say nothing about the error, milliseconds. */
  get blindUntilMs(): number {
    return this.blindUntil;
  }

  /** Be exact soon even at the price of a seek: the tab came back, or somebody asked. */
  resync(nowMs: number): void {
    this.urgentUntilMs = nowMs + URGENT_FOR_MS;
  }

  /** The element was exchanged or reset; what was learned stays. */
  reset(): void {
    this.revision = null;
    this.revisedMs = 0;
    this.attempts = 0;
    this.corrections = [];
    this.armedAtMs = null;
    this.start = null;
    this.seek = null;
    this.cueAtMs = 0;
    this.blindUntil = 0;
    this.boostSinceMs = null;
    this.trimming = false;
    this.drag = 0;
    this.urgentUntilMs = 0;
    this.lastTickMs = null;
    this.lastHold = null;
    this.lastErrorMs = 0;
  }

  /** `play()` was called with the element at `fromS`. */
  played(nowMs: number, fromS: number): void {
    this.armedAtMs = null;
    this.start = { atMs: nowMs, fromS };
    this.blindUntil = nowMs + BLIND_MS;
  }

  /** `play()` was refused or cancelled. */
  playFailed(): void {
    this.armedAtMs = null;
    this.start = null;
  }

  /** The position was set. `moving`: the element was not paused. `buffered`: data was there. */
  sought(nowMs: number, toS: number, moving: boolean, buffered: boolean): void {
    this.seek = { atMs: nowMs, toS, moving, buffered };
    this.start = null;
    this.blindUntil = nowMs + BLIND_MS;
  }

  /** Looks and decides. */
  tick(seen: Observation): Action[] {
    const actions: Action[] = [];
    const { wanted, element } = seen;
    const intervalMs = this.lastTickMs === null ? 0 : seen.now_ms - this.lastTickMs;
    this.lastTickMs = seen.now_ms;
    if (this.revision !== wanted.revision) {
      this.revision = wanted.revision;
      this.revisedMs = seen.now_ms;
      this.attempts = 0;
      this.boostSinceMs = null;
      if (this.armedAtMs !== null) actions.push({ do: 'pause' }); // the start asked for belongs to the past
      this.armedAtMs = null;
    }
    this.learn(seen);
    this.lastErrorMs = (element.error_s ?? element.position_s - wanted.position_s) * 1_000;
    if (!wanted.playing) this.showFrame(seen, actions);
    else if (element.paused) this.cue(seen, actions);
    else if (wanted.starts_in_ms > 0) {
      actions.push({ do: 'pause' });
      this.putAhead(seen, actions);
    } else this.steer(seen, intervalMs, actions);
    return actions;
  }

  /** The timeline stands: so does the element, on the same frame. */
  private showFrame(seen: Observation, actions: Action[]): void {
    const { wanted, element } = seen;
    this.armedAtMs = null;
    this.boostSinceMs = null;
    this.trimming = false;
    if (!element.paused) actions.push({ do: 'pause' });
    setRate(seen, wanted.speed, actions);
    const middleS = wanted.position_s + wanted.frame_s / 2;
    const offS = Math.abs(element.position_s - middleS);
    this.lastErrorMs = offS < wanted.frame_s / 2 ? 0 : (element.position_s - middleS) * 1_000;
    // Nearer to the edge than a tenth of a frame the shown frame is not certain.
    const rightFrame = offS <= 0.4 * wanted.frame_s;
    if (!rightFrame && !element.seeking && this.maySeek(seen.now_ms)) {
      actions.push({ do: 'seek', to_s: middleS });
      this.countSeek(seen.now_ms);
    }
    this.lastHold = element.seeking ? 'buffering' : rightFrame ? 'locked' : 'adjusting';
  }

  /** The timeline moves or is about to, the element is paused: start it at the right instant, or put it where it can
   *  be started. */
  private cue(seen: Observation, actions: Action[]): void {
    const { wanted, element } = seen;
    this.trimming = false;
    this.boostSinceMs = null;
    setRate(seen, wanted.speed, actions);
    // When the timeline gets to where the element stands, minus what a start takes.
    const untilMs = wanted.starts_in_ms + ((element.position_s - wanted.position_s) * 1_000) / wanted.speed;
    const inMs = untilMs - this.learned.startMs(element.kind);
    if (this.armedAtMs !== null && Math.abs(seen.now_ms + inMs - this.armedAtMs) > REARM_ABOVE_MS) {
      this.armedAtMs = null;
      actions.push({ do: 'pause' }); // the clock was put right: the start asked for is at the wrong time
    }
    if (this.waitsForStart(seen)) {
      this.lastHold = 'adjusting';
      return;
    }
    const loading = element.seeking || element.stalled;
    this.lastHold = loading ? 'buffering' : 'adjusting';
    if (loading && this.attempts > 0 && seen.now_ms - this.cueAtMs < CUE_PATIENCE_MS) return;
    const aheadMaxMs = this.attempts > 0 ? CUE_AHEAD_MAX_MS : CUE_FOUND_MAX_MS;
    const inTime = inMs >= -LATE_START_MS && untilMs <= wanted.starts_in_ms + aheadMaxMs;
    if (!loading && inTime && !this.isSoonerNearer(seen, inMs)) {
      const waitMs = Math.max(inMs, 0);
      this.armedAtMs = seen.now_ms + waitMs;
      actions.push({ do: 'play', in_ms: waitMs });
      return;
    }
    this.putAhead(seen, actions);
  }

  /** Whether a start is on its way and is to be left alone. */
  private waitsForStart(seen: Observation): boolean {
    if (this.armedAtMs !== null) {
      if (seen.now_ms - this.armedAtMs < START_PATIENCE_MS) return true;
      this.armedAtMs = null;
    }
    // `play()` was called; an element reports itself as playing at once, so a pause after that is a refusal.
    return this.start !== null && seen.now_ms - this.start.atMs < BLIND_MS;
  }

  /** Where the timeline will be when a paused element that is sought now can play, seconds. */
  private aheadS({ wanted, element }: Observation, buffered: boolean): number {
    const halfFrameMs = (wanted.frame_s * 500) / wanted.speed;
    const doubled = 2 ** Math.min(this.attempts, 3);
    const leadMs = Math.min(
      this.learned.cueMs(buffered) * 1.5 * doubled + CUE_MARGIN_MS + this.learned.startMs(element.kind),
      CUE_AHEAD_MAX_MS - 500,
    );
    return wanted.position_s + (Math.max(leadMs - wanted.starts_in_ms, halfFrameMs) * wanted.speed) / 1_000;
  }

  /** Whether an element that could start only after `inMs` is better put nearer: its data came sooner than was assumed,
   *  the others are under way, and what lies nearer is there too. Once for a revision. */
  private isSoonerNearer(seen: Observation, inMs: number): boolean {
    return inMs > SOONER_ABOVE_MS && seen.wanted.starts_in_ms <= 0 && this.attempts === 1
      && isBuffered(seen.element.buffered, this.aheadS(seen, true));
  }

  /** Seeks a paused element to where the timeline will be when it can play. */
  private putAhead(seen: Observation, actions: Action[]): void {
    const { wanted, element } = seen;
    this.armedAtMs = null;
    this.lastHold = 'adjusting';
    const nearS = this.aheadS(seen, true);
    const wishS = isBuffered(element.buffered, nearS) ? nearS : this.aheadS(seen, false);
    const toS = Math.min(wishS, wanted.end_s - wanted.frame_s / 2);
    if (Math.abs(element.position_s - toS) < 0.1 * wanted.frame_s && !element.stalled) return; // already there
    if (this.maySeek(seen.now_ms)) {
      actions.push({ do: 'seek', to_s: toS });
      this.cueAtMs = seen.now_ms;
      this.countSeek(seen.now_ms);
    }
  }

  /** The element runs: trim, or seek. */
  private steer(seen: Observation, intervalMs: number, actions: Action[]): void {
    const { wanted, element } = seen;
    this.armedAtMs = null;
    const far = Math.abs(this.lastErrorMs) > SEEK_ABOVE_MS;
    if (element.seeking || element.stalled) {
      this.lastHold = 'buffering';
      // Stuck before a hole while the place to be is there.
      const stuck = element.stalled && !element.seeking && far && seen.now_ms >= this.blindUntil;
      if (stuck && isBuffered(element.buffered, wanted.position_s)) this.jump(seen, actions);
      return;
    }
    if (seen.now_ms < this.blindUntil) {
      this.lastHold = 'adjusting';
      return;
    }
    const lockedMs = this.lastHold === 'locked' ? LOCKED_MS * 1.25 : LOCKED_MS;
    this.lastHold = Math.abs(this.lastErrorMs) <= lockedMs ? 'locked' : 'adjusting';
    const audible = element.kind === 'audio';
    const large = Math.abs(this.lastErrorMs) > BOOST_ABOVE_MS;
    let boostedMs = 0;
    if (!large || !audible) this.boostSinceMs = null;
    else if (this.boostSinceMs === null) this.boostSinceMs = seen.now_ms;
    else boostedMs = seen.now_ms - this.boostSinceMs;
    const urgent = seen.now_ms < this.urgentUntilMs && Math.abs(this.lastErrorMs) > RESYNC_ABOVE_MS;
    if (far || urgent || boostedMs > BOOST_FOR_MS) {
      this.boostSinceMs = null;
      this.urgentUntilMs = 0;
      if (this.jump(seen, actions)) return;
    }
    const small = Math.abs(this.lastErrorMs) < GENTLE_BELOW_MS;
    // Blind is it only after a start or a seek.
    const landing = !small && seen.now_ms < Math.max(this.blindUntil, this.revisedMs) + LANDING_FOR_MS;
    const gentle = audible || (element.kind === 'silent' && small);
    const limit = !gentle ? INAUDIBLE_MAX : audible && (large || landing) ? BOOST_MAX : TRIM_MAX;
    const steadyMs = audible && landing ? LANDING_HORIZON_MS : HORIZON_MS;
    const horizonMs = Math.max(gentle ? steadyMs : INAUDIBLE_HORIZON_MS, 2 * intervalMs);
    let trim = this.trim(element.kind, limit, horizonMs);
    if (element.kind !== 'muted') this.drag = 0;
    else {
      // Ticks of a throttled tab are too far apart to learn from.
      const overS = Math.min(intervalMs, HORIZON_MS) / 1_000;
      if (this.trimming) {
        const learned = this.drag - (this.lastErrorMs / 1_000) * overS * DRAG_GAIN;
        this.drag = Math.min(Math.max(learned, -DRAG_MAX), DRAG_MAX);
      }
      trim = quantised(Math.min(Math.max(trim + this.drag, -limit), limit));
    }
    const kept = element.rate / wanted.speed - 1;
    const nearEnough = kept * trim > 0 && trim / kept >= TRIM_KEPT && trim / kept <= 1 / TRIM_KEPT;
    if (!nearEnough) setRate(seen, wanted.speed * (1 + trim), actions);
  }

  /** Share of the speed by which to run faster, of at most `limit`, so that the error is gone after `horizonMs`. */
  private trim(kind: ElementKind, limit: number, horizonMs: number): number {
    const zoneMs =
      kind === 'muted'
        ? this.trimming ? MUTED_SETTLE_ZONE_MS : MUTED_DEAD_ZONE_MS
        : this.trimming ? SETTLE_ZONE_MS : DEAD_ZONE_MS;
    // On the other side of the timeline it is done: going on would swing. A muted element's clock steps across.
    const crossed = this.trimming && kind !== 'muted' && this.lastErrorMs * this.trimmedMs < 0;
    const begins = !this.trimming;
    this.trimming = !crossed && Math.abs(this.lastErrorMs) >= zoneMs;
    if (!this.trimming) return 0;
    if (begins) this.trimmedMs = this.lastErrorMs;
    const trim = Math.min(Math.max(-this.lastErrorMs / horizonMs, -limit), limit);
    // Less than half a quantum is still an error to be got rid of.
    const rounded = quantised(trim);
    return rounded === 0 ? (trim < 0 ? -TRIM_QUANTUM : TRIM_QUANTUM) : rounded;
  }

  /** Seeks a running element to where it should be; false if it must not or cannot. */
  private jump(seen: Observation, actions: Action[]): boolean {
    const { wanted, element } = seen;
    const toS = wanted.position_s + (this.learned.seekLagMs(element.kind) / 1_000) * wanted.speed;
    if (toS >= wanted.end_s || !this.maySeek(seen.now_ms)) return false;
    setRate(seen, wanted.speed, actions);
    this.lastHold = 'adjusting';
    if (isBuffered(element.buffered, toS)) {
      actions.push({ do: 'seek', to_s: toS });
      this.countSeek(seen.now_ms);
    } else {
      // Nobody knows when the data comes: stop, load ahead of the timeline and start at the right instant.
      actions.push({ do: 'pause' });
      this.putAhead(seen, actions);
    }
    return true;
  }

  /** The first seek of a revision is what somebody asked for; the others are corrections and bounded. */
  private maySeek(nowMs: number): boolean {
    this.corrections = this.corrections.filter((atMs) => nowMs - atMs < GUARD_WINDOW_MS);
    return this.attempts === 0 || this.corrections.length < SEEKS_MAX;
  }

  private countSeek(nowMs: number): void {
    if (this.attempts > 0 && this.corrections.length < SEEKS_MAX) this.corrections.push(nowMs);
    this.attempts += 1;
  }

  /** Learns from a start or seek that has come to its end. */
  private learn(seen: Observation): void {
    const { element, now_ms } = seen;
    const disturbed = element.seeking || element.stalled;
    const { seek } = this;
    if (seek) {
      if (element.seeking) {
        this.blindUntil = Math.max(this.blindUntil, now_ms + BLIND_MS);
      } else if (element.stalled || element.paused === seek.moving) {
        // Ran dry, or was paused or started in between: says nothing. A cue that waits for data still counts.
        if (element.paused === seek.moving || seek.moving) this.seek = null;
      } else if (!seek.moving) {
        this.learned.sawCue(seek.buffered, now_ms - seek.atMs);
        this.seek = null;
      } else if (now_ms >= this.blindUntil) {
        const behindMs = now_ms - seek.atMs - ((element.position_s - seek.toS) * 1_000) / element.rate;
        this.learned.sawSeekLag(element.kind, behindMs);
        this.seek = null;
      }
    }
    const { start } = this;
    if (start) {
      if (disturbed || element.paused) {
        if (now_ms - start.atMs >= BLIND_MS || disturbed) this.start = null;
      } else if (now_ms >= this.blindUntil && element.position_s > start.fromS) {
        const lateMs = now_ms - start.atMs - ((element.position_s - start.fromS) * 1_000) / element.rate;
        this.learned.sawStart(element.kind, lateMs);
        this.start = null;
      }
    }
  }
}

function setRate(seen: Observation, rate: number, actions: Action[]): void {
  if (Math.abs(rate - seen.element.rate) > 0.000_1) actions.push({ do: 'rate', rate, keep_pitch: keepsPitch(seen) });
}

function quantised(trim: number): number {
  return Math.floor(trim / TRIM_QUANTUM + 0.5) * TRIM_QUANTUM;
}

/** Whether the pitch is to be kept: only where there is something to hear, and not at speed 1, where keeping it costs
 *  18 ms of media with each trim. */
export function keepsPitch({ wanted, element }: Observation): boolean {
  return wanted.speed !== 1 && element.kind === 'audio';
}
