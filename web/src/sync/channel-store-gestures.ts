// What a person can ask of a channel. Every command of the page is made here, by somebody's gesture; no frame of the
// server ever leads to one.

import type { ChannelState, Command, FrameRef, QueueItem, Role } from '../protocol/types';
import { newId } from './ids';

/** The gestures; how a command is sent and shown at once is the channel's. */
export abstract class ChannelGestures {
  /** Sends a command and shows what is expected of it; `entry` is what the library knows of its video. */
  protected abstract give(command: Command, entry?: QueueItem): void;
  /** The same for the timeline I follow, which may be my own. */
  protected abstract steer(command: Command): void;
  protected abstract me(): string;
  abstract nowUs(): number;
  abstract returnToOthers(): void;
  abstract setTyping(on: boolean): void;

  /** Plays, from a frame or from where it stands. */
  play(frame: number | null = null): void {
    this.steer({ t: 'playback.play', c: { frame } });
  }

  /** Pauses at the frame that is seen. */
  pause(frame: number | null = null): void {
    this.steer({ t: 'playback.pause', c: { frame } });
  }

  /** Jumps. */
  seek(frame: number): void {
    this.steer({ t: 'playback.seek', c: { frame: Math.round(frame) } });
  }

  /** Sets the speed. */
  setSpeed(num: number, den: number): void {
    this.steer({ t: 'playback.speed', c: { speed: { num, den } } });
  }

  /** Puts a video on the timeline; `entry` is what the library knows of it. */
  loadVideo(entry: Omit<QueueItem, 'item' | 'added_by'>, play: boolean): void {
    this.returnToOthers();
    this.give({ t: 'playback.load', c: { video: entry.video, play } }, { ...entry, item: '', added_by: this.me() });
  }

  /** Says something. */
  say(text: string, at: FrameRef | null): void {
    this.setTyping(false);
    this.give({ t: 'message.send', c: { text, at } });
  }

  /** Adds to the queue; `entry` is how it looks until the server has answered. */
  queueAdd(entry: Omit<QueueItem, 'item' | 'added_by'>): void {
    const item = newId(this.nowUs() / 1000);
    this.give({ t: 'queue.add', c: { item, video: entry.video } }, { ...entry, item, added_by: this.me() });
  }

  /** Takes an entry out of the queue. */
  queueRemove(item: string): void {
    this.give({ t: 'queue.remove', c: { item } });
  }

  /** Puts an entry before another, or at the end. */
  queueMove(item: string, before: string | null): void {
    this.give({ t: 'queue.move', c: { item, before } });
  }

  /** Plays an entry now. */
  queuePlay(item: string): void {
    this.returnToOthers();
    this.give({ t: 'queue.play', c: { item } });
  }

  /** Sets whose commands move the timeline. */
  setControl(mode: ChannelState['control'], presenter: string | null): void {
    this.give({ t: 'control.set', c: { mode, presenter } });
  }

  /** Sets how long the others wait for somebody whose data has run out; 0: never. */
  setPatience(patienceMs: number): void {
    this.give({ t: 'patience.set', c: { patience_ms: patienceMs } });
  }

  /** Gives a role. */
  setRole(person: string, role: Role): void {
    this.give({ t: 'member.role', c: { person, role } });
  }

  /** Takes somebody out of the channel. */
  removeMember(person: string): void {
    this.give({ t: 'member.remove', c: { person } });
  }
}
