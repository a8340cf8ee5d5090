// Hashes of files, away from the page's thread. WebAssembly, because `crypto.subtle` is missing on plain HTTP.

import { createBLAKE3, createSHA256 } from 'hash-wasm';
import type { HashAsk } from './hashes';

/** First, middle and last part of this size, bytes: tells one export from the next, and takes milliseconds. */
const FINGERPRINT_PART_BYTES = 1_048_576;

self.onmessage = (message: MessageEvent<{ ask: number; wish: HashAsk }>) => {
  const { ask, wish } = message.data;
  void hashed(wish).then(
    (hash) => self.postMessage({ ask, hash }),
    (error: unknown) => self.postMessage({ ask, failed: String(error) }),
  );
};

async function hashed(wish: HashAsk): Promise<string> {
  switch (wish.kind) {
    case 'fingerprint': return await fingerprint(wish.file);
    case 'bytes': return await sha256(new Uint8Array(await wish.bytes.arrayBuffer()));
    case 'hashes': return await sha256(Uint8Array.from(wish.hashes.flatMap((hash) => hash.match(/../g)!.map((pair) => Number.parseInt(pair, 16)))));
  }
}

async function sha256(bytes: Uint8Array): Promise<string> {
  return (await createSHA256()).init().update(bytes).digest('hex');
}

async function fingerprint(file: File): Promise<string> {
  const hasher = await createBLAKE3();
  hasher.init();
  hasher.update(`${file.size}:`);
  const middle = Math.max(0, Math.floor(file.size / 2 - FINGERPRINT_PART_BYTES / 2));
  const last = Math.max(0, file.size - FINGERPRINT_PART_BYTES);
  for (const from of [0, middle, last]) {
    hasher.update(new Uint8Array(await file.slice(from, from + FINGERPRINT_PART_BYTES).arrayBuffer()));
  }
  return hasher.digest('hex');
}
