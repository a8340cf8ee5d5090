// What to offer whom. The server decides by `room::authorize`; this mirror only keeps controls that would be refused
// from being shown.

import type { Role } from '../protocol/types';

/** Roles, weakest first. */
export const roles: readonly Role[] = ['guest', 'viewer', 'member', 'moderator', 'admin', 'owner'];

/** Whether `role` is at least `least`. */
export const atLeast = (role: Role | null | undefined, least: Role): boolean =>
  role !== null && role !== undefined && roles.indexOf(role) >= roles.indexOf(least);

/** Make, list and withdraw invites. */
export const mayInvite = (role: Role | null | undefined): boolean => atLeast(role, 'moderator');
/** Upload a video. */
export const mayUpload = (role: Role | null | undefined): boolean => atLeast(role, 'member');
/** Rename or show or hide the channel. */
export const mayUpdateChannel = (role: Role | null | undefined): boolean => atLeast(role, 'admin');
/** Delete the channel, or put it back. */
export const mayDeleteChannel = (role: Role | null | undefined): boolean => role === 'owner';
/** Rename or remove a video. */
export const mayManageVideo = (role: Role | null | undefined, mine: boolean): boolean =>
  atLeast(role, 'moderator') || (mine && atLeast(role, 'member'));
/** Everybody but viewers talks and, where control is everybody's, steers. */
export const mayTakePart = (role: Role | null | undefined): boolean => role !== null && role !== undefined && role !== 'viewer';

/** The roles that a person of role `mine` may give to one of role `theirs`; empty: none. */
export function rolesToGive(mine: Role | null | undefined, theirs: Role): Role[] {
  if (mine === 'owner') return [...roles];
  if (mine === 'admin' && !atLeast(theirs, 'admin')) return roles.filter((role) => !atLeast(role, 'admin'));
  return [];
}

/** Take somebody of role `theirs` out. */
export const mayRemove = (mine: Role | null | undefined, theirs: Role): boolean =>
  atLeast(mine, 'moderator') && roles.indexOf(theirs) < roles.indexOf(mine!);
