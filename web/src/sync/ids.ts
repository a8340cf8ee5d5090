// Ids made by the page: version 7 UUIDs as hyphenated text. `crypto.randomUUID` is missing on plain HTTP in a local
// network, so chance comes from `getRandomValues`, which is there everywhere.

const hexOf: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** The 16 bytes of a hyphenated or plain hexadecimal id. Throws on anything else. */
export function idToBytes(id: string): Uint8Array {
  const hex = id.replaceAll('-', '');
  if (!/^[0-9a-fA-F]{32}$/.test(hex)) throw new TypeError(`not an id: ${id.slice(0, 64)}`);
  const bytes = new Uint8Array(16);
  for (let index = 0; index < 16; index += 1) bytes[index] = Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16);
  return bytes;
}

/** Hyphenated text of 16 bytes. Throws on another length. */
export function idFromBytes(bytes: Uint8Array): string {
  if (bytes.length !== 16) throw new TypeError(`an id has 16 bytes, not ${bytes.length}`);
  let text = '';
  for (let index = 0; index < 16; index += 1) {
    if (index === 4 || index === 6 || index === 8 || index === 10) text += '-';
    text += hexOf[bytes[index]!]!;
  }
  return text;
}

// Time and counter of the last id, so that ids made within a millisecond (or while a clock is set back) still sort
// in the order in which they were made: the outbox sends by id.
let lastMs = 0;
let lastCounter = 0;

/** A clock set back by more than this, milliseconds, was corrected: holding on to the old time would make ids that
 *  the server refuses as too far ahead. */
const SET_BACK_MS_MAX = 60_000;

/** A new version 7 id. Later ids of this page sort after earlier ones. `nowMs` is Unix time in milliseconds. */
export function newId(nowMs: number = Date.now()): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const wholeMs = Math.max(0, Math.floor(nowMs));
  let ms = lastMs - wholeMs > SET_BACK_MS_MAX ? wholeMs : Math.max(wholeMs, lastMs);
  if (ms === lastMs) {
    lastCounter += 1;
    if (lastCounter > 0xfff) {
      ms += 1;
      lastCounter = 0;
    }
  } else {
    // Starts low so that there is room to count up within the millisecond.
    lastCounter = ((bytes[6]! << 8) | bytes[7]!) & 0x7ff;
  }
  lastMs = ms;
  for (let index = 5, rest = ms; index >= 0; index -= 1) {
    bytes[index] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  bytes[6] = 0x70 | (lastCounter >> 8);
  bytes[7] = lastCounter & 0xff;
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  return idFromBytes(bytes);
}

/** Unix milliseconds in a version 7 id. */
export function idTimeMs(id: string): number {
  return Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
}
