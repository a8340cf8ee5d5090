import { expect, test } from 'vitest';
import fc from 'fast-check';
import { columnsOf, peaksOf, shapeOf } from './waveform';

function object(peaks: readonly number[]): ArrayBuffer {
  const bytes = new ArrayBuffer(16 + peaks.length);
  const view = new DataView(bytes);
  [0x47, 0x4c, 0x50, 0x4b, 1].forEach((byte, at) => view.setUint8(at, byte));
  view.setUint32(8, 480, true);
  view.setUint32(12, peaks.length / 2, true);
  new Int8Array(bytes, 16).set(peaks);
  return bytes;
}

test('peaks are read, other bytes are none', () => {
  expect([...peaksOf(object([-5, 7, -128, 127]))!]).toEqual([-5, 7, -128, 127]);
  expect(peaksOf(new ArrayBuffer(3))).toBeNull();
  expect(peaksOf(object([1, 2]).slice(0, 17))).toBeNull();
  expect(peaksOf(new TextEncoder().encode('{"not":"peaks at all"}').buffer)).toBeNull();
});

test('a column has the extremes of its share', () => {
  expect(columnsOf(new Int8Array([-10, 10, -64, 20, 0, 0, -1, 32]), 2)).toEqual([[-0.5, 20 / 128], [-1 / 128, 0.25]]);
});

test('however many peaks and columns, all peaks are in some column', () => {
  fc.assert(fc.property(fc.array(fc.tuple(fc.integer({ min: -128, max: 0 }), fc.integer({ min: 0, max: 127 })), { maxLength: 300 }), fc.integer({ min: 1, max: 50 }), (peaks, wide) => {
    const columns = columnsOf(new Int8Array(peaks.flat()), wide);
    expect(columns.length).toBe(Math.min(wide, peaks.length));
    if (peaks.length === 0) return;
    expect(Math.min(...columns.map(([low]) => low)) * 128).toBe(Math.min(...peaks.map(([low]) => low)));
    expect(Math.max(...columns.map(([, high]) => high)) * 128).toBe(Math.max(...peaks.map(([, high]) => high)));
    expect(shapeOf(columns)).toMatch(/^M0 [\d.]+H1.*Z$/);
  }));
});
