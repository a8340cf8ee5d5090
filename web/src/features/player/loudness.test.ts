import { expect, test } from 'vitest';
import fc from 'fast-check';
import { evenVolume } from './loudness';

const track = (integrated: number | null, peak: number | null = -1) => ({ integrated_lufs: integrated, true_peak_dbtp: peak });

test('a loud track is turned down to the target, silence and the unmeasured stay', () => {
  expect(evenVolume(1, track(-12))).toBeCloseTo(10 ** (-6 / 20), 5);
  expect(evenVolume(0.8, track(null))).toBe(0.8);
  expect(evenVolume(0.8, undefined)).toBe(0.8);
});

test('a quiet track is turned up only where there is room, and not beyond its peak', () => {
  expect(evenVolume(1, track(-30, -20))).toBe(1);
  expect(evenVolume(0.25, track(-24, -20))).toBeCloseTo(0.25 * 10 ** (6 / 20), 5);
  expect(evenVolume(0.5, track(-30, -0.5))).toBeCloseTo(0.5 * 10 ** (0.5 / 20), 5);
});

test('two tracks at full volume end equally loud unless one is below the target', () => {
  fc.assert(fc.property(fc.double({ min: -18, max: 0, noNaN: true }), fc.double({ min: -18, max: 0, noNaN: true }), (one, other) => {
    const heard = (lufs: number) => lufs + 20 * Math.log10(evenVolume(1, track(lufs)));
    expect(heard(one)).toBeCloseTo(heard(other), 6);
  }));
});

test('never outside 0 to 1, never louder than the true peak allows', () => {
  fc.assert(fc.property(
    fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: -70, max: 5, noNaN: true }), fc.double({ min: -80, max: 6, noNaN: true }),
    (volume, lufs, peak) => {
      const heard = evenVolume(volume, track(lufs, peak));
      expect(heard).toBeGreaterThanOrEqual(0);
      expect(heard).toBeLessThanOrEqual(1);
      if (heard > volume) expect(20 * Math.log10(heard / volume) + peak).toBeLessThanOrEqual(1e-6);
    },
  ));
});
