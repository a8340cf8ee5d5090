// What starts and seeks of this browser's players were seen to take, kept for the next time: then a page that is opened
// again starts its player on time at once, on a machine that is slow as on one that is quick.

import type { ElementKind, Learned } from './drift';

const KEY = 'genlock.learned';
const KINDS: readonly ElementKind[] = ['audio', 'muted', 'silent'];

/** Where it is kept: the browser's local storage. */
export type Storage = Pick<globalThis.Storage, 'getItem' | 'setItem'>;

/** Keeps what is learned. A browser that keeps nothing, or rubbish, is no reason to fail. */
export class LearnedMemory {
  private kept = '';

  /** Asked for each time: where storage is blocked, the asking fails. */
  constructor(private readonly storage: () => Storage) {}

  /** What was learned last time is what is assumed. */
  recall(learned: Learned): void {
    for (const [kind, startMs, seekLagMs] of this.read()) {
      // Twice, so that the median is that and no longer what was assumed.
      for (let time = 0; time < 2; time += 1) {
        learned.sawStart(kind, startMs);
        learned.sawSeekLag(kind, seekLagMs);
      }
    }
  }

  /** To be called now and then. */
  keep(learned: Learned): void {
    const text = JSON.stringify(KINDS.map((kind) => [kind, Math.round(learned.startMs(kind)), Math.round(learned.seekLagMs(kind))]));
    if (text === this.kept) return;
    this.kept = text;
    try {
      this.storage().setItem(KEY, text);
    } catch {
      // Private windows: it holds for this page.
    }
  }

  private read(): [ElementKind, number, number][] {
    try {
      const rows: unknown = JSON.parse(this.storage().getItem(KEY) ?? '[]');
      return Array.isArray(rows) ? rows.filter(isRow) : [];
    } catch {
      return [];
    }
  }
}

function isRow(row: unknown): row is [ElementKind, number, number] {
  return Array.isArray(row) && KINDS.includes(row[0] as ElementKind) && Number.isFinite(row[1]) && Number.isFinite(row[2]);
}
