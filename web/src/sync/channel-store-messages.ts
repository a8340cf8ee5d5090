// The chat as a list: pages of history, live events and my own answered messages, merged by operation id in the
// order of the log. Pure; used by channel-store.ts.

import type { ChannelState, Event, FrameRef, MessagePage, MessageView } from '../protocol/types';
import type { OutboxEntry } from './outbox';

/** Messages kept in memory; the oldest leave first and come back when scrolled to. */
export const MESSAGES_KEPT_MAX = 2_000;

/** A message, or a line about something that happened, at its place in the log. */
export type ChatItem = ChatMessage | SystemLine;

/** Something said. */
export interface ChatMessage {
  readonly kind: 'message';
  readonly op: string;
  readonly seq: number;
  /** Server time, microseconds. */
  readonly at: number;
  readonly person: string;
  readonly name: string;
  readonly text: string;
  readonly frame: FrameRef | null;
}

/** Something that happened, said in one line. */
export interface SystemLine {
  readonly kind: 'system';
  readonly op: string;
  readonly seq: number;
  readonly at: number;
  readonly what: 'joined' | 'left' | 'removed' | 'role' | 'control' | 'loaded' | 'renamed';
  /** Who did it. */
  readonly actor: string | null;
  /** Name of whom it is about, or of what; for `loaded` the video's id, as its title may be learned later. */
  readonly about: string;
  /** Word for role and control mode. */
  readonly word?: string;
}

/** Merged by operation id, in order of seq. */
export function mergeItems(items: readonly ChatItem[], more: readonly ChatItem[]): ChatItem[] {
  if (more.length === 0) return [...items];
  const byOp = new Map(items.map((item) => [item.op, item]));
  for (const item of more) byOp.set(item.op, item);
  return [...byOp.values()].sort((a, b) => a.seq - b.seq);
}

/** The same items under the names that people have now: a guest's messages carry the name of the account made of it. */
export function renamedItems(items: readonly ChatItem[], names: ReadonlyMap<string, string>): readonly ChatItem[] {
  const stale = (item: ChatItem): item is ChatMessage => item.kind === 'message' && names.has(item.person) && names.get(item.person) !== item.name;
  if (!items.some(stale)) return items;
  return items.map((item) => (stale(item) ? { ...item, name: names.get(item.person) ?? item.name } : item));
}

/** The newest items, within the bound. */
export function newestItems(items: ChatItem[]): ChatItem[] {
  return items.length > MESSAGES_KEPT_MAX ? items.slice(items.length - MESSAGES_KEPT_MAX) : items;
}

/** Items of a page of history. */
export function itemsOfPage(page: MessagePage): ChatMessage[] {
  return page.messages.map(itemOfView);
}

function itemOfView({ op, seq, at, author, text, frame }: MessageView): ChatMessage {
  return { kind: 'message', op, seq, at, person: author.person, name: author.name, text, frame };
}

/** A message of mine that is committed but whose event has not come yet. */
export function itemOfAnswered(entry: OutboxEntry, seq: number, name: string): ChatMessage | null {
  if (entry.command.t !== 'message.send') return null;
  const { text, at } = entry.command.c;
  return { kind: 'message', op: entry.op, seq, at: entry.expectedUs, person: entry.person, name, text, frame: at };
}

/** What an event says in the chat; most say nothing. `before` is the state before it. */
export function itemOfEvent(event: Event, before: ChannelState, nameOf: (person: string) => string): ChatItem | null {
  const { op, seq, at, actor, body } = event;
  const line = (what: SystemLine['what'], about: string, word?: string): SystemLine => ({
    kind: 'system',
    op,
    seq,
    at,
    what,
    actor,
    about,
    ...(word === undefined ? {} : { word }),
  });
  switch (body.t) {
    case 'message.sent':
      if (actor === null) return null;
      return { kind: 'message', op, seq, at, person: actor, name: nameOf(actor), text: body.c.text, frame: body.c.at };
    case 'member.joined':
      // The same event brings a changed name up to date; only a new face is news.
      return before.members.some(({ person }) => person === body.c.person) ? null : line('joined', body.c.name);
    case 'member.removed':
      return line(actor === body.c.person ? 'left' : 'removed', nameOf(body.c.person));
    case 'member.role':
      return line('role', nameOf(body.c.person), body.c.role);
    case 'control.set':
      return line('control', body.c.presenter ? nameOf(body.c.presenter) : '', body.c.mode);
    case 'channel.updated':
      return body.c.name === before.name ? null : line('renamed', body.c.name);
    case 'timeline.set': {
      const { timeline, cause } = body.c;
      if ((cause !== 'load' && cause !== 'advance') || !timeline.video) return null;
      return line('loaded', timeline.video.video);
    }
    default:
      return null;
  }
}
