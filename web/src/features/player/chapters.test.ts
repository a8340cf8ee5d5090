import { expect, test } from 'vitest';
import fc from 'fast-check';
import { chapterAt, chapterFrom, chapterWords } from './chapters';

const chapters = [{ frame: 100, title: 'One' }, { frame: 300, title: '' }, { frame: 900, title: 'Three' }];
const rate = { num: 25, den: 1 };

test('which chapter a frame lies in', () => {
  expect([0, 99, 100, 299, 300, 5000].map((frame) => chapterAt(chapters, frame))).toEqual([-1, -1, 0, 0, 1, 2]);
  expect(chapterWords(chapters, 0)).toBe('One');
  expect(chapterWords(chapters, 1)).toBe('Chapter 2');
});

test('the next one, this one again, and the one before when near the start', () => {
  expect(chapterFrom(chapters, 0, rate, 1)).toBe(100);
  expect(chapterFrom(chapters, 350, rate, 1)).toBe(900);
  expect(chapterFrom(chapters, 900, rate, 1)).toBeNull();
  expect(chapterFrom(chapters, 360, rate, -1)).toBe(300);
  expect(chapterFrom(chapters, 349, rate, -1)).toBe(100);
  expect(chapterFrom(chapters, 110, rate, -1)).toBe(0);
  expect(chapterFrom(chapters, 20, rate, -1)).toBe(0);
});

test('pressing on always arrives at an end', () => {
  fc.assert(fc.property(fc.uniqueArray(fc.nat(10_000), { maxLength: 30 }), fc.nat(10_000), (frames, from) => {
    const marks = [...frames].sort((a, b) => a - b).map((frame) => ({ frame, title: '' }));
    let frame = from;
    for (let step = 0; step <= marks.length; step += 1) {
      const next = chapterFrom(marks, frame, rate, 1);
      if (next === null) break;
      expect(next).toBeGreaterThan(frame);
      frame = next;
    }
    expect(chapterFrom(marks, frame, rate, 1)).toBeNull();
  }));
});
