// The fingerprint of a file: tells after a reload whether the file chosen again is the same one.

/** Answers that are awaited, by number. */
const awaited = new Map<number, { done: (hash: string) => void; failed: (error: Error) => void }>();
let worker: Worker | null = null;
let lastAsk = 0;

function started(): Worker {
  if (worker) return worker;
  const made = new Worker(new URL('./fingerprint.worker.ts', import.meta.url), { type: 'module', name: 'fingerprint' });
  made.onmessage = (message: MessageEvent<{ ask: number; hash?: string; failed?: string }>) => {
    const { ask, hash, failed } = message.data;
    const waiter = awaited.get(ask);
    awaited.delete(ask);
    if (hash !== undefined) waiter?.done(hash);
    else waiter?.failed(new Error(failed));
  };
  made.onerror = () => {
    for (const waiter of awaited.values()) waiter.failed(new Error('the fingerprint worker stopped'));
    awaited.clear();
    made.terminate();
    worker = null;
  };
  worker = made;
  return made;
}

/** Hash over size and three parts. Rejects if the file cannot be read. */
export function fingerprintOf(file: File): Promise<string> {
  return new Promise((done, failed) => {
    lastAsk += 1;
    awaited.set(lastAsk, { done, failed });
    started().postMessage({ ask: lastAsk, file });
  });
}
