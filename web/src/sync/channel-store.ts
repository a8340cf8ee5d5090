// One channel as the page shows it: socket, replica, outbox, clock, presence and chat joined in one store. React
// subscribes to `store` and calls the methods; nothing else in the page talks to the socket.
//
// The rule that keeps two pages from answering each other for ever: only these methods make commands, they are
// called by a person's gesture, and no frame of the server ever leads to one.

import { createStore, type StoreApi } from 'zustand/vanilla';
import type {
  ChannelState,
  Command,
  Event,
  Fleeting,
  FrameRef,
  MessagePage,
  Position,
  QueueItem,
  Role,
  ServerFrame,
  SyncReport,
  Timeline,
  TimelineCause,
  VideoProgress,
} from '../protocol/types';
import type { ServerClock } from './channel-store-clock';
import { itemOfAnswered, itemOfEvent, itemsOfPage, mergeItems, newestItems, type ChatItem } from './channel-store-messages';
import { emptyPresence, withFleetings, withFrame, type Presence } from './channel-store-presence';
import { newId } from './ids';
import { expectedTimeline, frameAt, overlay, type Unanswered } from './optimistic';
import { Outbox, type OutboxEntry, type Refusal } from './outbox';
import type { OutboxStorage } from './outbox-storage';
import type { OutboxTabs } from './outbox-tabs';
import { apply, emptyReplica, onEvents, onHead, onSnapshot, type Replica, type Step } from './replica';
import { LiveSocket, type Connection } from './socket';
import type { SocketEnv } from './socket-env';

/** Messages asked for at once. */
export const MESSAGE_PAGE = 50;
/** A catch-up that has brought nothing is asked again after this time, milliseconds. */
export const CATCHUP_WAIT_MS = 2_000;
/** Who did it is told for changes not older than this, microseconds; the rest is history. */
export const ACT_AGE_US_MAX = 5_000_000;
/** Lead that the server is expected to give a scheduled start, microseconds (its shortest; the truth follows). */
export const EXPECTED_LEAD_US = 150_000;
/** Time without a key after which nobody is told any longer that I write, milliseconds. */
export const TYPING_IDLE_MS = 4_000;

/** Somebody changed what is watched. */
export interface Act {
  /** Counts up, so that the same act twice is seen as two. */
  readonly id: number;
  readonly person: string;
  readonly name: string;
  readonly cause: TimelineCause;
  readonly timeline: Timeline;
}

/** Something I asked for did not happen. */
export interface Notice {
  readonly id: number;
  readonly code: number;
  readonly message: string;
  readonly command: Command;
}

/** Everything that is shown of a channel. */
export interface ChannelView {
  readonly connection: Connection;
  readonly role: Role | null;
  /** State with my unanswered commands on top; none before the first snapshot. */
  readonly state: ChannelState | null;
  /** My own position while I am on my own; none while I am with the others. */
  readonly own: Timeline | null;
  readonly presence: Presence;
  readonly items: readonly ChatItem[];
  /** My messages that are on their way or were refused, oldest first. */
  readonly unsent: readonly OutboxEntry[];
  readonly history: 'unread' | 'loading' | 'more' | 'complete' | 'failed';
  readonly progress: Readonly<Record<string, VideoProgress>>;
  /** Titles heard in the log, by video. */
  readonly titles: Readonly<Record<string, string>>;
  /** Counts up when the library has changed. */
  readonly libraryRevision: number;
  readonly act: Act | null;
  readonly notice: Notice | null;
  /** Version of the server, when it differs from the first one seen: reload is offered. */
  readonly newerServer: string | null;
}

/** What a channel needs from outside. */
export interface ChannelDeps {
  channel: string;
  person: string;
  personName: string;
  /** This tab. */
  client: string;
  url: string;
  env: SocketEnv;
  clock: ServerClock;
  storage: OutboxStorage;
  tabs: OutboxTabs;
  loadMessages(channel: string, before: number | null, limit: number): Promise<MessagePage>;
  /** Title of a video of the library. */
  loadTitle(video: string): Promise<string>;
}

/** A reaction as it flies by. */
export interface ReactionSeen {
  readonly person: string | null;
  readonly emoji: string;
}

/** Names of people met, so that somebody who has left still has one. */
const unknownName = '?';

/** One open channel. Made when its page opens, closed when it leaves. */
export class Channel {
  readonly store: StoreApi<ChannelView> = createStore<ChannelView>(() => ({
    connection: { status: 'connecting' },
    role: null,
    state: null,
    own: null,
    presence: emptyPresence,
    items: [],
    unsent: [],
    history: 'unread',
    progress: {},
    titles: {},
    libraryRevision: 0,
    act: null,
    notice: null,
    newerServer: null,
  }));

  private readonly socket: LiveSocket;
  private readonly outbox: Outbox;
  private replica: Replica = emptyReplica;
  /** Committed, but the event has not come: shown as before until it has, so that nothing flickers. */
  private settling: { entry: OutboxEntry; seq: number }[] = [];
  private readonly names = new Map<string, string>();
  /** Videos whose title has been asked for. */
  private readonly asked = new Set<string>();
  private readonly reactionListeners = new Set<(reaction: ReactionSeen) => void>();
  private catchupAskedMs: number | null = null;
  private catchupFrom: Position | null = null;
  private serverVersion: string | null = null;
  private counter = 0;
  private typing = false;
  private typingTimer: number | null = null;
  private closed = false;

  constructor(private readonly deps: ChannelDeps) {
    const { env } = deps;
    this.names.set(deps.person, deps.personName);
    this.outbox = new Outbox(deps.channel, deps.person, deps.client, {
      storage: deps.storage,
      tabs: deps.tabs,
      send: (op, command) => this.socket.send({ t: 'command', c: { op, command } }),
      unixMs: () => this.nowUs() / 1000,
      setTimer: (afterMs, run) => env.setTimer(afterMs, run),
      clearTimer: (timer) => env.clearTimer(timer),
      onChange: () => this.show(),
      onRefused: (refusal) => this.onRefused(refusal),
    });
    this.socket = new LiveSocket(
      deps.url,
      deps.client,
      {
        resume: () => this.replica.position,
        onFrame: (frame, receivedMs) => this.onFrame(frame, receivedMs),
        onConnection: (connection) => this.onConnection(connection),
        nextPingMs: (nowMs) => deps.clock.nextPingMs(nowMs),
      },
      env,
    );
  }

  /** Connects. */
  open(): void {
    void this.outbox.open();
    this.socket.start();
  }

  /** Leaves the channel's page. */
  close(): void {
    this.closed = true;
    this.setTyping(false);
    this.outbox.close();
    this.socket.stop();
  }

  /** Server time, microseconds; the device's until the first answer. */
  nowUs(): number {
    return this.deps.clock.serverUs(this.deps.env.nowMs()) ?? Date.now() * 1000;
  }

  /** The timeline I follow: mine while I am on my own, else the shared one. */
  timeline(): Timeline | null {
    const { own, state } = this.store.getState();
    return own ?? state?.timeline ?? null;
  }

  /** The frame that is to be shown now. */
  frameNow(): number {
    const timeline = this.timeline();
    return timeline ? frameAt(timeline, this.nowUs()) : 0;
  }

  // What a person can do.

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
    this.give({ t: 'playback.load', c: { video: entry.video, play } }, { ...entry, item: '', added_by: this.deps.person });
  }

  /** Says something. */
  say(text: string, at: FrameRef | null): void {
    this.setTyping(false);
    this.give({ t: 'message.send', c: { text, at } });
  }

  /** Sends a refused message again. */
  retry(op: string): void {
    this.outbox.retry(op);
  }

  /** Takes a refused message away. */
  discard(op: string): void {
    this.outbox.discard(op);
  }

  /** Adds to the queue; `entry` is how it looks until the server has answered. */
  queueAdd(entry: Omit<QueueItem, 'item' | 'added_by'>): void {
    const item = newId(this.nowUs() / 1000);
    this.give({ t: 'queue.add', c: { item, video: entry.video } }, { ...entry, item, added_by: this.deps.person });
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

  /** Gives a role. */
  setRole(person: string, role: Role): void {
    this.give({ t: 'member.role', c: { person, role } });
  }

  /** Takes somebody out of the channel. */
  removeMember(person: string): void {
    this.give({ t: 'member.remove', c: { person } });
  }

  /** Leaves the others' clock: my own position from where it is now. */
  goOnMyOwn(): void {
    const { own, state } = this.store.getState();
    if (own || !state?.timeline.video) return;
    const nowUs = this.nowUs();
    this.store.setState({ own: { ...state.timeline, frame: frameAt(state.timeline, nowUs), anchor_us: nowUs } });
  }

  /** Back to the others. */
  returnToOthers(): void {
    if (this.store.getState().own) this.store.setState({ own: null });
  }

  /** Throws a reaction; also shown to myself at once. */
  react(emoji: string): void {
    this.sendFleeting({ t: 'reaction', c: { emoji } });
    this.seeReaction({ person: this.deps.person, emoji });
  }

  /** Tells the others that I write; called with each key. */
  setTyping(on: boolean): void {
    if (this.typingTimer !== null) this.deps.env.clearTimer(this.typingTimer);
    this.typingTimer = on ? this.deps.env.setTimer(TYPING_IDLE_MS, () => this.setTyping(false)) : null;
    if (this.typing === on) return;
    this.typing = on;
    this.sendFleeting({ t: 'typing', c: { on } });
  }

  /** Tells how my player stands. */
  report(report: SyncReport): void {
    this.sendFleeting({ t: 'sync', c: report });
  }

  /** Tries to connect now. */
  retryNow(): void {
    this.socket.retryNow();
  }

  /** Reads older messages. */
  async loadOlder(): Promise<void> {
    const { history, items } = this.store.getState();
    if (history === 'loading' || history === 'complete') return;
    await this.loadPage(items[0]?.seq ?? null, false);
  }

  /** Calls back with each reaction until the returned function is called. */
  onReaction(listener: (reaction: ReactionSeen) => void): () => void {
    this.reactionListeners.add(listener);
    return () => this.reactionListeners.delete(listener);
  }

  /** Name of a person who is or was here. */
  nameOf(person: string): string {
    return this.names.get(person) ?? unknownName;
  }

  // What arrives.

  private onFrame(frame: ServerFrame, receivedMs: number): void {
    switch (frame.t) {
      case 'welcome':
        this.deps.clock.onConnected(receivedMs);
        this.store.setState({ role: frame.c.role });
        if (this.serverVersion !== null && this.serverVersion !== frame.c.server_version) {
          this.store.setState({ newerServer: frame.c.server_version });
        }
        this.serverVersion ??= frame.c.server_version;
        this.catchupAskedMs = null;
        this.outbox.goLive();
        if (this.typing) this.sendFleeting({ t: 'typing', c: { on: true } });
        return;
      case 'snapshot':
        this.take(onSnapshot(this.replica, frame.c));
        return;
      case 'events':
        this.take(onEvents(this.replica, frame.c));
        return;
      case 'beat':
        this.take(onHead(this.replica, frame.c.head));
        return;
      case 'ack':
        this.onAck(frame.c.op, frame.c.seq);
        return;
      case 'reject':
        this.outbox.onReject(frame.c);
        return;
      case 'pong':
        this.deps.clock.onPong(frame.c, receivedMs, this.timeline()?.playing ?? false);
        return;
      case 'presence': {
        for (const { person, name } of frame.c.people) this.names.set(person, name);
        this.store.setState(({ presence }) => ({ presence: withFrame(presence, frame.c) }));
        return;
      }
      case 'fleetings':
        this.onFleetings(frame.c.values);
        return;
      default:
        return; // drain is the socket's; kinds of a newer server are passed by
    }
  }

  private onConnection(connection: Connection): void {
    if (connection.status !== 'live') this.outbox.goDown();
    this.store.setState({ connection });
  }

  private onAck(op: string, seq: number): void {
    const here = this.replica.position?.seq ?? 0;
    const entry = this.outbox.list().find((candidate) => candidate.op === op);
    if (!entry) return;
    if (entry.command.t === 'message.send') {
      const item = itemOfAnswered(entry, seq, this.deps.personName);
      if (item && !this.store.getState().items.some((known) => known.op === op)) this.addItems([item]);
    } else if (seq > here) {
      this.settling.push({ entry, seq });
    }
    this.outbox.onAnswered(op);
  }

  private take(step: Step): void {
    if (step.catchup) this.askCatchup(step.catchup);
    if (step.replica === this.replica) return;
    const before = this.replica.state;
    this.replica = step.replica;
    this.catchupAskedMs = null;
    const here = step.replica.position?.seq ?? 0;
    if (step.reset) {
      for (const { person, name } of step.replica.state?.members ?? []) this.names.set(person, name);
      void this.loadPage(null, true);
    } else if (before) {
      this.onApplied(before, step.applied);
    }
    this.settling = this.settling.filter(({ seq }) => seq > here);
    this.show();
  }

  private onApplied(before: ChannelState, events: readonly Event[]): void {
    const titles = { ...this.store.getState().titles };
    const items: ChatItem[] = [];
    let act: Act | null = null;
    let role: Role | null = null;
    let library = 0;
    let state = before;
    const oldestUs = this.nowUs() - ACT_AGE_US_MAX;
    for (const event of events) {
      const { body, actor } = event;
      if (body.t === 'member.joined') this.names.set(body.c.person, body.c.name);
      if (body.t === 'member.role' && body.c.person === this.deps.person) role = body.c.role;
      if (body.t === 'video.updated') titles[body.c.video] = body.c.title;
      if (body.t === 'video.updated' || body.t === 'video.removed') library += 1;
      if (body.t === 'timeline.set' && actor !== null && actor !== this.deps.person && event.at >= oldestUs) {
        act = { id: ++this.counter, person: actor, name: this.nameOf(actor), cause: body.c.cause, timeline: body.c.timeline };
      }
      const item = itemOfEvent(event, state, (person) => this.nameOf(person));
      if (item) items.push(item);
      const mine = this.outbox.onAnswered(event.op) ?? this.settled(event.op);
      const loaded = body.t === 'timeline.set' ? body.c.timeline.video?.video : undefined;
      if (loaded !== undefined && titles[loaded] === undefined) {
        const title = mine?.entry?.title ?? state.queue.find((entry) => entry.video === loaded)?.title;
        if (title === undefined) this.learnTitle(loaded);
        else titles[loaded] = title;
      }
      state = apply(state, event);
    }
    this.addItems(items);
    this.store.setState((view) => ({
      titles,
      ...(act ? { act } : {}),
      ...(role ? { role } : {}),
      ...(library > 0 ? { libraryRevision: view.libraryRevision + library } : {}),
    }));
  }

  private onFleetings(values: readonly { person: string | null; value: Fleeting }[]): void {
    this.store.setState((view) => {
      let { progress } = view;
      for (const { value } of values) if (value.t === 'progress') progress = { ...progress, [value.c.version]: value.c };
      const presence = withFleetings(view.presence, values);
      return progress === view.progress && presence === view.presence ? view : { progress, presence };
    });
    for (const { person, value } of values) {
      // My own was shown when I threw it.
      if (value.t === 'reaction' && person !== this.deps.person) this.seeReaction({ person, emoji: value.c.emoji });
    }
  }

  private onRefused({ entry, code, message }: Refusal): void {
    this.store.setState({ notice: { id: ++this.counter, code, message, command: entry.command } });
  }

  // Helpers.

  private steer(command: Command): void {
    const { own } = this.store.getState();
    if (own) this.store.setState({ own: expectedTimeline(own, command, this.nowUs()) });
    else this.give(command);
  }

  private give(command: Command, entry?: QueueItem): void {
    const nowUs = Math.round(this.nowUs());
    // A pause is seen at once; what starts or jumps starts together, a little ahead.
    const leadUs = command.t === 'playback.pause' || !command.t.startsWith('playback.') ? 0 : EXPECTED_LEAD_US + this.deps.clock.rttUs();
    this.outbox.give(command, nowUs + leadUs, entry);
  }

  private sendFleeting(value: Fleeting): void {
    this.socket.send({ t: 'fleeting', c: { value } });
  }

  private seeReaction(reaction: ReactionSeen): void {
    for (const listener of this.reactionListeners) listener(reaction);
  }

  private askCatchup(from: Position): void {
    const nowMs = this.deps.env.nowMs();
    const asked = this.catchupAskedMs !== null && this.catchupFrom?.seq === from.seq && nowMs - this.catchupAskedMs < CATCHUP_WAIT_MS;
    if (asked) return;
    if (!this.socket.send({ t: 'catchup', c: { from } })) return; // the next hello asks
    this.catchupAskedMs = nowMs;
    this.catchupFrom = from;
  }

  private addItems(more: readonly ChatItem[]): void {
    if (more.length === 0) return;
    this.store.setState(({ items }) => ({ items: newestItems(mergeItems(items, more)) }));
  }

  private async loadPage(before: number | null, fresh: boolean): Promise<void> {
    this.store.setState({ history: 'loading' });
    let page: MessagePage;
    try {
      page = await this.deps.loadMessages(this.deps.channel, before, MESSAGE_PAGE);
    } catch {
      if (!this.closed) this.store.setState({ history: 'failed' });
      return;
    }
    if (this.closed) return;
    const found = itemsOfPage(page);
    for (const { person, name } of found) if (!this.names.has(person)) this.names.set(person, name);
    this.store.setState(({ items }) => {
      // After a snapshot there may be a hole between what is here and the newest page: keep only what is newer.
      const oldest = found[0]?.seq ?? 0;
      const kept = fresh ? items.filter(({ seq }) => seq > oldest) : items;
      return { items: mergeItems(kept, found), history: page.more ? 'more' : 'complete' };
    });
  }

  /** A command of mine that was answered before its event came. */
  private settled(op: string): OutboxEntry | null {
    return this.settling.find(({ entry }) => entry.op === op)?.entry ?? null;
  }

  private learnTitle(video: string): void {
    if (this.asked.has(video)) return;
    this.asked.add(video);
    this.deps.loadTitle(video).then(
      (title) => this.store.setState(({ titles }) => ({ titles: { ...titles, [video]: title } })),
      () => this.asked.delete(video), // asked again with the next event
    );
  }

  /** Draws the state anew: what the log says, with my unanswered commands on top. */
  private show(): void {
    const waiting = this.outbox.list();
    const unsent = waiting.filter(({ command }) => command.t === 'message.send');
    const { state } = this.replica;
    const shown = state && overlay(state, this.unanswered(waiting));
    this.store.setState((view) => ({
      state: shown,
      unsent: sameEntries(view.unsent, unsent) ? view.unsent : unsent,
      // My own position ends with its video.
      own: view.own && view.own.video?.version === shown?.timeline.video?.version ? view.own : null,
    }));
  }

  private unanswered(waiting: readonly OutboxEntry[]): Unanswered[] {
    const entries = [...this.settling.map(({ entry }) => entry), ...waiting].filter(({ refused }) => !refused);
    return entries.filter(({ command }) => command.t !== 'message.send').sort((a, b) => (a.op < b.op ? -1 : 1));
  }
}

function sameEntries(a: readonly OutboxEntry[], b: readonly OutboxEntry[]): boolean {
  return a.length === b.length && a.every((entry, index) => entry === b[index]);
}
