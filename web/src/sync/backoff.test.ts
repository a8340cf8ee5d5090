import { describe, expect, it } from 'vitest';
import { afterClose, BACKOFF_BASE_MS, BACKOFF_CAP_MS, freshBackoff, type Backoff } from './backoff';

const cut = { code: 1006, upMs: 0, drainAfterMs: null };

function waits(tries: number, chance: number): number[] {
  let backoff: Backoff = freshBackoff;
  return Array.from({ length: tries }, () => {
    const next = afterClose(backoff, cut, chance);
    if (!next.retry) throw new Error('gave up');
    backoff = next.backoff;
    return next.afterMs;
  });
}

describe('backoff', () => {
  it('tries at once first, then doubles its ceiling up to the cap', () => {
    expect(waits(9, 0.999_999)).toEqual([0, 499, 999, 1999, 3999, 7999, 15_999, 19_999, 19_999]);
  });

  it('draws from the whole range', () => {
    expect(waits(5, 0)).toEqual([0, 0, 0, 0, 0]);
    expect(waits(2, 0.5)[1]).toBe(BACKOFF_BASE_MS / 2);
    expect(Math.max(...waits(60, 0.999_999))).toBeLessThan(BACKOFF_CAP_MS);
  });

  it('starts again after a connection of 30 s, not after a shorter one', () => {
    const worn: Backoff = { failures: 6 };
    expect(afterClose(worn, { ...cut, upMs: 30_000 }, 0.9)).toMatchObject({ afterMs: 0, backoff: { failures: 1 } });
    expect(afterClose(worn, { ...cut, upMs: 29_999 }, 0.9)).toMatchObject({ afterMs: 14_400, backoff: { failures: 7 } });
  });

  it('comes back when a drain says so', () => {
    expect(afterClose(freshBackoff, { code: 1012, upMs: 90_000, drainAfterMs: 2_345 }, 0.5)).toEqual({ retry: true, afterMs: 2_345, backoff: { failures: 0 } });
  });

  it.each([4401, 4403, 4410])('does not come back after %i', (code) => {
    expect(afterClose(freshBackoff, { code, upMs: 90_000, drainAfterMs: 10 }, 0.5)).toEqual({ retry: false });
  });

  it.each([1000, 1001, 1006, 1011, 1012, 4400, 4408, 4413, 4429])('comes back after %i', (code) => {
    expect(afterClose(freshBackoff, { code, upMs: 0, drainAfterMs: null }, 0.5).retry).toBe(true);
  });
});
