// Where unanswered commands outlive the page: IndexedDB. Private windows of some browsers refuse it; then they live
// as long as the page, and the rest works as before.

import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import type { OutboxEntry } from './outbox';

/** What the outbox needs from storage. Calls take effect in the order in which they were made. */
export interface OutboxStorage {
  /** Entries of one person in one channel, in order of their operation ids. */
  load(channel: string, person: string): Promise<OutboxEntry[]>;
  put(entry: OutboxEntry): Promise<void>;
  remove(op: string): Promise<void>;
}

interface OutboxSchema extends DBSchema {
  outbox: { key: string; value: OutboxEntry; indexes: { place: [string, string] } };
}

/** Entries in IndexedDB, or in memory where there is none. */
export function openOutboxStorage(): OutboxStorage {
  if (typeof indexedDB === 'undefined') return memoryOutboxStorage();
  let opened: Promise<IDBPDatabase<OutboxSchema>> | null = null;
  const database = () =>
    (opened ??= openDB<OutboxSchema>('genlock-outbox', 1, {
      upgrade(db) {
        db.createObjectStore('outbox', { keyPath: 'op' }).createIndex('place', ['channel', 'person']);
      },
      terminated() {
        opened = null;
      },
    }));
  const memory = memoryOutboxStorage();
  return {
    async load(channel, person) {
      try {
        return await (await database()).getAllFromIndex('outbox', 'place', [channel, person]);
      } catch {
        return memory.load(channel, person);
      }
    },
    async put(entry) {
      try {
        await (await database()).put('outbox', entry);
      } catch {
        await memory.put(entry);
      }
    },
    async remove(op) {
      try {
        await (await database()).delete('outbox', op);
      } catch {
        await memory.remove(op);
      }
    },
  };
}

/** Entries that end with the page. */
export function memoryOutboxStorage(): OutboxStorage {
  const entries = new Map<string, OutboxEntry>();
  return {
    load(channel, person) {
      const found = [...entries.values()].filter((entry) => entry.channel === channel && entry.person === person);
      return Promise.resolve(found.sort((a, b) => (a.op < b.op ? -1 : 1)));
    },
    put(entry) {
      entries.set(entry.op, entry);
      return Promise.resolve();
    },
    remove(op) {
      entries.delete(op);
      return Promise.resolve();
    },
  };
}
