import { describe, expect, it } from 'vitest';
import { filled, millis, percent } from './share-words';

describe('numbers in words', () => {
  it.each([[0, '0'], [420, '0.42'], [3_140, '3.1'], [9_990, '10'], [120_400, '120'], [2_000_000, '2,000']])('%i µs are %s ms', (us, words) => {
    expect(millis(us)).toBe(words);
  });

  it.each([
    [0, 0, '0'], [0, 7, '0'], [7, 7, '100'], [1, 3, '33'], [1, 30, '3.3'], [1, 100_000, '< 0.1'], [99_999, 100_000, '> 99.9'],
  ])('%i of %i is %s %%', (count, of, words) => {
    expect(percent(count, of)).toBe(words);
  });

  it('leaves out empty bars at both ends, not in between', () => {
    const bars = [[1, 0], [2, 5], [3, 0], [4, 1], [null, 0]].map(([up, count]) => ({ up_to_us: up!, count: count! }));
    const spread = { count: 6, p50_us: 2, p95_us: 4, p99_us: 4, max_us: 4, bars };
    expect(filled(spread)).toEqual([
      { fromUs: 1, upToUs: 2, count: 5 }, { fromUs: 2, upToUs: 3, count: 0 }, { fromUs: 3, upToUs: 4, count: 1 },
    ]);
    expect(filled({ ...spread, bars: bars.map((bar) => ({ ...bar, count: 0 })) })).toEqual([]);
  });
});
