// What is remembered of uploads under way, so that a reload does not lose them: where the upload stands, which file it
// was, and, where the browser has such a thing, a handle on the file.

import { openDB, type DBSchema, type IDBPDatabase } from 'idb';

/** One upload as remembered. */
export interface UploadRecord {
  id: string;
  /** Whose it is: another person signed in here does not see it. */
  person: string;
  channel: string;
  /** Set for a new version of a video. */
  video: string | null;
  filename: string;
  filetype: string;
  bytes: number;
  fingerprint: string;
  /** Path of the upload on the server, once it has begun. */
  path: string | null;
  /** Bytes that had been sent when this was written. */
  sent: number;
  handle: FileSystemFileHandle | null;
  /** Small picture as a data URL. */
  poster: string | null;
  paused: boolean;
  /** The tab that sends it, and when it last said so, Unix milliseconds. */
  tab: string;
  beatMs: number;
}

interface Schema extends DBSchema {
  uploads: { key: string; value: UploadRecord; indexes: { person: string } };
}

/** More than this is not remembered; the oldest go first. */
const RECORDS_MAX = 100;

let opened: Promise<IDBPDatabase<Schema>> | null = null;

function database(): Promise<IDBPDatabase<Schema>> {
  opened ??= openDB<Schema>('genlock-uploads', 1, {
    upgrade: (db) => {
      db.createObjectStore('uploads', { keyPath: 'id' }).createIndex('person', 'person');
    },
    terminated: () => {
      opened = null;
    },
  });
  return opened;
}

/** The store; every call fails soft: without IndexedDB an upload runs, only a reload loses it. */
export const uploadRecords = {
  async all(person: string): Promise<UploadRecord[]> {
    try {
      return await (await database()).getAllFromIndex('uploads', 'person', person);
    } catch {
      return [];
    }
  },

  async put(record: UploadRecord): Promise<void> {
    try {
      const db = await database();
      await db.put('uploads', record);
      const ids = await db.getAllKeys('uploads');
      // Ids sort by time.
      for (const id of ids.slice(0, Math.max(0, ids.length - RECORDS_MAX))) await db.delete('uploads', id);
    } catch {
      // Storage is full or switched off, or the handle cannot be stored.
      if (record.handle) await this.put({ ...record, handle: null });
    }
  },

  async remove(id: string): Promise<void> {
    try {
      await (await database()).delete('uploads', id);
    } catch {
      // It will be found finished or unknown when it is next read.
    }
  },
};
