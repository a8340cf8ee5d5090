// Commands on their way: each has an operation id, is kept until the server has answered it, and is sent again after
// a reconnect. Nothing else in the page may send a command. Used by channel-store.ts.
//
// Two kinds. Lasting ones (chat, the queue) are meant whenever they arrive: they are stored, survive a reload and go
// out in order, one after the other, so that a refusal to be retried cannot change their order. Momentary ones
// (playback, control, roles) are meant now: somebody who pressed pause ten minutes ago on a train does not want the
// others stopped by it today. They are sent at once, never stored, and dropped with a word after a short absence.

import { Code, codeSentences, retryableCodes } from '../protocol/codes';
import type { Command, QueueItem, Reject } from '../protocol/types';
import { newId } from './ids';
import type { OutboxStorage } from './outbox-storage';
import type { OutboxTabs } from './outbox-tabs';

/** Unanswered commands of one channel; a new one beyond is refused. A long flight of typing. */
export const OUTBOX_ENTRIES_MAX = 500;
/** Age after which a momentary command is dropped, milliseconds: about what people still take for "just now". */
export const MOMENTARY_AGE_MS_MAX = 10_000;
/** Retry of a command that the server will take later but did not say when, milliseconds. */
export const RETRY_DEFAULT_MS = 1_000;

/** A command that has not been answered, or was refused and waits for its author. */
export interface OutboxEntry {
  readonly op: string;
  readonly channel: string;
  readonly person: string;
  /** The tab that sends it. */
  readonly client: string;
  readonly command: Command;
  /** Unix milliseconds of this device, for showing. */
  readonly createdMs: number;
  /** Server time from which the effect is shown, microseconds. */
  readonly expectedUs: number;
  /** What a queue entry will look like. */
  readonly entry?: QueueItem;
  /** Why it was refused; then it is not sent again by itself. */
  readonly refused?: { code: number; message: string };
}

/** What became of a command that did not happen. */
export interface Refusal {
  readonly entry: OutboxEntry;
  readonly code: number;
  readonly message: string;
}

/** How the outbox reaches the world. */
export interface OutboxEnv {
  storage: OutboxStorage;
  tabs: OutboxTabs;
  /** Sends now; false without a live connection. */
  send(op: string, command: Command): boolean;
  /** Unix milliseconds, the server's where known: ids too far from its clock are refused. */
  unixMs(): number;
  setTimer(afterMs: number, run: () => void): number;
  clearTimer(timer: number): void;
  /** The entries have changed. */
  onChange(): void;
  /** A command did not happen; shown to the person. Messages stay in the list as refused besides. */
  onRefused(refusal: Refusal): void;
}

/** Commands that are kept over reloads and sent in order. */
export function isLasting(command: Command): boolean {
  return command.t === 'message.send' || command.t === 'queue.add' || command.t === 'queue.remove' || command.t === 'queue.move';
}

/** Unanswered commands of one person in one channel, in one tab. */
export class Outbox {
  private entries: OutboxEntry[] = [];
  /** Sent over the present connection and not answered. */
  private readonly inFlight = new Set<string>();
  private readonly notBefore = new Map<string, number>();
  private live = false;
  private opened = false;
  private loaded = false;
  private timer: number | null = null;
  private closed = false;

  constructor(
    private readonly channel: string,
    private readonly person: string,
    private readonly client: string,
    private readonly env: OutboxEnv,
  ) {}

  /** Unanswered and refused commands, oldest first. A new array with each change. */
  list(): readonly OutboxEntry[] {
    return this.entries;
  }

  /** Reads what this person left behind here. */
  async open(): Promise<void> {
    if (this.opened) return;
    this.opened = true;
    const stored = await this.env.storage.load(this.channel, this.person);
    const others = [...new Set(stored.map((entry) => entry.client))].filter((client) => client !== this.client);
    const alive = await this.env.tabs.alive(others);
    if (this.closed) return;
    const mine = stored.filter((entry) => !alive.has(entry.client) && !this.entries.some(({ op }) => op === entry.op));
    for (const entry of mine) {
      if (entry.client !== this.client) void this.env.storage.put({ ...entry, client: this.client });
    }
    this.entries = [...mine.map((entry) => ({ ...entry, client: this.client })), ...this.entries];
    this.loaded = true;
    if (mine.length > 0) this.env.onChange();
    this.flush();
  }

  /** Takes a command. Returns its operation id, or null when too many are waiting (told by `onRefused`). */
  give(command: Command, expectedUs: number, entry?: QueueItem): string | null {
    const op = newId(this.env.unixMs());
    const made: OutboxEntry = {
      op,
      channel: this.channel,
      person: this.person,
      client: this.client,
      command,
      createdMs: Date.now(),
      expectedUs,
      ...(entry ? { entry } : {}),
    };
    if (this.entries.length >= OUTBOX_ENTRIES_MAX) {
      this.env.onRefused({ entry: made, code: Code.RateLimited, message: 'outbox_full' });
      return null;
    }
    this.entries = [...this.entries, made];
    if (isLasting(command)) void this.env.storage.put(made);
    this.env.onChange();
    this.flush();
    return op;
  }

  /** The connection is live: sends everything that has not been answered. */
  goLive(): void {
    this.live = true;
    this.inFlight.clear();
    this.flush();
  }

  /** The connection is gone; what was in flight may or may not have arrived, its operation id will tell. */
  goDown(): void {
    this.live = false;
    this.inFlight.clear();
    this.arm();
  }

  /** The server has committed a command: by ack, or by its event arriving first. Returns it if it was waiting. */
  onAnswered(op: string): OutboxEntry | null {
    const entry = this.entries.find((candidate) => candidate.op === op);
    if (!entry) return null;
    this.forget(entry);
    this.env.onChange();
    this.flush();
    return entry;
  }

  /** The server has refused a command. */
  onReject({ op, code, message, retry_after_ms }: Reject): void {
    const entry = op === null ? undefined : this.entries.find((candidate) => candidate.op === op);
    if (!entry || entry.refused) return;
    this.inFlight.delete(entry.op);
    const retry = retry_after_ms !== null || retryableCodes.has(code);
    if (retry && isLasting(entry.command)) {
      this.notBefore.set(entry.op, this.env.unixMs() + (retry_after_ms ?? RETRY_DEFAULT_MS));
      this.flush();
      return;
    }
    this.refuse(entry, code, message || codeSentences[code] || '');
    this.env.onChange();
    this.flush();
  }

  /** Sends a refused message again, as a new operation. */
  retry(op: string): void {
    const entry = this.entries.find((candidate) => candidate.op === op && candidate.refused);
    if (!entry) return;
    this.forget(entry);
    this.give(entry.command, entry.expectedUs, entry.entry);
  }

  /** Takes a refused message away. */
  discard(op: string): void {
    const entry = this.entries.find((candidate) => candidate.op === op && candidate.refused);
    if (!entry) return;
    this.forget(entry);
    this.env.onChange();
  }

  /** The page leaves the channel. Lasting commands stay stored for the next time. */
  close(): void {
    this.closed = true;
    this.live = false;
    if (this.timer !== null) this.env.clearTimer(this.timer);
    this.env.tabs.close();
  }

  private flush(): void {
    this.dropStale();
    if (this.live) {
      for (const entry of this.entries) {
        if (!this.mayGo(entry)) continue;
        if (!this.env.send(entry.op, entry.command)) break;
        this.inFlight.add(entry.op);
      }
    }
    this.arm();
  }

  private mayGo(entry: OutboxEntry): boolean {
    if (entry.refused || this.inFlight.has(entry.op)) return false;
    if (!isLasting(entry.command)) return true;
    // What an earlier visit left comes first, so nothing new overtakes it while it is being read.
    if (!this.loaded) return false;
    const first = this.entries.find((candidate) => isLasting(candidate.command) && !candidate.refused);
    return first === entry && (this.notBefore.get(entry.op) ?? 0) <= this.env.unixMs();
  }

  /** Momentary commands that had no connection for too long. */
  private dropStale(): void {
    if (this.live) return;
    const nowMs = Date.now();
    const stale = this.entries.filter((entry) => !isLasting(entry.command) && nowMs - entry.createdMs >= MOMENTARY_AGE_MS_MAX);
    if (stale.length === 0) return;
    for (const entry of stale) {
      this.forget(entry);
      this.env.onRefused({ entry, code: 0, message: 'too_old' });
    }
    this.env.onChange();
  }

  private refuse(entry: OutboxEntry, code: number, message: string): void {
    this.forget(entry);
    if (entry.command.t === 'message.send') {
      // The text is not thrown away: it stays with its reason until its author sends or discards it.
      const kept = { ...entry, refused: { code, message } };
      this.entries = [...this.entries, kept].sort((a, b) => (a.op < b.op ? -1 : 1));
      void this.env.storage.put(kept);
    }
    this.env.onRefused({ entry, code, message });
  }

  private forget(entry: OutboxEntry): void {
    this.entries = this.entries.filter((candidate) => candidate.op !== entry.op);
    this.inFlight.delete(entry.op);
    this.notBefore.delete(entry.op);
    if (isLasting(entry.command)) void this.env.storage.remove(entry.op);
  }

  /** Wakes for the next retry or the next momentary command that grows too old. */
  private arm(): void {
    if (this.timer !== null) this.env.clearTimer(this.timer);
    this.timer = null;
    if (this.closed) return;
    const waits: number[] = [];
    if (this.live) for (const dueMs of this.notBefore.values()) waits.push(dueMs - this.env.unixMs());
    else for (const entry of this.entries) if (!isLasting(entry.command)) waits.push(entry.createdMs + MOMENTARY_AGE_MS_MAX - Date.now());
    if (waits.length === 0) return;
    this.timer = this.env.setTimer(Math.max(1, Math.min(...waits)), () => {
      this.timer = null;
      this.flush();
    });
  }
}
