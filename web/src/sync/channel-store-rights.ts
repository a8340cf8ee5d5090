// What the page offers to whom. The server decides (law 8, `can()`); this only keeps a person from pressing what
// would be refused, and says why.

import type { ChannelState, Role } from '../protocol/types';

const rank: Readonly<Record<Role, number>> = { guest: 0, viewer: 1, member: 2, moderator: 3, admin: 4, owner: 5 };

/** Whether `role` stands at least as high as `least`. */
export function atLeast(role: Role, least: Role): boolean {
  return rank[role] >= rank[least];
}

/** Whether this person moves the shared timeline and the queue. */
export function canSteer(state: Pick<ChannelState, 'control' | 'presenter'>, person: string, role: Role): boolean {
  switch (state.control) {
    case 'everyone':
      return role !== 'viewer';
    case 'moderators':
      return atLeast(role, 'moderator');
    case 'presenter':
      return state.presenter === person || atLeast(role, 'admin');
  }
}

/** Whether this person may write in the chat. */
export function canChat(role: Role): boolean {
  return role !== 'viewer';
}

/** Whether this person may upload. Guests have no account to own a video. */
export function canUpload(role: Role): boolean {
  return atLeast(role, 'member');
}

/** Whether this person may invite others. */
export function canInvite(role: Role): boolean {
  return atLeast(role, 'moderator');
}
