// Who is here, merged from presence frames and fleeting values. Pure; used by channel-store.ts.

import type { FleetingFrom, PresenceFrame, PresentPerson } from '../protocol/types';

/** People here, and how many there are (above 200 the list is a sample). */
export interface Presence {
  readonly people: readonly PresentPerson[];
  readonly count: number;
}

/** Nobody yet. */
export const emptyPresence: Presence = { people: [], count: 0 };

/** With a presence frame. People are in order of name, which does not change while they are here. */
export function withFrame(presence: Presence, frame: PresenceFrame): Presence {
  const people = new Map(frame.full ? [] : presence.people.map((person) => [person.person, person]));
  for (const person of frame.people) people.set(person.person, person);
  for (const person of frame.gone) people.delete(person);
  const sorted = [...people.values()].sort((a, b) => a.name.localeCompare(b.name) || (a.person < b.person ? -1 : 1));
  return { people: sorted, count: frame.count };
}

/** With what fleeting values say about people: writing, and how they are in sync. */
export function withFleetings(presence: Presence, values: readonly FleetingFrom[]): Presence {
  const news = new Map<string, Partial<PresentPerson>>();
  for (const { person, value } of values) {
    if (person === null) continue;
    if (value.t === 'typing') news.set(person, { ...news.get(person), typing: value.c.on });
    if (value.t === 'sync') news.set(person, { ...news.get(person), sync: value.c });
  }
  if (!presence.people.some(({ person }) => news.has(person))) return presence;
  return { ...presence, people: presence.people.map((person) => ({ ...person, ...news.get(person.person) })) };
}
