// What the sync badge says while the timeline stands for somebody.

import type { Timeline, Wait } from '@/protocol/types';

/** What it says: that the next part is being made, or for whom everybody waits and for how long. */
export type WaitShown = { readonly what: 'preparing' } | { readonly what: 'people'; readonly people: readonly string[]; readonly seconds: number };

/** It, at a server time; none while nobody waits, or because of me alone: my own state says more then. */
export function waitShown(wait: Wait | null, timeline: Timeline | null, me: string, nowUs: number): WaitShown | null {
  // Anything done to the timeline has ended the wait; its own time ends it without anybody's word.
  if (!wait || !timeline || wait.revision !== timeline.revision || wait.until_us <= nowUs) return null;
  if (wait.reason === 'preparing') return { what: 'preparing' };
  if (wait.reason !== 'buffering' || wait.people.length === 0 || wait.people.includes(me)) return null;
  return { what: 'people', people: wait.people, seconds: Math.ceil((wait.until_us - nowUs) / 1_000_000) };
}
