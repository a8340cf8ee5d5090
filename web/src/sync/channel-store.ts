// One channel as the page shows it: socket, replica, outbox, clock, presence and chat joined in one store. React
// subscribes to `store` and calls the methods; nothing else in the page talks to the socket.
//
// The rule that keeps two pages from answering each other for ever: only the gestures make commands, and no frame of the
// server ever leads to one.

import { createStore, type StoreApi } from 'zustand/vanilla';
import type {
  ChannelState,
  Command,
  Event,
  Fleeting,
  MessagePage,
  QueueItem,
  Role,
  ServerFrame,
  SyncReport,
  Timeline,
} from '../protocol/types';
import type { ServerClock } from './channel-store-clock';
import { Catchup } from './channel-store-catchup';
import { ChannelGestures } from './channel-store-gestures';
import { ChannelHistory } from './channel-store-history';
import { itemOfAnswered, itemOfEvent, type ChatItem } from './channel-store-messages';
import { withFleetings, withFrame } from './channel-store-presence';
import { TitleBook } from './channel-store-titles';
import { TypingSign } from './channel-store-typing';
import { emptyView, type Act, type ChannelView, type ReactionSeen } from './channel-store-view';
import { expectedTimeline, frameAt, overlay, type Unanswered } from './optimistic';
import { Outbox, type OutboxEntry, type Refusal } from './outbox';
import type { OutboxStorage } from './outbox-storage';
import type { OutboxTabs } from './outbox-tabs';
import { apply, emptyReplica, onEvents, onHead, onSnapshot, type Replica, type Step } from './replica';
import { LiveSocket, type Connection } from './socket';
import type { SocketEnv } from './socket-env';

export type { Act, ChannelView, Notice, ReactionSeen } from './channel-store-view';

/** Who did it is told for changes not older than this, microseconds; the rest is history. */
export const ACT_AGE_US_MAX = 5_000_000;
/** Lead that the server is expected to give a scheduled start, microseconds (its shortest; the truth follows). */
export const EXPECTED_LEAD_US = 150_000;
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

/** Names of people met, so that somebody who has left still has one. */
const unknownName = '?';

/** One open channel. Made when its page opens, closed when it leaves. */
export class Channel extends ChannelGestures {
  readonly store: StoreApi<ChannelView> = createStore<ChannelView>(() => emptyView);

  private readonly socket: LiveSocket;
  private readonly outbox: Outbox;
  private replica: Replica = emptyReplica;
  /** Committed, but the event has not come: shown as before until it has, so that nothing flickers. */
  private settling: { entry: OutboxEntry; seq: number }[] = [];
  private readonly names = new Map<string, string>();
  private readonly reactionListeners = new Set<(reaction: ReactionSeen) => void>();
  private serverVersion: string | null = null;
  private counter = 0;
  private readonly typing: TypingSign;
  private readonly history: ChannelHistory;
  private readonly catchup: Catchup;
  private readonly titleBook: TitleBook;

  constructor(private readonly deps: ChannelDeps) {
    super();
    const { env } = deps;
    this.names.set(deps.person, deps.personName);
    this.typing = new TypingSign(env, (on) => this.sendFleeting({ t: 'typing', c: { on } }));
    this.catchup = new Catchup(() => env.nowMs(), (from) => this.socket.send({ t: 'catchup', c: { from } }));
    this.history = new ChannelHistory(
      this.store,
      (before, limit) => deps.loadMessages(deps.channel, before, limit),
      (person, name) => { if (!this.names.has(person)) this.names.set(person, name); },
    );
    this.titleBook = new TitleBook((video) => deps.loadTitle(video), (video, title) => {
      this.store.setState(({ titles }) => ({ titles: { ...titles, [video]: title } }));
    });
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
    this.history.close();
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

  // What a person can do: commands stand in ChannelGestures.

  /** Sends a refused message again. */
  retry(op: string): void {
    this.outbox.retry(op);
  }

  /** Takes a refused message away. */
  discard(op: string): void {
    this.outbox.discard(op);
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
    this.typing.set(on);
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
  loadOlder(): Promise<void> {
    return this.history.loadOlder();
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
        this.catchup.answered();
        this.outbox.goLive();
        this.typing.tellAgain();
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
      if (item && !this.store.getState().items.some((known) => known.op === op)) this.history.add([item]);
    } else if (seq > here) {
      this.settling.push({ entry, seq });
    }
    this.outbox.onAnswered(op);
  }

  private take(step: Step): void {
    if (step.catchup) this.catchup.ask(step.catchup);
    if (step.replica === this.replica) return;
    const before = this.replica.state;
    this.replica = step.replica;
    this.catchup.answered();
    const here = step.replica.position?.seq ?? 0;
    if (step.reset) {
      for (const { person, name } of step.replica.state?.members ?? []) this.names.set(person, name);
      this.history.rename(this.names);
      void this.history.begin();
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
        if (title === undefined) this.titleBook.learn(loaded);
        else titles[loaded] = title;
      }
      state = apply(state, event);
    }
    if (events.some(({ body }) => body.t === 'member.joined')) this.history.rename(this.names);
    this.history.add(items);
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

  protected me(): string {
    return this.deps.person;
  }

  protected steer(command: Command): void {
    const { own } = this.store.getState();
    if (own) this.store.setState({ own: expectedTimeline(own, command, this.nowUs()) });
    else this.give(command);
  }

  protected give(command: Command, entry?: QueueItem): void {
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

  /** A command of mine that was answered before its event came. */
  private settled(op: string): OutboxEntry | null {
    return this.settling.find(({ entry }) => entry.op === op)?.entry ?? null;
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
