import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clockOfSeconds, frameOfSeconds, lengthOf, middleSecondsOf, piecesOf, secondsOf, timeOf, type SourceTimecode } from './timecode';

const film = { num: 24_000, den: 1_001 };
const pal = { num: 25, den: 1 };
const ntsc = { num: 30_000, den: 1_001 };
const fast = { num: 60_000, den: 1_001 };
const fromZero: SourceTimecode = { startFrame: 0, dropFrame: false };
const fromOne: SourceTimecode = { startFrame: 107_892, dropFrame: true };

describe('a position', () => {
  it.each([
    ['timecode', fromOne, '01:01:00;02', '00:01:00;02'],
    ['timecode', fromZero, '00:01:00:00', '00:01:00:00'],
    ['timecode', { startFrame: 2_589_407, dropFrame: true }, '00:00:59;29', '00:01:00;02'],
    // Nothing is guessed: neither before it is known nor where source and rate disagree.
    ['timecode', null, '--:--:--:--', '--:--:--:--'],
    ['frames', fromOne, '1800', '1800'],
    ['frames', null, '1800', '1800'],
    ['clock', fromOne, '1:00', '1:00'],
    ['clock', null, '1:00', '1:00'],
  ] as const)('as %s, of a source with %o, is %s, and a length of as many frames %s', (style, timecode, position, length) => {
    expect(timeOf(1_800, ntsc, { style, timecode })).toBe(position);
    expect(lengthOf(1_800, ntsc, { style, timecode })).toBe(length);
  });

  it('at a rate without drop-frame has no drop-frame label', () => {
    expect(timeOf(1_800, pal, { style: 'timecode', timecode: { startFrame: 0, dropFrame: true } })).toBe('--:--:--:--');
  });

  it('is read back to the same frame, wherever the source begins', () => {
    const startFrame = fc.nat(2_000_000);
    const source = fc.oneof(
      fc.record({ rate: fc.constantFrom(film, pal, ntsc, fast), dropFrame: fc.constant(false), startFrame }),
      fc.record({ rate: fc.constantFrom(ntsc, fast), dropFrame: fc.constant(true), startFrame }),
    );
    fc.assert(
      fc.property(fc.nat(800_000), source, (frame, { rate, ...timecode }) => {
        const label = timeOf(frame, rate, { style: 'timecode', timecode });
        expect(piecesOf(`at ${label}, see?`, rate, 800_001, timecode)[1]).toEqual({ text: label, frame });
      }),
      { numRuns: 500 },
    );
  });
});

describe('time codes in text', () => {
  it.each([
    ['01:00:05;12', ntsc, fromOne, 162],
    ['00:59:59;29', ntsc, fromOne, null],
    ['00:00:05;12', ntsc, fromOne, null],
    ['01:00:05:12', ntsc, fromOne, null],
    ['0:05', ntsc, fromOne, 150],
    ['00:01:00;00', ntsc, { startFrame: 0, dropFrame: true }, null],
    ['00:01:00;02', ntsc, { startFrame: 0, dropFrame: true }, 1_800],
    ['00:01:00;03', fast, { startFrame: 0, dropFrame: true }, null],
    ['00:01:00;04', fast, { startFrame: 0, dropFrame: true }, 3_600],
    ['00:00:05;12', ntsc, fromZero, null],
    ['00:00:01:00', pal, { startFrame: 25 * 86_400 - 25, dropFrame: false }, 50],
    ['00:00:05:12', pal, null, null],
  ] as const)('%s at %o from %o names frame %s', (label, rate, timecode, frame) => {
    expect(piecesOf(label, rate, 100_000, timecode)).toEqual([{ text: label, frame }]);
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
  const pieces = (text: string, frames = 100_000) => piecesOf(text, pal, frames, fromZero).flatMap((piece) => (piece.frame === null ? [] : [[piece.text, piece.frame]]));

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
        expect(piecesOf(text, pal, 100_000, fromZero).map((piece) => piece.text).join('')).toBe(text);
      }),
    );
  });
});
