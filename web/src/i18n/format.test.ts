import { describe, expect, it } from 'vitest';
import { ago, bytes, clock, span } from './format';

describe('words for amounts', () => {
  it('sizes', () => {
    expect([0, 999, 1_000, 9_940, 18_000_000, 999_600, 5_368_709_120].map(bytes))
      .toEqual(['0 B', '999 B', '1 KB', '9.9 KB', '18 MB', '1 MB', '5.4 GB']);
  });

  it('lengths by the clock', () => {
    expect([0, 59.9, 60, 3_599, 3_600, 7_325].map(clock)).toEqual(['0:00', '0:59', '1:00', '59:59', '1:00:00', '2:02:05']);
  });

  it('time left', () => {
    expect([0.2, 7, 54, 60, 100, 3_600, 5_400].map(span)).toEqual(['5 s', '10 s', '55 s', '1 min', '2 min', '1 h 0 min', '1 h 30 min']);
  });

  it('how long ago', () => {
    expect(ago(0, 30_000)).toBe('just now');
    expect(ago(0, 5 * 60_000)).toBe('5 minutes ago');
    expect(ago(6 * 86_400_000, 0)).toBe('in 6 days');
  });
});
