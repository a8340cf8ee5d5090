import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BOXES_MAX, indexRuns, type ReadAt } from './index-finder';

const reader = (file: Uint8Array): ReadAt & { bytesRead: number } => {
  const read = (from: number, to: number) => {
    read.bytesRead += Math.max(0, to - from);
    return Promise.resolve(file.subarray(from, to));
  };
  read.bytesRead = 0;
  return read;
};
const find = (file: Uint8Array) => indexRuns(file.length, reader(file));

const joined = (...parts: Uint8Array[]): Uint8Array => {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
};
const letters = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const u32 = (value: number): Uint8Array => Uint8Array.of(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
const box = (kind: string, content: number): Uint8Array => joined(u32(content + 8), letters(kind), new Uint8Array(content));
const largeBox = (kind: string, content: number): Uint8Array => joined(u32(1), letters(kind), u32(0), u32(content + 16), new Uint8Array(content));
const endless = (kind: string, content: number): Uint8Array => joined(u32(0), letters(kind), new Uint8Array(content));

describe('MP4 and MOV', () => {
  test('the index at the end, in front, and behind a box of 64-bit size', async () => {
    expect(await find(joined(box('ftyp', 16), box('mdat', 1000), box('moov', 50)))).toEqual([{ from: 1032, to: 1090 }]);
    expect(await find(joined(box('ftyp', 16), box('moov', 50), box('mdat', 1000)))).toEqual([{ from: 24, to: 82 }]);
    expect(await find(joined(box('wide', 0), largeBox('mdat', 700), box('free', 3), box('moov', 9)))).toEqual([{ from: 735, to: 752 }]);
    expect(await find(joined(box('ftyp', 8), endless('moov', 77)))).toEqual([{ from: 16, to: 101 }]);
  });

  test('only headers are read', async () => {
    const file = joined(box('ftyp', 16), box('mdat', 5_000_000), box('moov', 4000));
    const read = reader(file);
    await indexRuns(file.length, read);
    expect(read.bytesRead).toBeLessThan(100);
  });

  test('no index: the file ends before it, sizes that are none, boxes without end', async () => {
    expect(await find(joined(box('ftyp', 16), endless('mdat', 900)))).toEqual([]);
    expect(await find(joined(box('ftyp', 16), u32(3), letters('mdat')))).toEqual([]);
    expect(await find(joined(u32(5_000), letters('mdat')))).toEqual([]);
    expect(await find(joined(...Array.from({ length: BOXES_MAX }, () => box('free', 0)), box('moov', 1)))).toEqual([]);
    expect(await find(letters('Dear Ada, this is no film.'))).toEqual([]);
    expect(await find(new Uint8Array())).toEqual([]);
  });
});

/** An element whose size takes eight bytes: a marker and seven. */
const sized = (id: number[], content: Uint8Array): Uint8Array => joined(Uint8Array.from(id), Uint8Array.of(0x01, 0, 0, 0), u32(content.length), content);
const segmentId = [0x18, 0x53, 0x80, 0x67];
const cuesId = [0x1c, 0x53, 0xbb, 0x6b];
const seek = (id: number[], position: number) => sized([0x4d, 0xbb], joined(sized([0x53, 0xab], Uint8Array.from(id)), sized([0x53, 0xac], u32(position))));
const ebml = sized([0x1a, 0x45, 0xdf, 0xa3], new Uint8Array(20));

describe('Matroska and WebM', () => {
  const seekHead = (position: number) => sized([0x11, 0x4d, 0x9b, 0x74], joined(seek([0x15, 0x49, 0xa9, 0x66], 5), seek(cuesId, position)));

  test('the head, then the cues that the SeekHead names', async () => {
    const clusters = sized([0x1f, 0x43, 0xb6, 0x75], new Uint8Array(100_000));
    const head = seekHead(0);
    const position = head.length + clusters.length;
    const cues = sized(cuesId, new Uint8Array(300));
    const file = joined(ebml, sized(segmentId, joined(seekHead(position), clusters, cues)));
    expect(await find(file)).toEqual([{ from: 0, to: 65_536 }, { from: file.length - cues.length, to: file.length }]);
  });

  test('a live recording without cues: the head', async () => {
    const endlessSegment = joined(ebml, Uint8Array.from(segmentId), Uint8Array.of(0x01, 255, 255, 255, 255, 255, 255, 255), new Uint8Array(900));
    expect(await find(endlessSegment)).toEqual([{ from: 0, to: endlessSegment.length }]);
  });
});

test('whatever the bytes, every answer lies in the file', async () => {
  const beginning = fc.constantFrom(new Uint8Array(), box('ftyp', 8), joined(ebml, Uint8Array.from(segmentId)));
  await fc.assert(fc.asyncProperty(beginning, fc.uint8Array({ maxLength: 400 }), async (head, rest) => {
    const file = joined(head, rest);
    for (const run of await find(file)) {
      expect(run.from).toBeGreaterThanOrEqual(0);
      expect(run.to).toBeGreaterThan(run.from);
      expect(run.to).toBeLessThanOrEqual(file.length);
    }
  }));
});
