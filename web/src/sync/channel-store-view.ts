// Everything that is shown of a channel, as a value; what a channel with nothing in it yet shows.

import type { ChannelState, Command, Role, Timeline, TimelineCause, VideoProgress } from '../protocol/types';
import type { ChatItem } from './channel-store-messages';
import { emptyPresence, type Presence } from './channel-store-presence';
import type { OutboxEntry } from './outbox';
import type { Connection } from './socket';

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

/** A reaction as it flies by. */
export interface ReactionSeen {
  readonly person: string | null;
  readonly emoji: string;
}

/** Before anything has come. */
export const emptyView: ChannelView = {
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
};
