import { describe, expect, it } from 'vitest';
import { RateMeter } from './rate';

describe('rate of an upload', () => {
  it('says nothing before half a second, then the rate of the last five', () => {
    const meter = new RateMeter();
    meter.note(0, 0);
    meter.note(100, 400);
    expect(meter.rate).toBeNull();
    for (let second = 1; second <= 10; second += 1) meter.note(second * 1_000, second * 1_000);
    expect(meter.rate).toBeCloseTo(1_000);
    for (let second = 11; second <= 20; second += 1) meter.note(10_000 + (second - 10) * 4_000, second * 1_000);
    expect(meter.rate).toBeCloseTo(4_000);
  });

  it('a retry that begins further back does not make a negative rate', () => {
    const meter = new RateMeter();
    meter.note(0, 0);
    meter.note(8_000, 1_000);
    meter.note(4_000, 2_000);
    expect(meter.rate).toBeNull();
    meter.note(6_000, 3_000);
    expect(meter.rate).toBeCloseTo(2_000);
  });
});
