import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesOf, missingOf, partCount, partRun, PART_BYTES } from './part-order';

const MIB = 1024 * 1024;

test('what the server has is not sent again, down to pieces', () => {
  const bytes = 3 * PART_BYTES;
  const there = [{ from: 0, to: PART_BYTES }, { from: PART_BYTES + MIB, to: PART_BYTES + 3 * MIB }];
  expect(missingOf(partRun(1, bytes), there)).toEqual([{ from: PART_BYTES, to: PART_BYTES + MIB }, { from: PART_BYTES + 3 * MIB, to: 2 * PART_BYTES }]);
  expect(missingOf(partRun(0, bytes), there)).toEqual([]);
});

test('what is there and what is missing make the whole part, whatever is there', () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 4 * PART_BYTES }), fc.array(fc.tuple(fc.nat(40), fc.integer({ min: 1, max: 5 })), { maxLength: 8 }), (bytes, steps) => {
    const there: { from: number; to: number }[] = [];
    let at = 0;
    for (const [gap, length] of steps) {
      const run = { from: Math.min(bytes, at + gap * MIB), to: Math.min(bytes, at + (gap + length) * MIB) };
      at = run.to + 1;
      if (run.to > run.from) there.push(run);
    }
    let missing = 0;
    for (let part = 0; part < partCount(bytes); part += 1) {
      const run = partRun(part, bytes);
      for (const one of missingOf(run, there)) {
        expect(one.from).toBeGreaterThanOrEqual(run.from);
        expect(one.to).toBeLessThanOrEqual(run.to);
        missing += bytesOf([one]);
      }
    }
    expect(missing + bytesOf(there)).toBe(bytes);
  }));
});
