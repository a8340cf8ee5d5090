import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clockOfSeconds, frameOfSeconds, labelOf, middleSecondsOf, piecesOf, secondsOf } from './timecode';

const film = { num: 24_000, den: 1_001 };
const pal = { num: 25, den: 1 };
const ntsc = { num: 30_000, den: 1_001 };
const fast = { num: 60_000, den: 1_001 };

describe('time code', () => {
  it.each([
    [0, pal, false, '00:00:00:00'],
    [24, pal, false, '00:00:00:24'],
    [25 * 3_723 + 4, pal, false, '01:02:03:04'],
    [24, film, false, '00:00:01:00'],
    [1_799, ntsc, true, '00:00:59;29'],
    [1_800, ntsc, true, '00:01:00;02'],
    [17_981, ntsc, true, '00:09:59;29'],
    [17_982, ntsc, true, '00:10:00;00'],
    [107_892, ntsc, true, '01:00:00;00'],
    [3_600, fast, true, '00:01:00;04'],
    [1_800, ntsc, false, '00:01:00:00'],
  ])('of frame %i at %o (drop %s) is %s', (frame, rate, drop, label) => {
    expect(labelOf(frame, rate, drop)).toBe(label);
  });

  it('is read back to the same frame', () => {
    fc.assert(
      fc.property(fc.nat(2_500_000), fc.constantFrom(film, pal, ntsc, fast), fc.boolean(), (frame, rate, drop) => {
        const label = labelOf(frame, rate, drop);
        expect(piecesOf(`at ${label}, see?`, rate, 10_000_000, drop)[1]).toEqual({ text: label, frame });
      }),
      { numRuns: 500 },
    );
  });
});

describe('labels that drop-frame leaves out', () => {
  it.each([
    ['00:01:00;00', ntsc, null],
    ['00:01:00;01', ntsc, null],
    ['00:01:00;02', ntsc, 1_800],
    ['00:10:00;00', ntsc, 17_982],
    ['00:01:00;03', fast, null],
    ['00:01:00;04', fast, 3_600],
  ])('%s names a frame or none', (label, rate, frame) => {
    expect(piecesOf(label, rate, 100_000, true)).toEqual([{ text: label, frame }]);
  });
});

describe('positions', () => {
  it('a frame is found again from its start and from its middle', () => {
    fc.assert(
      fc.property(fc.nat(2_000_000), fc.constantFrom(film, pal, ntsc, fast), (frame, rate) => {
        expect(frameOfSeconds(secondsOf(frame, rate), rate)).toBe(frame);
        expect(frameOfSeconds(middleSecondsOf(frame, rate), rate)).toBe(frame);
      }),
    );
  });

  it('reads as a clock', () => {
    expect([0, 59.9, 61, 3_600, 36_061].map(clockOfSeconds)).toEqual(['0:00', '0:59', '1:01', '1:00:00', '10:01:01']);
  });
});

describe('times in text', () => {
  const pieces = (text: string, frames = 100_000) => piecesOf(text, pal, frames).flatMap((piece) => (piece.frame === null ? [] : [[piece.text, piece.frame]]));

  it('are found in the three ways people write them', () => {
    expect(pieces('look at 1:05, 0:01:05 and 00:01:05:12!')).toEqual([
      ['1:05', 1_625],
      ['0:01:05', 1_625],
      ['00:01:05:12', 1_637],
    ]);
  });

  it('are not found in other numbers, or outside the video', () => {
    expect(pieces('1:5 12:345 3.1:20 a1:20 1:20b 10:99 00:00:01:40 1:2:3')).toEqual([]);
    expect(pieces('99:00', 1_000)).toEqual([]);
  });

  it('leave the text whole', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.constantFrom('1:05', ' 00:00:01:02 ', '2:00:00'))), (parts) => {
        const text = parts.join('');
        expect(piecesOf(text, pal, 100_000).map((piece) => piece.text).join('')).toBe(text);
      }),
    );
  });
});
