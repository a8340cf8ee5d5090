// The channel's state at this page: what the log says, applied in order of seq. A pure reducer; channel-store.ts
// sends what it asks for. It must give the same state as crates/room for the same events.

import type { ChannelState, Event, EventsFrame, Member, Position, SnapshotFrame, Timeline, Wait } from '../protocol/types';

/** State at a position; neither before the first snapshot. */
export interface Replica {
  readonly position: Position | null;
  readonly state: ChannelState | null;
}

/** What a frame did. */
export interface Step {
  readonly replica: Replica;
  /** Events that were new, in order. */
  readonly applied: readonly Event[];
  /** A snapshot took the place of the state: whatever was built from events must be fetched again. */
  readonly reset: boolean;
  /** Send `catchup` from here: something is missing (law 6). */
  readonly catchup: Position | null;
}

/** Before anything has arrived. */
export const emptyReplica: Replica = { position: null, state: null };

/** A snapshot, taken unless it is older than what is here. */
export function onSnapshot(replica: Replica, { at, state }: SnapshotFrame): Step {
  const here = replica.position;
  if (here && here.epoch === at.epoch && here.seq >= at.seq) return same(replica);
  return { replica: { position: at, state }, applied: [], reset: true, catchup: null };
}

/** Events; those already known are passed by, a gap is asked for. */
export function onEvents(replica: Replica, { epoch, events }: EventsFrame): Step {
  let { position, state } = replica;
  if (!position || !state) return same(replica); // the snapshot is on its way
  // Another life of the log: never applied on top of this one (law 3). The answer is a snapshot.
  if (position.epoch !== epoch) return { ...same(replica), catchup: position };
  const applied: Event[] = [];
  let catchup: Position | null = null;
  for (const event of events) {
    if (event.seq <= position.seq) continue;
    if (event.seq > position.seq + 1) {
      catchup = position;
      break;
    }
    state = apply(state, event);
    position = { epoch, seq: event.seq };
    applied.push(event);
  }
  if (applied.length === 0) return { ...same(replica), catchup };
  return { replica: { position, state }, applied, reset: false, catchup: catchup && position };
}

/** Where the log stands, from a beat or an ack: a last event that was lost is found here. */
export function onHead(replica: Replica, head: Position): Step {
  const here = replica.position;
  if (!here) return same(replica);
  const behind = here.epoch !== head.epoch || here.seq < head.seq;
  return behind ? { ...same(replica), catchup: here } : same(replica);
}

function same(replica: Replica): Step {
  return { replica, applied: [], reset: false, catchup: null };
}

/** The state after one event. Kinds not known here change nothing (a newer server has them). */
export function apply(state: ChannelState, event: Event): ChannelState {
  const { body } = event;
  switch (body.t) {
    case 'channel.created': {
      const { name, visibility, owner, owner_name } = body.c;
      const member: Member = { person: owner, name: owner_name, kind: 'user', role: 'owner', joined_at: event.at };
      return { ...state, name, visibility, members: withMember(state.members, member) };
    }
    case 'channel.updated':
      return { ...state, name: body.c.name, visibility: body.c.visibility };
    case 'member.joined': {
      const known = state.members.find(({ person }) => person === body.c.person);
      return { ...state, members: withMember(state.members, { ...body.c, joined_at: known?.joined_at ?? event.at }) };
    }
    case 'member.removed':
      return {
        ...state,
        members: state.members.filter(({ person }) => person !== body.c.person),
        presenter: state.presenter === body.c.person ? null : state.presenter,
      };
    case 'member.role':
      return { ...state, members: state.members.map((member) => (member.person === body.c.person ? { ...member, role: body.c.role } : member)) };
    case 'message.sent':
      return state; // messages are not part of the bounded state
    case 'timeline.set': {
      const { timeline, item } = body.c;
      const queue = item === null ? state.queue : state.queue.filter((entry) => entry.item !== item);
      // Whatever else is done to the timeline ends a wait.
      return { ...state, timeline, queue, wait: body.c.wait ?? endedAt(state.wait, event.at) };
    }
    case 'queue.added':
      return { ...state, queue: [...state.queue, body.c.entry] };
    case 'queue.removed':
      return { ...state, queue: state.queue.filter(({ item }) => item !== body.c.item) };
    case 'queue.moved':
      return { ...state, queue: moved(state.queue, body.c.item, body.c.before) };
    case 'control.set':
      return { ...state, control: body.c.mode, presenter: body.c.presenter };
    case 'patience.set':
      return { ...state, patience_ms: body.c.patience_ms };
    case 'video.updated':
      return state;
    case 'video.removed':
      return withoutVideo(state, body.c.video, event.at);
    default:
      return state;
  }
}

function endedAt(wait: Wait | null, atUs: number): Wait | null {
  return wait && wait.until_us > atUs ? { ...wait, until_us: atUs } : wait;
}

/** Members are kept by id. */
function withMember(members: readonly Member[], member: Member): Member[] {
  const others = members.filter(({ person }) => person !== member.person);
  const at = others.findIndex(({ person }) => person > member.person);
  others.splice(at === -1 ? others.length : at, 0, member);
  return others;
}

/** The list with `item` put before another entry, or at the end. */
export function moved<Entry extends { item: string }>(queue: readonly Entry[], item: string, before: string | null): Entry[] {
  const entry = queue.find((candidate) => candidate.item === item);
  if (!entry) return [...queue];
  const others = queue.filter((candidate) => candidate.item !== item);
  const at = before === null ? -1 : others.findIndex((candidate) => candidate.item === before);
  others.splice(at === -1 ? others.length : at, 0, entry);
  return others;
}

/** A removed video leaves queue and timeline. */
function withoutVideo(state: ChannelState, video: string, atUs: number): ChannelState {
  const queue = state.queue.filter((entry) => entry.video !== video);
  if (state.timeline.video?.video !== video) return { ...state, queue };
  const revision = state.timeline.revision + 1;
  const timeline: Timeline = { video: null, frame: 0, speed: { num: 1, den: 1 }, playing: false, anchor_us: atUs, revision };
  return { ...state, queue, timeline, wait: endedAt(state.wait, atUs) };
}
