import { describe, expect, it } from 'vitest';
import { clockGrainUs } from './clock-grain';

/** A clock that is asked every microsecond and rounds down. */
const rounded = (grainUs: number) => {
  let us = 123_456;
  return () => {
    us += 1;
    return (Math.floor(us / grainUs) * grainUs) / 1_000;
  };
};

describe('the grain of the clock', () => {
  it.each([5, 100, 1_000])('is seen: %i µs', (grainUs) => {
    expect(clockGrainUs(rounded(grainUs))).toBeCloseTo(grainUs, 3);
  });

  it('is the coarsest where it is coarser still, or stands', () => {
    expect(clockGrainUs(rounded(16_667))).toBe(1_000);
    expect(clockGrainUs(() => 7)).toBe(1_000);
  });
});
