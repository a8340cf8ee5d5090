// What of a file is still to be sent, in which order and in which portions: the index first, then from the front. Portions
// begin small, so that the server can work on the first ones soon, and grow as far as the line is fast.

import type { Run } from './index-finder';
import { missingOf, PART_BYTES } from './part-order';

/** Bytes of a piece: what the server counts (rule U1); portions begin and end at multiples of it. */
export const PIECE_BYTES = 256 * 1024;
/** A portion that took less time may be twice as long next time, milliseconds ... */
const QUICK_MS = 400;
/** ... and one that took more, half as long. */
const SLOW_MS = 1_600;

/** A portion: bytes within one part. */
export interface Portion {
  part: number;
  run: Run;
}

/** What is to be sent, portion by portion. */
export class RunOrder {
  private readonly left: Run[] = [];
  private portionBytes = PIECE_BYTES;

  constructor(bytes: number, index: readonly Run[], there: readonly Run[]) {
    const inPieces = ({ from, to }: Run): Run => ({ from: Math.floor(from / PIECE_BYTES) * PIECE_BYTES, to: Math.min(bytes, Math.ceil(to / PIECE_BYTES) * PIECE_BYTES) });
    for (const run of [...index.map(inPieces), { from: 0, to: bytes }]) {
      const seen = [...there, ...this.left].sort((a, b) => a.from - b.from);
      for (const missing of missingOf(run, seen)) {
        const last = this.left.at(-1);
        if (last?.to === missing.from) last.to = missing.to;
        else this.left.push(missing);
      }
    }
  }

  /** The next portion, which is not given out again; null: nothing is left. */
  next(): Portion | null {
    const run = this.left[0];
    if (!run) return null;
    const part = Math.floor(run.from / PART_BYTES);
    const to = Math.min(run.to, run.from + this.portionBytes, (part + 1) * PART_BYTES);
    const portion = { part, run: { from: run.from, to } };
    if (to === run.to) this.left.shift();
    else run.from = to;
    return portion;
  }

  /** A portion of so many bytes has gone through in so many milliseconds. */
  took(bytes: number, ms: number): void {
    if (ms < QUICK_MS && bytes >= this.portionBytes) this.portionBytes = Math.min(PART_BYTES, this.portionBytes * 2);
    if (ms > SLOW_MS && bytes <= this.portionBytes) this.portionBytes = Math.max(PIECE_BYTES, this.portionBytes / 2);
  }
}
