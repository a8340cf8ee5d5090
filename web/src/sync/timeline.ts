// Where a video should be at a given server time, as an element understands it: the port of crates/sync/src/course.rs
// (timeline.test.ts holds it to the same golden samples). Frames are integers throughout; seconds are made here and
// nowhere else, because an element takes nothing else.

import type { Fraction, Timeline } from '../protocol/types';

/** What is wanted of an element at one instant. */
export interface Wanted {
  /** Whether it moves or is about to (false too once the end is reached). */
  playing: boolean;
  /** Media position, seconds: where a frame begins. Before the anchor the anchor's. */
  position_s: number;
  /** Time until it moves, milliseconds; 0 when it does. */
  starts_in_ms: number;
  speed: number;
  /** Length of a frame, seconds. */
  frame_s: number;
  /** Where the video ends, seconds. */
  end_s: number;
  revision: number;
}

/** A timeline with a video, reduced to what positions need. */
export interface Course {
  frame: number;
  rate: Fraction;
  frames: number;
  speed: Fraction;
  playing: boolean;
  anchor_us: number;
  revision: number;
}

/** The course of a timeline; none without a video. */
export function courseOf(timeline: Timeline): Course | null {
  const { video, frame, speed, playing, anchor_us, revision } = timeline;
  return video && { frame, rate: video.rate, frames: video.frames, speed, playing, anchor_us, revision };
}

/** What a course wants at a server time. */
export function wantedAt(course: Course, serverUs: number): Wanted {
  const { rate, speed, frames } = course;
  const sinceUs = serverUs - course.anchor_us;
  const ended = course.playing && sinceUs >= microsUntil(frames - course.frame, rate, speed);
  const playing = course.playing && !ended;
  const frame = ended ? frames - 1 : Math.min(Math.max(course.frame, 0), frames - 1);
  const times = speed.num / speed.den;
  const elapsedS = playing ? Math.max(sinceUs, 0) / 1_000_000 : 0;
  return {
    playing,
    position_s: startOfS(frame, rate) + elapsedS * times,
    starts_in_ms: playing ? Math.max(-sinceUs, 0) / 1_000 : 0,
    speed: times,
    frame_s: rate.den / rate.num,
    end_s: startOfS(frames, rate),
    revision: course.revision,
  };
}

/** Whether two timelines put an element at the same place at every time. */
export function sameCourse(a: Timeline | null, b: Timeline | null): boolean {
  if (a === b) return true;
  if (!a || !b || a.video?.version !== b.video?.version) return false;
  const standing = !a.playing && !b.playing;
  return (
    a.frame === b.frame &&
    a.playing === b.playing &&
    (standing || a.anchor_us === b.anchor_us) &&
    a.speed.num * b.speed.den === b.speed.num * a.speed.den
  );
}

/** Whether `from` may be followed until `to` begins, because nothing jumps at its anchor. */
export function leadsInto(from: Course, to: Course): boolean {
  // What has not begun is not followed: a wait that ends sooner than was said.
  if (from.anchor_us > to.anchor_us) return false;
  if (!from.playing || !to.playing || !sameFraction(from.rate, to.rate) || from.frames !== to.frames) return false;
  const here = wantedAt(from, to.anchor_us);
  const there = wantedAt(to, to.anchor_us);
  return here.playing && Math.abs(here.position_s - there.position_s) <= 1.5 * there.frame_s;
}

/** Microseconds until frame `frames` begins, rounded up. */
export function microsUntil(frames: number, rate: Fraction, speed: Fraction): number {
  const micros = frames * rate.den * speed.den * 1_000_000;
  const per = rate.num * speed.num;
  if (Number.isSafeInteger(micros)) return (micros - (micros % per)) / per + (micros % per > 0 ? 1 : 0);
  const [wide, by] = [BigInt(frames) * BigInt(rate.den) * BigInt(speed.den) * 1_000_000n, BigInt(per)];
  const whole = wide / by;
  return Number(wide % by > 0n ? whole + 1n : whole);
}

/** Where a frame begins, seconds. */
export function startOfS(frame: number, rate: Fraction): number {
  return (frame * rate.den) / rate.num;
}

/** What to give to an element so that it shows a frame: its middle, seconds. */
export function middleOfS(frame: number, rate: Fraction): number {
  return ((frame + 0.5) * rate.den) / rate.num;
}

/** The frame whose presentation time a frame callback gave (containers round it). */
export function frameOfS(mediaTimeS: number, rate: Fraction): number {
  return Math.round((mediaTimeS * rate.num) / rate.den);
}

function sameFraction(a: Fraction, b: Fraction): boolean {
  return a.num === b.num && a.den === b.den;
}
