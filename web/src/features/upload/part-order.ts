// Which parts a file has, and what of them is still to be sent.

import type { Run } from './index-finder';

/** Bytes of a part, as the server counts them (rule U1). */
export const PART_BYTES = 8 * 1024 * 1024;

/** Number of parts. */
export const partCount = (bytes: number): number => Math.ceil(bytes / PART_BYTES);

/** Bytes of a part. */
export const partRun = (part: number, bytes: number): Run => ({ from: part * PART_BYTES, to: Math.min(bytes, (part + 1) * PART_BYTES) });

/** What is missing of a run, given what the server has (in order; runs may overlap). */
export function missingOf({ from, to }: Run, there: readonly Run[]): Run[] {
  const missing: Run[] = [];
  let at = from;
  for (const run of there) {
    if (run.to <= at || run.from >= to) continue;
    if (run.from > at) missing.push({ from: at, to: run.from });
    at = Math.max(at, run.to);
  }
  if (at < to) missing.push({ from: at, to });
  return missing;
}

/** Bytes in runs. */
export const bytesOf = (runs: readonly Run[]): number => runs.reduce((sum, run) => sum + run.to - run.from, 0);
