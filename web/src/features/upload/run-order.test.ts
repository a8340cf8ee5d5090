import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Run } from './index-finder';
import { PART_BYTES } from './part-order';
import { PIECE_BYTES, RunOrder } from './run-order';

const all = (order: RunOrder): Run[] => {
  const runs: Run[] = [];
  for (let portion = order.next(); portion; portion = order.next()) runs.push(portion.run);
  return runs;
};

test('the pieces of the index go first, then everything from the front, each once', () => {
  const bytes = 3 * PIECE_BYTES + 5;
  expect(all(new RunOrder(bytes, [{ from: 2 * PIECE_BYTES + 9, to: bytes }], []))).toEqual([
    { from: 2 * PIECE_BYTES, to: 3 * PIECE_BYTES },
    { from: 3 * PIECE_BYTES, to: bytes },
    { from: 0, to: PIECE_BYTES },
    { from: PIECE_BYTES, to: 2 * PIECE_BYTES },
  ]);
  expect(all(new RunOrder(5, [], []))).toEqual([{ from: 0, to: 5 }]);
});

test('portions grow on a fast line and shrink on a slow one', () => {
  const order = new RunOrder(20 * PART_BYTES, [], []);
  const size = () => { const { run } = order.next()!; return (run.to - run.from) / PIECE_BYTES; };
  const sizes: number[] = [];
  for (let turn = 0; turn < 8; turn += 1) {
    const pieces = size();
    sizes.push(pieces);
    order.took(pieces * PIECE_BYTES, 50);
  }
  // Portions end with their part: after 1 + 2 + 4 + 8 + 16 pieces one is left of the first.
  expect(sizes).toEqual([1, 2, 4, 8, 16, 1, 32, 32]);
  order.took(32 * PIECE_BYTES, 5_000);
  expect(size()).toBe(16);
});

test('whatever is there: the rest goes once, in whole pieces, within its part', () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 4 * PART_BYTES }),
    fc.uniqueArray(fc.nat(40), { maxLength: 12 }),
    fc.tuple(fc.nat(5 * PART_BYTES), fc.integer({ min: 1, max: 3 * PIECE_BYTES })),
    fc.array(fc.nat(3_000), { maxLength: 20 }),
    (bytes, pieces, [from, length], times) => {
      const there = pieces.sort((a, b) => a - b).map((piece) => ({ from: piece * PIECE_BYTES, to: Math.min(bytes, (piece + 1) * PIECE_BYTES) })).filter((run) => run.from < run.to);
      const index = from < bytes ? [{ from, to: Math.min(bytes, from + length) }] : [];
      const order = new RunOrder(bytes, index, there);
      const sent: Run[] = [];
      for (let portion = order.next(); portion; portion = order.next()) {
        const { part, run } = portion;
        expect(run.from % PIECE_BYTES).toBe(0);
        expect(run.to % PIECE_BYTES === 0 || run.to === bytes).toBe(true);
        expect(run.from >= part * PART_BYTES && run.to <= (part + 1) * PART_BYTES).toBe(true);
        sent.push(run);
        order.took(run.to - run.from, times[sent.length % Math.max(1, times.length)] ?? 0);
      }
      const whole = [...there, ...sent].sort((a, b) => a.from - b.from);
      let at = 0;
      for (const run of whole) {
        expect(run.from).toBe(at);
        at = run.to;
      }
      expect(at).toBe(bytes);
    },
  ));
});
