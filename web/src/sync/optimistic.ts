// What is shown before the server has answered: the channel's state with my unanswered commands on top, each as it
// stood when I gave it. Pure. When the answer comes the command leaves the outbox, and what stays is the truth: the
// same values, or (refused) the state without it.

import type { ChannelState, Command, Fraction, QueueItem, Timeline } from '../protocol/types';
import { moved } from './replica';

/** A command that has not been answered, with what could be known of its effect when it was given. */
export interface Unanswered {
  readonly op: string;
  readonly command: Command;
  /** Server time at which the change is expected to begin, microseconds; set when the command is given, so that
   *  the expectation does not wander while it waits. */
  readonly expectedUs: number;
  /** For `queue.add` and `playback.load`: the entry as the library knows it. */
  readonly entry?: QueueItem;
}

/** The frame to be shown at a server time. The same arithmetic as `Timeline::frame_at` in crates/protocol. */
export function frameAt(timeline: Timeline, nowUs: number): number {
  const { video, frame, playing, anchor_us, speed } = timeline;
  if (!video) return 0;
  const last = video.frames - 1;
  if (!playing) return Math.min(Math.max(frame, 0), last);
  const elapsedUs = Math.max(0, nowUs - anchor_us);
  return Math.min(Math.max(frame + framesIn(elapsedUs, video.rate, speed), 0), last);
}

/** Frames that begin within `micros` (floor), exactly: products beyond 2^53 go by BigInt. */
export function framesIn(micros: number, rate: Fraction, speed: Fraction): number {
  const whole = BigInt(Math.round(micros)) * BigInt(rate.num) * BigInt(speed.num);
  return Number(whole / (BigInt(rate.den) * BigInt(speed.den) * 1_000_000n));
}

/** State with the unanswered commands on top, in order. */
export function overlay(state: ChannelState, unanswered: readonly Unanswered[]): ChannelState {
  return unanswered.reduce(withCommand, state);
}

function withCommand(state: ChannelState, given: Unanswered): ChannelState {
  const { command } = given;
  switch (command.t) {
    case 'playback.play':
    case 'playback.pause':
    case 'playback.seek':
    case 'playback.speed': {
      const timeline = expectedTimeline(state.timeline, command, given.expectedUs);
      return timeline === state.timeline ? state : { ...state, timeline };
    }
    case 'playback.load':
      return given.entry ? { ...state, timeline: loaded(state.timeline, given.entry, command.c.play, given.expectedUs) } : state;
    case 'queue.play': {
      const entry = state.queue.find(({ item }) => item === command.c.item);
      if (!entry) return state;
      const queue = state.queue.filter(({ item }) => item !== command.c.item);
      return { ...state, queue, timeline: loaded(state.timeline, entry, true, given.expectedUs) };
    }
    case 'queue.add':
      if (!given.entry || state.queue.some(({ item }) => item === command.c.item)) return state;
      return { ...state, queue: [...state.queue, given.entry] };
    case 'queue.remove':
      return { ...state, queue: state.queue.filter(({ item }) => item !== command.c.item) };
    case 'queue.move':
      return { ...state, queue: moved(state.queue, command.c.item, command.c.before) };
    case 'control.set':
      return { ...state, control: command.c.mode, presenter: command.c.presenter };
    case 'patience.set':
      return { ...state, patience_ms: command.c.patience_ms };
    default:
      return state; // messages are merged by the store; the rest is shown when it has happened
  }
}

/** What a playback command is expected to make of the timeline. */
export function expectedTimeline(timeline: Timeline, command: Command, atUs: number): Timeline {
  if (!timeline.video) return timeline;
  const last = timeline.video.frames - 1;
  const inside = (frame: number) => Math.min(Math.max(frame, 0), last);
  const next = { ...timeline, anchor_us: atUs, revision: timeline.revision + 1 };
  const standing = frameAt(timeline, atUs);
  switch (command.t) {
    case 'playback.play': {
      // Already moving and no frame asked for: setting what is set changes nothing (law 9).
      if (timeline.playing && command.c.frame === null) return timeline;
      const from = command.c.frame === null ? standing : inside(command.c.frame);
      // At the end, play begins again.
      return { ...next, playing: true, frame: command.c.frame === null && from >= last ? 0 : from };
    }
    case 'playback.pause':
      if (!timeline.playing) return timeline;
      return { ...next, playing: false, frame: command.c.frame === null ? standing : inside(command.c.frame) };
    case 'playback.seek':
      return !timeline.playing && timeline.frame === command.c.frame ? timeline : { ...next, frame: inside(command.c.frame) };
    case 'playback.speed':
      return { ...next, frame: standing, speed: command.c.speed };
    default:
      return timeline;
  }
}

function loaded(timeline: Timeline, entry: QueueItem, play: boolean, atUs: number): Timeline {
  const { video, version, rate, frames } = entry;
  return { video: { video, version, rate, frames }, frame: 0, speed: { num: 1, den: 1 }, playing: play, anchor_us: atUs, revision: timeline.revision + 1 };
}
