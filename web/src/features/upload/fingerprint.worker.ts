// Hashes the marks of a file away from the page's thread. WebAssembly, because `crypto.subtle` is missing on plain HTTP.

import { createBLAKE3 } from 'hash-wasm';
import { FINGERPRINT_PART_BYTES } from './fingerprint-part';

self.onmessage = (message: MessageEvent<{ ask: number; file: File }>) => {
  const { ask, file } = message.data;
  void hashed(file).then(
    (hash) => self.postMessage({ ask, hash }),
    (error: unknown) => self.postMessage({ ask, failed: String(error) }),
  );
};

async function hashed(file: File): Promise<string> {
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
