// Hashes of files, made by a worker: the fingerprint that tells after a reload whether a file chosen again is the same,
// SHA-256 of a part, and SHA-256 over those of all parts, which names a whole file (rule U4).

import type { Run } from './index-finder';
import { partCount, partRun } from './part-order';

/** What the worker is asked. */
export type HashAsk =
  | { kind: 'fingerprint'; file: File }
  | { kind: 'bytes'; bytes: Blob }
  | { kind: 'hashes'; hashes: readonly string[] };

/** Answers that are awaited, by number. */
const awaited = new Map<number, { done: (hash: string) => void; failed: (error: Error) => void }>();
let worker: Worker | null = null;
let lastAsk = 0;

function started(): Worker {
  if (worker) return worker;
  const made = new Worker(new URL('./hashes.worker.ts', import.meta.url), { type: 'module', name: 'hashes' });
  made.onmessage = (message: MessageEvent<{ ask: number; hash?: string; failed?: string }>) => {
    const { ask, hash, failed } = message.data;
    const waiter = awaited.get(ask);
    awaited.delete(ask);
    if (hash !== undefined) waiter?.done(hash);
    else waiter?.failed(new Error(failed));
  };
  made.onerror = () => {
    for (const waiter of awaited.values()) waiter.failed(new Error('the worker of hashes stopped'));
    awaited.clear();
    made.terminate();
    worker = null;
  };
  worker = made;
  return made;
}

function ask(wish: HashAsk): Promise<string> {
  return new Promise((done, failed) => {
    lastAsk += 1;
    awaited.set(lastAsk, { done, failed });
    started().postMessage({ ask: lastAsk, wish });
  });
}

/** Hash over size and three parts. Rejects, as all here, if the file cannot be read. */
export const fingerprintOf = (file: File): Promise<string> => ask({ kind: 'fingerprint', file });

/** SHA-256 of some bytes of a file, hexadecimal. */
export const hashOfRun = (file: File, run: Run): Promise<string> => ask({ kind: 'bytes', bytes: file.slice(run.from, run.to) });

/** Name of a whole file: SHA-256 over the SHA-256 of its parts, by `known` where it has them. Null: given up. */
export async function hashOfFile(
  file: File,
  known: ReadonlyMap<number, string>,
  signal: AbortSignal,
  onShare: (share: number) => void = () => undefined,
): Promise<string | null> {
  const count = partCount(file.size);
  const hashes: string[] = [];
  for (let part = 0; part < count; part += 1) {
    if (signal.aborted) return null;
    hashes.push(known.get(part) ?? await hashOfRun(file, partRun(part, file.size)));
    onShare(hashes.length / count);
  }
  return signal.aborted ? null : await ask({ kind: 'hashes', hashes });
}

/** A hexadecimal hash as `Content-Digest` (RFC 9530) wants it. */
export function contentDigest(hash: string): string {
  return `sha-256=:${btoa(hash.replace(/../g, (pair) => String.fromCharCode(Number.parseInt(pair, 16))))}:`;
}
