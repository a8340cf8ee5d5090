// The waveform's object (docs/protocol.md, M6) as columns of a given number, and as one shape to draw. Pure.

/** Lowest and highest of a stretch, -1 to 1. */
export type Column = readonly [number, number];

const MAGIC = [0x47, 0x4c, 0x50, 0x4b, 1];
const HEAD_BYTES = 16;

/** Peaks of an object; none for other bytes. */
export function peaksOf(bytes: ArrayBuffer): Int8Array | null {
  if (bytes.byteLength < HEAD_BYTES) return null;
  const view = new DataView(bytes);
  if (MAGIC.some((byte, at) => view.getUint8(at) !== byte)) return null;
  const count = view.getUint32(12, true);
  return bytes.byteLength === HEAD_BYTES + count * 2 ? new Int8Array(bytes, HEAD_BYTES) : null;
}

/** At most `columns` columns, each over the same share of the peaks. */
export function columnsOf(peaks: Int8Array, columns: number): Column[] {
  const count = peaks.length / 2;
  const wide = Math.min(columns, count);
  return Array.from({ length: wide }, (_, column): Column => {
    const from = Math.floor((column * count) / wide);
    const to = Math.max(from + 1, Math.floor(((column + 1) * count) / wide));
    let low = 127;
    let high = -128;
    for (let at = from; at < to; at += 1) {
      low = Math.min(low, peaks[at * 2]!);
      high = Math.max(high, peaks[at * 2 + 1]!);
    }
    return [low / 128, high / 128];
  });
}

/** Least height of a column, so that silence is a line. */
const LINE = 0.04;

/** A closed shape in a box of as many units as there are columns, 2 high, its middle at 1. */
export function shapeOf(columns: readonly Column[]): string {
  if (columns.length === 0) return '';
  const upper = columns.map(([, high], x) => `${x} ${(1 - Math.max(LINE, high)).toFixed(2)}H${x + 1}`);
  const lower = columns.map(([low], x) => `${x + 1} ${(1 + Math.max(LINE, -low)).toFixed(2)}H${x}`).reverse();
  return `M${upper.join('L')}L${lower.join('L')}Z`;
}
