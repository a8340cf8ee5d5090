// Where the index of a film lies in its file: the bytes that the server must have before it can look into it. Reads a
// few box or element headers of the local file, never the whole of it.

/** Bytes of a file: `from` is the first, `to` the one after the last. */
export interface Run {
  from: number;
  to: number;
}

/** Reads bytes of the file; fewer at its end. */
export type ReadAt = (from: number, to: number) => Promise<Uint8Array>;

/** Top-level boxes looked at: a whole film has a handful, one in fragments thousands, with the index before them. */
export const BOXES_MAX = 256;
/** Read at the head of a Matroska file for its SeekHead, bytes. */
const MATROSKA_HEAD_BYTES = 65_536;
/** Taken for the size of an element of Matroska that cannot be read, bytes. */
const ELEMENT_BYTES_GUESSED = 1_048_576;

/** Index bytes of a film, in the order in which they are wanted; empty: nothing but the head is known to help. */
export async function indexRuns(bytes: number, read: ReadAt): Promise<Run[]> {
  const head = await read(0, Math.min(bytes, 16));
  if (head.length < 8) return [];
  if (view(head).getUint32(0) === EBML) return await matroskaRuns(bytes, read);
  return boxKinds.has(kindAt(head, 4)) ? await boxRuns(bytes, read) : [];
}

/** Boxes that an MP4 or MOV may begin with. */
const boxKinds: ReadonlySet<string> = new Set(['ftyp', 'moov', 'mdat', 'free', 'skip', 'wide', 'pnot', 'uuid', 'styp']);

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const kindAt = (bytes: Uint8Array, at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4));

/** From box to box, by their sizes, until `moov`. */
async function boxRuns(bytes: number, read: ReadAt): Promise<Run[]> {
  let at = 0;
  for (let box = 0; box < BOXES_MAX && at + 8 <= bytes; box += 1) {
    const header = await read(at, Math.min(bytes, at + 16));
    if (header.length < 8) return [];
    let size = view(header).getUint32(0);
    if (size === 1) {
      if (header.length < 16) return [];
      size = Number(view(header).getBigUint64(8));
    } else if (size === 0) size = bytes - at; // to the end of the file
    if (size < 8) return [];
    if (kindAt(header, 4) === 'moov') return [{ from: at, to: Math.min(bytes, at + size) }];
    at += size;
  }
  return [];
}

const EBML = 0x1a45dfa3;
const SEGMENT = 0x18538067;
const SEEK_HEAD = 0x114d9b74;
const SEEK = 0x4dbb;
const SEEK_ID = 0x53ab;
const SEEK_POSITION = 0x53ac;
const CUES = 0x1c53bb6b;
const CLUSTER = 0x1f43b675;

interface Element {
  id: number;
  /** First byte of its content. */
  from: number;
  /** Bytes of its content; null: unknown, to the end of what it stands in. */
  size: number | null;
}

/** A number of variable length; `marked` keeps its length bits, as ids do. */
function vint(bytes: Uint8Array, at: number, marked: boolean): { value: number; length: number; unknown: boolean } | null {
  const first = bytes[at];
  if (first === undefined || first === 0) return null;
  const length = Math.clz32(first) - 23;
  if (at + length > bytes.length) return null;
  const mask = 0xff >> length;
  let value = marked ? first : first & mask;
  let ones = (first & mask) === mask;
  for (let next = 1; next < length; next += 1) {
    const byte = bytes[at + next]!;
    value = value * 256 + byte;
    ones &&= byte === 0xff;
  }
  return { value, length, unknown: ones };
}

function element(bytes: Uint8Array, at: number): Element | null {
  const id = vint(bytes, at, true);
  if (!id || id.length > 4) return null;
  const size = vint(bytes, at + id.length, false);
  if (!size) return null;
  return { id: id.value, from: at + id.length + size.length, size: size.unknown ? null : size.value };
}

/** Head, then what the SeekHead says of the cues. */
async function matroskaRuns(bytes: number, read: ReadAt): Promise<Run[]> {
  const head = await read(0, Math.min(bytes, MATROSKA_HEAD_BYTES));
  const first = element(head, 0);
  if (!first || first.size === null) return [];
  const segment = element(head, first.from + first.size);
  if (!segment || segment.id !== SEGMENT) return [];
  const runs: Run[] = [{ from: 0, to: Math.min(bytes, MATROSKA_HEAD_BYTES) }];
  let at = segment.from;
  for (let one = element(head, at); one && one.size !== null && one.id !== CLUSTER; one = element(head, at)) {
    if (one.id === SEEK_HEAD) {
      const cues = cuesPosition(head.subarray(one.from, one.from + one.size));
      if (cues !== null && segment.from + cues < bytes) runs.push(await elementRun(bytes, segment.from + cues, read));
      break;
    }
    at = one.from + one.size;
  }
  return runs;
}

/** Where the cues begin, counted from the content of the segment. */
function cuesPosition(seekHead: Uint8Array): number | null {
  let at = 0;
  for (let seek = element(seekHead, at); seek && seek.size !== null; seek = element(seekHead, at)) {
    at = seek.from + seek.size;
    if (seek.id !== SEEK) continue;
    let id = 0;
    let position: number | null = null;
    let inside = seek.from;
    for (let part = element(seekHead, inside); part && part.size !== null && inside < at; part = element(seekHead, inside)) {
      inside = part.from + part.size;
      const value = seekHead.subarray(part.from, inside).reduce((sum, byte) => sum * 256 + byte, 0);
      if (part.id === SEEK_ID) id = value;
      if (part.id === SEEK_POSITION) position = value;
    }
    if (id === CUES) return position;
  }
  return null;
}

async function elementRun(bytes: number, from: number, read: ReadAt): Promise<Run> {
  const found = element(await read(from, Math.min(bytes, from + 16)), 0);
  const size = found && found.id === CUES && found.size !== null ? found.from + found.size : ELEMENT_BYTES_GUESSED;
  return { from, to: Math.min(bytes, from + size) };
}
